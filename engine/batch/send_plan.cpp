// SPDX-License-Identifier: GPL-3.0-or-later
#include "batch/send_plan.h"

#include "base/check.h"

#include <algorithm>
#include <utility>

namespace millrace::batch {

std::optional<SendPlan::Part> SendPlan::next()
{
    if (waiting_.empty()) return std::nullopt;
    sent_ = waiting_.back();
    waiting_.pop_back();
    return sent_;
}

void SendPlan::answered(std::uint32_t rows)
{
    if (!refusal_.ok()) takenRows_ = std::max(takenRows_, rows);
}

void SendPlan::refused(std::uint32_t rows, Status why)
{
    refusal_ = std::move(why);
    refusedRows_ = refusedRows_ == 0 ? rows : std::min(refusedRows_, rows);
    cut(2);
}

void SendPlan::indivisible()
{
    cut(sent_.to - sent_.from);
}

void SendPlan::ownFault()
{
    faults_ = true;
}

void SendPlan::failed()
{
    faults_ = true;
    waiting_.clear();
}

std::optional<SendPlan::RowLimit> SendPlan::rowLimit() const
{
    if (faults_ || takenRows_ == 0 || takenRows_ >= refusedRows_) return std::nullopt;
    return RowLimit{takenRows_, refusedRows_};
}

void SendPlan::cut(std::size_t pieces)
{
    const std::size_t members = sent_.to - sent_.from;
    MR_CHECK(members > 1);  // one member that is sent again and again would never end
    const std::size_t length = (members + pieces - 1) / pieces;
    std::vector<Part> parts;
    for (std::size_t from = sent_.from; from < sent_.to; from += length)
        parts.push_back({from, std::min(sent_.to, from + length)});
    waiting_.insert(waiting_.end(), parts.rbegin(), parts.rend());
}

}  // namespace millrace::batch
