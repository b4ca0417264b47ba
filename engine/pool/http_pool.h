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

/// Permission to use one HTTP connection, or a stream of one. Move-only; the destructor gives it back.
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
    /// Sends on this connection only, and never twice. REQUIRES: the body of the exchange before has been read to its
    /// end.
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

/// HTTP connections to one upstream: of HTTP/1.1, or, where it is reached with TLS and chooses so, of HTTP/2, each with
/// many requests.
///
/// Owner:  a backend.      Thread: the strand.
/// Bound:  Options::httpSizeMax connections, waitersMax requests waiting (ResourceExhausted, retry-after).
/// Errors: Unavailable (ejected, down, draining, cannot connect, broke off), DeadlineExceeded, Cancelled.
///         isUnsent() where no byte of the request was sent. An answer with an error status is an answer.
/// Stop:   stop(); destroying the pool aborts what is in flight.
/// Replay: once, when a reused connection died before a byte of the answer came and the request may be sent again:
///         an idempotent method, HttpRequest::replaySafe, or nothing of it had been sent; and when a server of HTTP/2
///         says that it has done nothing for it.
///
///     HttpPool pool({strand, clock, registry, "ollama", options}, {*parseEndpoint("http://127.0.0.1:11434")});
///     pool.start();
///     auto response = co_await pool.exchange(std::move(request), clock.now() + 30s, cancel);
///     if (!response.ok()) co_return response.status();
///     …                      // reads response->body
///     co_await pool.stop();
class HttpPool final : public Pool {
public:
    static constexpr std::uint32_t kStreamsAim =
        8;  ///< requests a connection of HTTP/2 has before another one is opened
    static constexpr std::uint32_t kStreamsMax = 100;

    struct Target {
        Endpoint endpoint;
        std::string healthTarget = "/v1/models";  ///< GET; below 400, 404 and 405 pass
        HttpFields healthFields;                  ///< such as an API key
    };

    HttpPool(PoolSetup setup, Target target);
    ~HttpPool();

    /// The upstream has another address: connections to the previous one drain, and what was learned of it is
    /// forgotten.
    void setTarget(Target target);
    /// Gets a connection and sends `request`. The connection is given back when the response's body has been read or
    /// dropped.
    boost::asio::awaitable<StatusOr<HttpResponse>> exchange(HttpRequest request, TimePoint deadline,
                                                            CancelToken cancel = {}, Trace* trace = nullptr);
    /// A connection for several exchanges.
    boost::asio::awaitable<StatusOr<HttpLease>> acquire(TimePoint deadline, CancelToken cancel = {},
                                                        Trace* trace = nullptr);
};

}  // namespace millrace::pool
