// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/call_context.h"
#include "base/cancel.h"
#include "base/clock.h"
#include "base/error.h"
#include "pool/grpc_request.h"
#include "pool/pool.h"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace millrace::pool {

class H2Channel;
class GrpcPoolCore;

/// Permission for one call on a connection. Move-only; the destructor returns it. False: empty.
///
/// Thread: the pool's strand, the destructor included.
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
    /// Sends `request` on this connection, without retries. Transport failures count against the upstream's health.
    /// REQUIRES: not empty; called once.
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

/// gRPC connections to one upstream. Each carries many calls, and the least loaded is taken first; the addresses behind
/// a host name share the connections evenly.
///
///     GrpcPool pool({strand, clock, registry, "runtime", options}, {"unix:/run/runtime.sock", path, checkAnswer});
///     pool.start();
///     GrpcRequest request{.path = path, .framed = http::frameMessage(message), .read = readAnswer};
///     const Status status = co_await pool.call(std::move(request), clock.now() + 30s, cancel);
///     co_await pool.stop();
///
/// Owner:  a backend.      Thread: the strand.
/// Bound:  Options::grpcSizeMax connections with kCallsMax calls each, or fewer if the server says so; waitersMax calls
///         waiting (ResourceExhausted).
/// Errors: as HttpPool; the server's own with its code and message.    Stop: as HttpPool.
/// Replay: once, if the server has not seen the call, or says that it did not process it.
class GrpcPool final : public Pool {
public:
    static constexpr std::uint32_t kCallsAim = 8;    ///< calls per connection before another one is opened
    static constexpr std::uint32_t kCallsMax = 100;  ///< per connection; what servers commonly allow
    /// Of one message, in either direction. Larger than what the fronts accept and than a batch, whose limits have
    /// settings: this one bounds what a server may send.
    static constexpr int kMessageBytesMax = 512 << 20;
    static constexpr std::size_t kReplayBytesMax = 1u << 20;  ///< larger requests are not kept for a replay

    struct Target {
        std::string address;  ///< "127.0.0.1:9000", "https://host:443" (TLS), "unix:/path"
        /// Path of the method for health checks, called with an empty message. UNIMPLEMENTED counts as healthy.
        std::string checkPath;
        GrpcRead checkAnswer;  ///< its error makes the check fail; empty: any answer passes
    };

    GrpcPool(PoolSetup setup, Target target);
    ~GrpcPool();

    /// As HttpPool::setTarget().
    void setTarget(Target target);
    /// Acquires a connection and sends `request`; the answer goes to GrpcRequest::read before this returns OK.
    boost::asio::awaitable<Status> call(GrpcRequest request, TimePoint deadline, CancelToken cancel = {},
                                        Trace* trace = nullptr);
    /// Acquires a connection for one call that the caller sends later.
    boost::asio::awaitable<StatusOr<ChannelLease>> acquire(TimePoint deadline, CancelToken cancel = {},
                                                           Trace* trace = nullptr);
};

}  // namespace millrace::pool
