// SPDX-License-Identifier: GPL-3.0-or-later
#include "serve/admission.h"

#include "base/check.h"

namespace millrace::serve {

void Admission::apply(std::uint32_t runningMax, std::uint32_t queueMax)
{
    runningMax_ = runningMax;
    queueMax_ = queueMax;
    pump();
}

Admission::Permit Admission::tryEnter()
{
    if (running_ >= runningMax_) return {};
    return Permit(this);
}

bool Admission::queue(RequestId id, const std::string& program, TimePoint deadline, OnTurn onTurn)
{
    if (waiters_.size() >= queueMax_) return false;
    const auto [entry, fresh] = lines_.try_emplace(program);
    Line& line = entry->second;
    if (fresh) {
        line.program = &entry->first;
        line.turn = turns_.insert(turns_.end(), &line);
    }
    Waiter waiter;
    waiter.onTurn = std::move(onTurn);
    waiter.line = &line;
    waiter.place = line.waiters.insert(line.waiters.end(), id);
    waiter.deadline = deadlines_.emplace(deadline, id);
    MR_CHECK(waiters_.emplace(id, std::move(waiter)).second);
    return true;
}

void Admission::leave(RequestId id)
{
    if (waiters_.contains(id)) remove(id);
}

void Admission::expire(TimePoint now)
{
    while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
        const auto onTurn = remove(deadlines_.begin()->second);
        onTurn(deadlineExceeded("the deadline passed while the request waited for admission: " +
                                std::to_string(running_) + " requests are in flight (limits.requests_max) and " +
                                std::to_string(waiters_.size()) + " more are waiting"));
    }
}

std::optional<TimePoint> Admission::wakeAt() const
{
    if (deadlines_.empty() || deadlines_.begin()->first == TimePoint::max()) return std::nullopt;
    return deadlines_.begin()->first;
}

void Admission::refuseAll(const Status& status)
{
    while (!turns_.empty()) {
        const auto onTurn = remove(turns_.front()->waiters.front());
        onTurn(status);
    }
}

void Admission::releaseSlot()
{
    MR_CHECK(running_ > 0);
    --running_;
    pump();
}

/// Grants until the slots or the waiters run out. A permit that its receiver drops at once comes back into this loop,
/// not into a deeper one.
void Admission::pump()
{
    if (pumping_) return;
    pumping_ = true;
    while (running_ < runningMax_ && !turns_.empty()) {
        const RequestId id = turns_.front()->waiters.front();
        turns_.splice(turns_.end(), turns_, turns_.begin());  // its program has had its turn
        const auto onTurn = remove(id);
        onTurn(Permit(this));
    }
    pumping_ = false;
}

/// Takes a waiter out of every list; its program too when that was its last one.
Admission::OnTurn Admission::remove(RequestId id)
{
    const auto found = waiters_.find(id);
    OnTurn onTurn = std::move(found->second.onTurn);
    Line& line = *found->second.line;
    line.waiters.erase(found->second.place);
    deadlines_.erase(found->second.deadline);
    waiters_.erase(found);
    if (line.waiters.empty()) {
        turns_.erase(line.turn);
        lines_.erase(lines_.find(*line.program));
    }
    return onTurn;
}

}  // namespace millrace::serve
