// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"

#include <cstddef>
#include <cstdint>

namespace millrace::serve {

/// Decides when the event loop polls its sockets instead of sleeping until the kernel wakes it. A wake-up of a sleeping
/// thread takes about 10 µs, and a lone request needs two of them; polling saves both, for the CPU time of a core. It
/// pays only where the next event is close: a single program that sends one request after the other to a backend that
/// answers at once. A phase of polling that ended early doubles the number of quick requests that the next one
/// requires.
///
///     if (policy.ended(now, inFlight)) startPolling();       // at the end of each request
///     …
///     yield();                                               // at each turn of the loop, while it polls
///     if (!policy.polled(before, clock.now())) sleepAgain();
///
/// As KVM's halt_poll_ns and the haltpoll governor of Linux: how long to poll follows from how long it took lately
/// (engine/docs/adr/0022).
///
/// Pure. Thread: one.
class BusyPollPolicy {
public:
    static constexpr std::uint32_t kRequiredMin = 16;    ///< consecutive quick requests until polling starts
    static constexpr std::uint32_t kRequiredMax = 4096;  ///< the same after phases that ended early
    static constexpr Duration kYieldMax = 50us;          ///< a longer yield: another thread needs the core

    /// `longest`: interval between the ends of two requests, and time without one while it polls; 0: never poll.
    explicit BusyPollPolicy(Duration longest) : longest_(longest) {}
    /// In force at once, also while it polls.
    void apply(Duration longest) { longest_ = longest; }

    /// A request ended; `inFlight` others did not. True: polling starts.
    bool ended(TimePoint now, std::size_t inFlight);
    /// A turn of the loop is over: the core was yielded at `before`, and returned at `now`. False: polling is over.
    bool polled(TimePoint before, TimePoint now);
    bool polling() const { return polling_; }
    /// Consecutive quick requests that the next phase requires.
    std::uint32_t required() const { return required_; }

private:
    void stop();

    Duration longest_;
    TimePoint last_{};         // end of the latest request
    std::uint32_t quick_ = 0;  // consecutive ones; counted anew when polling starts
    std::uint32_t required_ = kRequiredMin;
    bool polling_ = false;
};

}  // namespace millrace::serve
