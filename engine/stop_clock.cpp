// SPDX-License-Identifier: GPL-3.0-or-later
#include "stop_clock.h"

#include "base/one_shot.h"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace millrace {

net::awaitable<bool> StopClock::endsBy(TimePoint when, net::awaitable<void> task)
{
    const auto executor = co_await net::this_coro::executor;
    OneShot<bool> ended;
    net::co_spawn(executor, std::move(task), [ended](std::exception_ptr) { ended.set(true); });
    auto timer = std::make_shared<net::steady_timer>(executor, forced_ ? std::min(when, clock_.now() + kForced) : when);
    timer->async_wait([ended](const boost::system::error_code&) { ended.set(false); });
    timer_ = timer;
    const bool inTime = co_await ended.wait();
    timer_.reset();
    timer->cancel();
    co_return inTime;
}

void StopClock::force()
{
    forced_ = true;
    if (timer_) timer_->cancel();
}

}  // namespace millrace
