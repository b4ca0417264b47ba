// SPDX-License-Identifier: GPL-3.0-or-later
#include "idle_memory.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>
#include <vector>

namespace millrace {

void IdleMemory::look(bool busy)
{
    const auto requests = registry_.counterTotal("millrace_requests_offered_total");
    if (trim_.look(clock_.now(), registry_.gaugeTotal("process_resident_memory_bytes"), requests, busy))
        net::co_spawn(strand_, release(), net::detached);
}

net::awaitable<void> IdleMemory::release()
{
    constexpr std::size_t kAtOnce = 100;  // others get their turn
    std::vector<std::shared_ptr<const serve::RequestRecord>> replaced;
    replaced.reserve(kAtOnce);
    while (renewed_ < gateway_.ended().end()) {
        {
            const telemetry::LastingMemory lasting;
            renewed_ = gateway_.renewRecords(renewed_, kAtOnce, replaced);
        }
        replaced.clear();
        co_await net::post(strand_, net::use_awaitable);
    }
    telemetry::releaseUnusedMemory();
}

}  // namespace millrace
