// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/ids.h"

#include <cstdint>
#include <iterator>
#include <list>
#include <map>
#include <optional>
#include <unordered_map>

namespace millrace::pool {

using WaiterId = Id<struct WaiterTag>;

/// The FIFO of waiters for a connection, indexed by deadline.
///
/// Owner: Ledger, which bounds it.   Thread: one.   Cost: O(1), and O(log n) for the index.
class WaiterQueue {
public:
    WaiterId push(TimePoint now, TimePoint deadline)
    {
        Waiter waiter;
        waiter.id = ids_.next();
        waiter.since = now;
        waiter.deadline = deadlines_.emplace(deadline, waiter.id);
        waiters_.push_back(waiter);
        places_.emplace(waiter.id, std::prev(waiters_.end()));
        return waiter.id;
    }
    /// False: it is not queued any more.
    bool erase(WaiterId id)
    {
        const auto found = places_.find(id);
        if (found == places_.end()) return false;
        drop(found->second);
        return true;
    }
    // REQUIRES: !empty().
    WaiterId popFront() { return drop(waiters_.begin()); }
    WaiterId popBack() { return drop(std::prev(waiters_.end())); }
    /// Removes a waiter whose deadline has passed; empty: none.
    std::optional<WaiterId> popExpired(TimePoint now)
    {
        if (deadlines_.empty() || deadlines_.begin()->first > now) return std::nullopt;
        return drop(places_.at(deadlines_.begin()->second));
    }

    bool empty() const { return waiters_.empty(); }
    std::uint32_t size() const { return static_cast<std::uint32_t>(waiters_.size()); }
    /// Since when the first waiter has been queued.
    std::optional<TimePoint> oldest() const
    {
        if (waiters_.empty()) return std::nullopt;
        return waiters_.front().since;
    }
    std::optional<TimePoint> nextDeadline() const
    {
        if (deadlines_.empty()) return std::nullopt;
        return deadlines_.begin()->first;
    }
    /// For tests.
    bool consistent() const { return waiters_.size() == places_.size() && waiters_.size() == deadlines_.size(); }

private:
    struct Waiter {
        WaiterId id;
        TimePoint since;
        std::multimap<TimePoint, WaiterId>::iterator deadline;
    };

    WaiterId drop(std::list<Waiter>::iterator waiter)
    {
        const WaiterId id = waiter->id;
        deadlines_.erase(waiter->deadline);
        places_.erase(id);
        waiters_.erase(waiter);
        return id;
    }

    std::list<Waiter> waiters_;
    std::unordered_map<WaiterId, std::list<Waiter>::iterator> places_;
    std::multimap<TimePoint, WaiterId> deadlines_;
    IdSource<WaiterId> ids_;
};

}  // namespace millrace::pool
