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

/// Permission for one call on a connection. Move-only; the destructor gives it back.
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
    /// Sends on this connection only, and never twice. A failure of the transport counts against the upstream.
    /// REQUIRES: called once.
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
///         waiting (ResourceExhausted).
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
        /// The method of health checks, called with an empty message. UNIMPLEMENTED counts as an answer.
        std::string checkPath;
        GrpcRead checkAnswer;  ///< judges its answer
    };

    GrpcPool(PoolSetup setup, Target target);
    ~GrpcPool();

    /// As HttpPool::setTarget().
    void setTarget(Target target);
    /// Gets a place on a connection and sends `request`; the answer goes to its reader.
    boost::asio::awaitable<Status> call(GrpcRequest request, TimePoint deadline, CancelToken cancel = {},
                                        Trace* trace = nullptr);
    /// A place for one call that the caller sends later.
    boost::asio::awaitable<StatusOr<ChannelLease>> acquire(TimePoint deadline, CancelToken cancel = {},
                                                           Trace* trace = nullptr);
};

}  // namespace millrace::pool
