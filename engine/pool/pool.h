// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/call_context.h"
#include "base/cancel.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/metrics.h"
#include "base/on_strand.h"
#include "pool/endpoint.h"
#include "pool/grpc_request.h"
#include "pool/http_message.h"
#include "pool/options.h"
#include "pool/snapshot.h"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// Reusable connections to one upstream: of HTTP/1.1, and of HTTP/2 for gRPC.
/// Not here: which upstream to ask (serve), what to say to it (backend).
namespace millrace::pool {

class PoolBase;

/// What both pools are made of. Registry and clock outlive the pool.
struct PoolSetup {
    Strand strand;
    Clock& clock;
    Registry& registry;
    std::string backend;  ///< label of the metrics
    Options options;
    std::uint64_t seed = 1;  ///< of the jitter
};

/// What both pools can be told and asked. Thread: the strand.
class Pool {
public:
    /// Opens the warm floor and starts health checks.
    void start();
    /// Closes what is idle, gives out nothing more, ends when the leases have ended.
    boost::asio::awaitable<void> stop();
    void apply(const Options& options);
    /// Idle ones close now, those in use after their exchange; no ids: all idle ones. Returns how many.
    std::uint32_t evict(const std::vector<ConnectionId>& ids);
    std::uint32_t setDraining(bool draining);
    void setEnabled(bool enabled);
    /// The upstream is known to be gone (its process ended); empty: it is there again.
    void setDown(std::optional<std::string> why);
    /// A health check now; an ejected upstream comes back when it passes.
    boost::asio::awaitable<ProbeResult> probe();
    PoolSnapshot snapshot() const;
    bool available(std::string* why = nullptr) const;
    /// Calls in flight or waiting for a connection.
    std::uint32_t outstanding() const;
    void onHealth(std::function<void(const HealthChange&)> listener);

protected:
    explicit Pool(std::shared_ptr<PoolBase> core) : core_(std::move(core)) {}
    ~Pool() = default;
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;

    std::shared_ptr<PoolBase> core_;
};

class HttpExchange;
class HttpPoolCore;

/// An HTTP client for as long as it lives; gives its connection, or its place on one, back. Move-only.
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
    /// One exchange after another, on this connection alone; never sent twice. The body must end before the next one.
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
/// Stop:   stop(); destroying the pool breaks off what is in flight.
/// Replay: once, when a reused connection died before a byte of the answer came and the request may be sent again:
///         an idempotent method, HttpRequest::replaySafe, or nothing of it had been sent; and when a server of HTTP/2
///         says that it has done nothing for it.
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

    /// The upstream is somewhere else now: old connections drain, nothing is known of its habits.
    void setTarget(Target target);
    boost::asio::awaitable<StatusOr<HttpResponse>> exchange(HttpRequest request, TimePoint deadline,
                                                            CancelToken cancel = {}, Trace* trace = nullptr);
    boost::asio::awaitable<StatusOr<HttpLease>> acquire(TimePoint deadline, CancelToken cancel = {},
                                                        Trace* trace = nullptr);
};

class H2Channel;
class GrpcPoolCore;

/// A place on a connection for as long as it lives: for one call. Move-only.
class [[nodiscard]] ChannelLease {
public:
    ChannelLease() = default;
    ChannelLease(ChannelLease&& other) noexcept { swap(other); }
    ChannelLease& operator=(ChannelLease&& other) noexcept
    {
        ChannelLease taken(std::move(other));
        swap(taken);
        return *this;
    }
    ~ChannelLease() { release(); }
    explicit operator bool() const { return channel_ != nullptr; }
    ConnectionId id() const { return id_; }
    bool reused() const { return reused_; }
    /// One call, on this connection alone; never sent twice. Tells the pool how it went: a failure of the transport
    /// counts against the upstream.
    boost::asio::awaitable<Status> call(GrpcRequest request, TimePoint deadline, CancelToken cancel = {});
    void release();

private:
    friend class GrpcPoolCore;
    void swap(ChannelLease& other) noexcept
    {
        std::swap(pool_, other.pool_);
        std::swap(id_, other.id_);
        std::swap(reused_, other.reused_);
        std::swap(channel_, other.channel_);
    }
    std::shared_ptr<GrpcPoolCore> pool_;
    ConnectionId id_;
    bool reused_ = false;
    std::shared_ptr<H2Channel> channel_;
};

/// Connections of HTTP/2 to one upstream for calls of gRPC; each carries many, the least loaded one is taken first. The
/// addresses of a name share the connections evenly.
///
/// Owner:  a backend.      Thread: the strand.
/// Bound:  Options::grpcSizeMax connections with kCallsMax calls each, or what the server allows, waitersMax calls
/// waiting
///         (ResourceExhausted).
/// Errors: as HttpPool; those of the server in its code and words.    Stop: as HttpPool.
/// Replay: once, when the server has not seen the call or says that it has done nothing for it.
class GrpcPool final : public Pool {
public:
    static constexpr std::uint32_t kCallsAim = 8;    ///< calls a connection has before another one is opened
    static constexpr std::uint32_t kCallsMax = 100;  ///< what servers commonly allow on a connection
    /// Of one message, either way. Above what a front lets in and what a batch may have: those are the limits that
    /// refuse with words; this one bounds what a server may send.
    static constexpr int kMessageBytesMax = 512 << 20;
    static constexpr std::size_t kReplayBytesMax = 1u << 20;  ///< a larger request is not kept to be sent again

    struct Target {
        std::string address;  ///< "127.0.0.1:9000", "https://host:443" (TLS), "unix:/path"
        /// Asked with an empty message: whether the server is there. That it does not know the method is an answer,
        /// too.
        std::string checkPath;
        GrpcRead checkAnswer;  ///< what its answer says of the server
    };

    GrpcPool(PoolSetup setup, Target target);
    ~GrpcPool();

    void setTarget(Target target);
    boost::asio::awaitable<Status> call(GrpcRequest request, TimePoint deadline, CancelToken cancel = {},
                                        Trace* trace = nullptr);
    boost::asio::awaitable<StatusOr<ChannelLease>> acquire(TimePoint deadline, CancelToken cancel = {},
                                                           Trace* trace = nullptr);
};

}  // namespace millrace::pool
