// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/clock.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace millrace {

std::int64_t SystemClock::unixMs() const
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

net::awaitable<void> SystemClock::sleepUntil(TimePoint when)
{
    net::steady_timer timer(co_await net::this_coro::executor, when);
    co_await timer.async_wait(net::use_awaitable);
}

}  // namespace millrace
