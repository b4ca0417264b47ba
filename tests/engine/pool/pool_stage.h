// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/cancel.h"
#include "base/check.h"
#include "base/metrics.h"
#include "pool/http_message.h"
#include "pool/http_pool.h"
#include "pool/options.h"
#include "support/manual_clock.h"
#include "support/scripted_upstream.h"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace millrace::testing {

using Answer = ScriptedUpstream::Answer;
using Then = ScriptedUpstream::Then;

/// A pool that does nothing by itself: no connections ahead, no health check but the first.
inline pool::Options smallPool(std::uint32_t httpSizeMax)
{
    pool::Options options;
    options.httpSizeMin = options.grpcSizeMin = 0;
    options.httpSizeMax = httpSizeMax;
    options.healthInterval = 24h;
    return options;
}

inline pool::HttpRequest request(const std::string& method = "POST", const std::string& body = R"({"a":1})")
{
    pool::HttpRequest out;
    out.method = method;
    out.target = "/v1/thing";
    out.body = body;
    return out;
}

/// A server that passes health checks, which `script` is not asked about; none: all is answered alike.
inline ScriptedUpstream::Script healthy(ScriptedUpstream::Script script)
{
    return [script = std::move(script)](const ScriptedUpstream::Request& asked) {
        if (asked.target == "/v1/models" || !script) return Answer();
        return script(asked);
    };
}

/// An exchange to the end of its answer.
inline net::awaitable<StatusOr<std::string>> exchangeWhole(pool::HttpPool& pool, pool::HttpRequest request,
                                                           TimePoint deadline, CancelToken cancel = {},
                                                           Trace* trace = nullptr)
{
    auto answer = co_await pool.exchange(std::move(request), deadline, std::move(cancel), trace);
    if (!answer.ok()) co_return answer.status();
    co_return co_await pool::readAll(*answer->body, 256 << 20);
}

/// The pool has found its server healthy, and is at rest.
inline bool isReady(const pool::PoolSnapshot& now)
{
    return now.healthPassed == 1 && now.active == 0;
}

/// A server of HTTP/1.1, whose answers a test may change meanwhile, and the time of the pool that open() makes.
struct HttpStage {
    explicit HttpStage(ScriptedUpstream::Script given)
        : script(std::move(given)),
          upstream(
              io, healthy([this](const ScriptedUpstream::Request& asked) { return script ? script(asked) : Answer(); }))
    {}
    void open(pool::Endpoint endpoint, const pool::Options& options)
    {
        pool::HttpPool::Target target;
        target.endpoint = std::move(endpoint);
        pool::PoolSetup setup{io.get_executor(), clock, registry, "test", options, 7};
        pool = std::make_unique<pool::HttpPool>(setup, target);
        pool->start();
        MR_CHECK(runUntil(io, [&] { return isReady(now()); }));
    }
    pool::PoolSnapshot now() const { return pool->snapshot(); }

    net::io_context io;
    ManualClock clock{io};
    Registry registry;
    ScriptedUpstream::Script script;
    ScriptedUpstream upstream;
    std::unique_ptr<pool::HttpPool> pool;
};

/// Every connection that was made is closed, or is still there.
inline bool isBalanced(const pool::PoolSnapshot& now)
{
    std::uint64_t closed = 0;
    for (const auto& [reason, count] : now.closed) closed += count;
    return now.created == closed + now.idle + now.active + now.draining;
}

/// Time passes in steps, and sockets get their turn at each.
inline void pass(net::io_context& io, ManualClock& clock, Duration span, Duration step = 1s)
{
    for (Duration gone{}; gone < span; gone += step) {
        clock.advance(step);
        runUntil(io, [] { return true; });
    }
}

}  // namespace millrace::testing
