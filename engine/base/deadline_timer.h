// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/on_strand.h"

#include <functional>
#include <memory>

namespace millrace {

/// One timer for many deadlines: calls `onExpired` at the earliest time that was requested. A request for a later time
/// costs one comparison and is forgotten, so that every exchange can afford to register its deadline; `onExpired` ends
/// what is due (perhaps nothing) and requests the next deadline itself.
///
///     DeadlineTimer timer_{strand, clock, [this] {
///         for (Exchange& exchange : takeDue(clock_.now())) exchange.expire();
///         if (!exchanges_.empty()) timer_.at(earliestDeadline());
///     }};
///     timer_.at(exchange.deadline);
///
/// Thread: the strand, also for `onExpired`.
/// Bound:  one sleeping coroutine per kGrain of the future, in practice one or two.
/// Stop:   stop() or the destructor, also from within `onExpired`; it is not called afterwards.
/// Not here: deadlines themselves; the owner keeps them in order.
class DeadlineTimer {
public:
    static constexpr Duration kGrain = 2ms;  ///< expiries are at least this far apart

    DeadlineTimer(Strand strand, Clock& clock, std::function<void()> onExpired);
    ~DeadlineTimer();
    /// Requests a call of `onExpired` at `when`, or at most kGrain later. A time in the past: as soon as possible. No
    /// effect after stop().
    void at(TimePoint when)
    {
        if (when < threshold_) arm(when);
    }
    void stop();

private:
    struct State;
    void arm(TimePoint when);
    static boost::asio::awaitable<void> sleeper(std::shared_ptr<State> state, TimePoint when);

    std::shared_ptr<State> state_;
    TimePoint threshold_ = TimePoint::max();  ///< what is asked for from here on is covered by a sleeper
};

}  // namespace millrace
