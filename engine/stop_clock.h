// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/on_strand.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>

namespace millrace {

/// Steps of a stop, each of which ends in time.
///
///     if (!co_await clock.endsBy(deadline, gateway.drain())) gateway.cutOff(…);
///
/// Owner: Engine. Thread: the strand; one step at a time. A task that did not end in time goes on by itself.
class StopClock {
public:
    static constexpr Duration kForced{std::chrono::milliseconds(300)};  ///< for each step once it is forced

    explicit StopClock(Clock& clock) : clock_(clock) {}

    /// Ends when `task` has ended, or at `when`. True: it ended.
    boost::asio::awaitable<bool> endsBy(TimePoint when, boost::asio::awaitable<void> task);
    bool isForced() const { return forced_; }
    /// The step that is waited for is given up now, those that follow soon.
    void force();

private:
    Clock& clock_;
    std::shared_ptr<boost::asio::steady_timer> timer_;
    bool forced_ = false;
};

}  // namespace millrace
