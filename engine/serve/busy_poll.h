// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/metrics.h"
#include "base/on_strand.h"
#include "serve/busy_poll_policy.h"

#include <cstddef>
#include <memory>

namespace millrace::serve {

/// The shell around BusyPollPolicy: while it polls, the event loop always has a handler to run, so that it looks for
/// events without waiting for them. The core is yielded at each turn.
///
///     BusyPoll poll(strand, clock, registry, 200us);
///     poll.ended(now, open.size());                          // at the end of each request
///
/// Owner: Gateway.   Thread: the strand.   Bound: one handler in the loop's queue.
/// Stop:  the destructor; a handler that is still queued then does nothing.
class BusyPoll {
public:
    BusyPoll(Strand strand, Clock& clock, Registry& registry, Duration longest);

    /// In force at once; 0: never poll.
    void apply(Duration longest) { state_->policy.apply(longest); }
    /// A request ended; `inFlight` others did not.
    void ended(TimePoint now, std::size_t inFlight)
    {
        if (state_->policy.ended(now, inFlight)) start();
    }

private:
    struct State {
        const Strand strand;
        Clock& clock;
        Gauge& seconds;
        BusyPollPolicy policy;
        TimePoint counted{};  // `seconds` is up to date until here
        bool queued = false;
    };
    struct Turn {
        std::weak_ptr<State> state;
        void operator()();
    };
    void start();

    const std::shared_ptr<State> state_;
};

}  // namespace millrace::serve
