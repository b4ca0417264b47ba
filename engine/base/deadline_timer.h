// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/on_strand.h"

#include <functional>
#include <memory>

namespace millrace {

/// Expires at the earliest of the times it was asked for. Asking costs a comparison when it expires sooner anyway, so
/// that every exchange may ask for its deadline.
///
/// Thread: the strand. Bound: one sleeper for each kGrain of the time ahead, in practice one or two.
/// Stop: stop() wakes the sleepers, which then leave; nothing expires any more.
class DeadlineTimer {
public:
    static constexpr Duration kGrain = 2ms;  ///< two expiries are not nearer to each other than this

    DeadlineTimer(Strand strand, Clock& clock, std::function<void()> onExpired);
    ~DeadlineTimer();
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
