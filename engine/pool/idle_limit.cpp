// SPDX-License-Identifier: GPL-3.0-or-later
#include "pool/idle_limit.h"

#include "http/fields.h"
#include "phrases.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace millrace::pool {

namespace {

Duration lessMargin(Duration span)
{
    // A fifth, between 200 ms and 2 s: a request must arrive before the upstream's timer fires.
    const Duration margin = std::clamp<Duration>(span / 5, 200ms, 2s);
    return std::max<Duration>(span - margin, span / 4);
}

bool agree(Duration a, Duration b)
{
    const double x = std::chrono::duration<double>(a).count();
    const double y = std::chrono::duration<double>(b).count();
    return std::abs(x - y) <= std::max(0.3, IdleLimit::kAgree * std::max(x, y));
}

}  // namespace

std::optional<Duration> keepAliveTimeout(std::string_view field)
{
    static constexpr std::string_view kName = "timeout";
    for (std::size_t at = 0; at < field.size();) {
        std::size_t end = field.find(',', at);
        if (end == std::string_view::npos) end = field.size();
        std::string_view part = field.substr(at, end - at);
        at = end + 1;
        while (!part.empty() && part.front() == ' ') part.remove_prefix(1);
        if (part.size() <= kName.size()) continue;
        if (!http::sameName(part.substr(0, kName.size()), kName)) continue;
        part.remove_prefix(kName.size());
        while (!part.empty() && (part.front() == ' ' || part.front() == '=')) part.remove_prefix(1);
        unsigned value = 0;
        const auto [ptr, error] = std::from_chars(part.data(), part.data() + part.size(), value);
        if (error != std::errc{} || ptr == part.data()) return std::nullopt;
        return std::chrono::seconds(std::min(value, 86400u));
    }
    return std::nullopt;
}

void IdleLimit::seenClosed(Duration idle, TimePoint now)
{
    if (idle < kSeenMin) return;
    const bool sameOccasion = episodes_ > 0 && now - lastAt_ < kApart;
    lastAt_ = now;
    if (sameOccasion) {
        if (agree(idle, *seen_)) {
            seen_ = std::min(*seen_, idle);
            return;
        }
        // Closed together after different idle times: not an idle timer.
        episodes_ = 0;
        seen_.reset();
        return;
    }
    if (seen_ && agree(idle, *seen_)) {
        seen_ = std::min(*seen_, idle);
        ++episodes_;
        return;
    }
    // Longer than learned: we kept a connection for too long, or the upstream changed.
    seen_ = idle;
    episodes_ = 1;
}

std::optional<Duration> IdleLimit::learned(TimePoint now) const
{
    if (!seen_ || episodes_ < kEpisodes || now - lastAt_ > kLearnedFor) return std::nullopt;
    return lessMargin(*seen_);
}

Duration IdleLimit::limit(TimePoint now) const
{
    Duration limit = configured_;
    if (announced_) limit = std::min(limit, lessMargin(*announced_));
    if (const auto span = learned(now)) limit = std::min(limit, *span);
    return limit;
}

Sentence IdleLimit::why(TimePoint now) const
{
    const Duration limit = this->limit(now);
    if (announced_ && limit == lessMargin(*announced_)) return say(Phrase::IdleAnnounced, *announced_);
    if (const auto span = learned(now); span && limit == *span)
        return say(Phrase::IdleSeen, *seen_, Value(episodes_, Unit::Times));
    return say(Phrase::IdleConfigured);
}

void IdleLimit::forget()
{
    announced_.reset();
    seen_.reset();
    episodes_ = 0;
}

}  // namespace millrace::pool
