// SPDX-License-Identifier: GPL-3.0-or-later
#include "serve/busy_poll.h"

#include <boost/asio/post.hpp>

#include <chrono>
#include <sched.h>
#include <utility>

namespace millrace::serve {

namespace {

constexpr Duration kCountEvery = 100ms;

}  // namespace

BusyPoll::BusyPoll(Strand strand, Clock& clock, Registry& registry, Duration longest)
    : state_(new State{strand, clock,
                       registry.gauge("millrace_engine_busy_poll_seconds_total",
                                      "Seconds in which the engine's I/O thread polled its connections instead of "
                                      "sleeping (limits.busy_poll_ms)."),
                       BusyPollPolicy(longest)})
{}

void BusyPoll::start()
{
    if (state_->queued) return;
    state_->queued = true;
    state_->counted = state_->clock.now();
    net::post(state_->strand, Turn{state_});
}

void BusyPoll::Turn::operator()()
{
    const auto poll = state.lock();
    if (!poll) return;  // with its owner the clock may be gone
    const TimePoint before = poll->clock.update();
    // Whoever waits for this core has it now, not when the time slice is over. With nobody waiting it returns at once.
    ::sched_yield();
    const TimePoint now = poll->clock.update();
    const bool goesOn = poll->policy.polled(before, now);
    if (!goesOn || now - poll->counted >= kCountEvery)
        poll->seconds.add(std::chrono::duration<double>(now - std::exchange(poll->counted, now)).count());
    poll->queued = goesOn;
    if (goesOn) net::post(poll->strand, Turn{std::move(state)});
}

}  // namespace millrace::serve
