// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/call_context.h"
#include "base/cancel.h"
#include "base/clock.h"
#include "base/error.h"
#include "pool/endpoint.h"
#include "pool/http_message.h"
#include "pool/pool.h"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace millrace::pool {

class HttpExchange;
class HttpPoolCore;

/// Permission to use one HTTP/1.1 connection, or one stream of HTTP/2 at a time. Move-only; the destructor returns it.
/// False: empty.
///
/// Thread: the pool's strand, the destructor included.
class [[nodiscard]] HttpLease {
public:
    HttpLease() = default;
    HttpLease(HttpLease&& other) noexcept { swap(other); }
    HttpLease& operator=(HttpLease&& other) noexcept
    {
        HttpLease taken(std::move(other));
        swap(taken);
        return *this;
    }
    ~HttpLease() { release(); }
    explicit operator bool() const { return exchange_ != nullptr; }
    ConnectionId id() const;
    bool reused() const { return reused_; }
    void release();
    /// Sends on this connection, without retries. REQUIRES: not empty; the body of the previous exchange was read to
    /// its end.
    boost::asio::awaitable<StatusOr<HttpResponse>> exchange(HttpRequest request, TimePoint deadline,
                                                            CancelToken cancel = {});

private:
    friend class HttpPoolCore;
    void swap(HttpLease& other) noexcept
    {
        std::swap(pool_, other.pool_);
        std::swap(exchange_, other.exchange_);
        std::swap(reused_, other.reused_);
    }
    std::shared_ptr<HttpPoolCore> pool_;
    std::shared_ptr<HttpExchange> exchange_;
    bool reused_ = false;
};

/// HTTP connections to one upstream: HTTP/1.1, or HTTP/2 with many requests per connection if the server negotiates it
/// (TLS only).
///
/// Owner:  a backend.      Thread: the strand.
/// Bound:  Options::httpSizeMax connections, waitersMax requests waiting (ResourceExhausted, retry-after).
/// Errors: Unavailable (ejected, down, draining, cannot connect, broke off), DeadlineExceeded, Cancelled.
///         isUnsent() if no byte of the request was sent. A response with an error status is not an error.
/// Stop:   stop(); destroying the pool aborts what is in flight.
/// Replay: once, if a reused connection died before the first byte of the response and the request may be sent again:
///         an idempotent method, HttpRequest::replaySafe, or nothing of it was sent; or if an HTTP/2 server says that
///         it did not process the request.
///
///     HttpPool pool({strand, clock, registry, "ollama", options}, {*parseEndpoint("http://127.0.0.1:11434")});
///     pool.start();
///     auto response = co_await pool.exchange(std::move(request), clock.now() + 30s, cancel);
///     if (!response.ok()) co_return response.status();
///     …                                                        // read response->body
///     co_await pool.stop();
class HttpPool final : public Pool {
public:
    static constexpr std::uint32_t kStreamsAim = 8;  ///< requests per HTTP/2 connection before another one is opened
    static constexpr std::uint32_t kStreamsMax = 100;

    struct Target {
        Endpoint endpoint;
        std::string healthTarget = "/v1/models";  ///< GET; a status below 400, 404 or 405 is healthy
        HttpFields healthFields;                  ///< of health checks, such as an API key
    };

    HttpPool(PoolSetup setup, Target target);
    ~HttpPool();

    /// Moves the pool to another upstream: connections to the previous one drain, and what was learned about it is
    /// forgotten.
    void setTarget(Target target);
    /// Acquires a connection and sends `request`; returns with the response's head. The connection returns to the pool
    /// when the body has been read or destroyed. `trace`: records the phases; null: none. REQUIRES: it outlives the
    /// call.
    boost::asio::awaitable<StatusOr<HttpResponse>> exchange(HttpRequest request, TimePoint deadline,
                                                            CancelToken cancel = {}, Trace* trace = nullptr);
    /// The same without copying the request into a coroutine's frame. REQUIRES: `request` outlives the call, which
    /// moves from it.
    boost::asio::awaitable<StatusOr<HttpResponse>> send(HttpRequest&& request, TimePoint deadline, CancelToken cancel,
                                                        Trace* trace);
    /// Acquires a connection for several exchanges.
    boost::asio::awaitable<StatusOr<HttpLease>> acquire(TimePoint deadline, CancelToken cancel = {},
                                                        Trace* trace = nullptr);
};

}  // namespace millrace::pool
