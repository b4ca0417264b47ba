// SPDX-License-Identifier: GPL-3.0-or-later
#include "batch/send_plan.h"

#include "base/check.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace millrace::batch {

namespace {

Blame blameOfHttp(unsigned status)
{
    switch (status) {
        // The same request but for its inputs would meet the same: key, model, route, method, form.
        case 401:
        case 402:
        case 404:
        case 405:
        case 406:
        case 407:
        case 410:
        case 415:
        case 426:
        case 501:
        case 505:
        case 511:
            return Blame::Everyone;
        case 408:
        case 425:
        case 429:
        case 499:
        case 502:
        case 503:
        case 504:
            return Blame::Backend;
        default:
            break;
    }
    if (status < 400) return Blame::Everyone;  // a redirect
    if (status < 500) return Blame::Member;
    return status < 520 ? Blame::Unclear
                        : Blame::Backend;  // 520 and more: of proxies, the server behind is busy or gone
}

Blame blameOfCode(absl::StatusCode code)
{
    switch (code) {
        case absl::StatusCode::kInvalidArgument:
        case absl::StatusCode::kOutOfRange:
            return Blame::Member;
        case absl::StatusCode::kInternal:
        case absl::StatusCode::kUnknown:
        case absl::StatusCode::kDataLoss:
        case absl::StatusCode::kAborted:
        case absl::StatusCode::kFailedPrecondition:
            return Blame::Unclear;
        case absl::StatusCode::kUnavailable:
        case absl::StatusCode::kResourceExhausted:
            return Blame::Backend;
        default:
            return Blame::Everyone;
    }
}

}  // namespace

Blame blameOf(const Status& why, unsigned http, bool repeatable)
{
    if (isUnsent(why) || retryAfterOf(why)) return Blame::Everyone;
    const Blame blame = http != 0 ? blameOfHttp(http) : blameOfCode(why.code());
    // Who answered has not done it; who broke off may have.
    return blame == Blame::Backend && http == 0 && !repeatable ? Blame::Everyone : blame;
}

std::size_t SendPlan::hopeMax(std::size_t members)
{
    return 4 * static_cast<std::size_t>(std::bit_width(members)) + 4;
}

std::size_t SendPlan::pick() const
{
    const bool smallest = inVain_ % 2 == 1;
    const auto before = [&](const Waiting& a, const Waiting& b) {
        const std::size_t left = a.part.to - a.part.from;
        const std::size_t right = b.part.to - b.part.from;
        if (left != right) return smallest ? left < right : left > right;
        return a.part.from < b.part.from;
    };
    return static_cast<std::size_t>(std::min_element(waiting_.begin(), waiting_.end(), before) - waiting_.begin());
}

std::optional<SendPlan::Part> SendPlan::next(const std::function<bool()>& retry)
{
    while (!waiting_.empty()) {
        const auto picked = waiting_.begin() + static_cast<std::ptrdiff_t>(pick());
        const Waiting chosen = *picked;
        waiting_.erase(picked);
        sent_ = chosen.part;
        const bool hopeless = inVain_ > hopeMax(members_) + (served_ ? members_ : 0);
        if (hopeless && sent_.to - sent_.from > 1) {
            cut(sent_.to - sent_.from, chosen.blame);
            continue;
        }
        const bool costs = chosen.blame == Blame::Backend || (chosen.blame == Blame::Unclear && hopeless);
        if (!costs || retry()) return sent_;
        gaveUp_ = true;
    }
    return std::nullopt;
}

void SendPlan::answered(std::size_t members, std::uint32_t rows)
{
    if (members > 1) {
        divided_ = true;
        indivisible_ = 0;
    }
    inVain_ = 0;
    served_ = true;
    if (!refusal_.ok()) takenRows_ = std::max(takenRows_, rows);
}

SendPlan::Outcome SendPlan::refused(std::size_t members, std::uint32_t rows, Status why, Blame blame)
{
    ++inVain_;
    if (blame == Blame::Everyone) {
        faults_ = true;
        waiting_.clear();
        return Outcome::ForAll;
    }
    if (members == 1) {
        faults_ = true;
        return Outcome::ForPart;
    }
    refusal_ = std::move(why);
    refusedRows_ = refusedRows_ == 0 ? rows : std::min(refusedRows_, rows);
    sure_ = sure_ && blame == Blame::Member;
    if (blame == Blame::Backend) faults_ = true;  // says nothing about rows
    cut(2, blame);
    return Outcome::Again;
}

void SendPlan::indivisible(bool permanent)
{
    if (permanent)
        indivisible_ = kIndivisibleMax;
    else if (!divided_)
        ++indivisible_;
    cut(oneByOne() ? sent_.to - sent_.from : 2, Blame::Member);
}

std::optional<SendPlan::RowLimit> SendPlan::rowLimit() const
{
    if (faults_ || gaveUp_ || takenRows_ == 0 || takenRows_ >= refusedRows_) return std::nullopt;
    return RowLimit{takenRows_, refusedRows_, sure_};
}

void SendPlan::cut(std::size_t pieces, Blame blame)
{
    const std::size_t members = sent_.to - sent_.from;
    MR_CHECK(members > 1);  // one member that is sent again and again would never end
    const std::size_t length = (members + pieces - 1) / pieces;
    std::vector<Waiting> parts;
    for (std::size_t from = sent_.from; from < sent_.to; from += length)
        parts.push_back({{from, std::min(sent_.to, from + length)}, blame});
    waiting_.insert(waiting_.end(), parts.rbegin(), parts.rend());
}

}  // namespace millrace::batch
