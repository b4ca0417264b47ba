// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/deadline_timer.h"

#include "base/cancellable_task.h"

#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <list>
#include <set>

namespace millrace {

struct DeadlineTimer::State {
    State(Strand givenStrand, Clock& givenClock) : strand(givenStrand), clock(givenClock) {}
    Strand strand;
    Clock& clock;
    DeadlineTimer* timer = nullptr;  ///< null: stopped
    std::function<void()> onExpired;
    std::multiset<TimePoint> planned;
    std::list<CancellableTask> sleepers;
};

DeadlineTimer::DeadlineTimer(Strand strand, Clock& clock, std::function<void()> onExpired)
    : state_(std::make_shared<State>(strand, clock))
{
    state_->timer = this;
    state_->onExpired = std::move(onExpired);
}

DeadlineTimer::~DeadlineTimer()
{
    stop();
}

void DeadlineTimer::stop()
{
    if (!state_->timer) return;
    state_->timer = nullptr;
    state_->onExpired = nullptr;
    threshold_ = TimePoint::min();
    // Posted: stop() may be called from within onExpired(), that is, from a sleeper.
    net::post(state_->strand, [state = state_] {
        for (const auto& sleeper : state->sleepers) sleeper.cancel();
    });
}

void DeadlineTimer::arm(TimePoint when)
{
    threshold_ = when > TimePoint::min() + kGrain ? when - kGrain : when;
    state_->planned.insert(when);
    const auto place = state_->sleepers.emplace(state_->sleepers.end());
    place->start(state_->strand, sleeper(state_, when),
                 [state = state_, place](const std::exception_ptr&) { state->sleepers.erase(place); });
}

net::awaitable<void> DeadlineTimer::sleeper(std::shared_ptr<State> state, TimePoint when)
{
    try {
        co_await state->clock.sleepUntil(when);
    } catch (const boost::system::system_error&) {
        // cancelled: nothing expires any more
    }
    state->planned.erase(state->planned.find(when));
    if (!state->timer) co_return;
    state->timer->threshold_ = state->planned.empty() ? TimePoint::max() : *state->planned.begin() - kGrain;
    const auto onExpired = state->onExpired;
    onExpired();
}

}  // namespace millrace
