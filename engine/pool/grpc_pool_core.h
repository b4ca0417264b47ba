// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "pool/endpoint.h"
#include "pool/grpc_pool.h"
#include "pool/grpc_stream.h"
#include "pool/h2_pool_core.h"
#include "pool/pool_limits.h"

#include <memory>
#include <optional>
#include <string>

namespace millrace::pool {

/// The implementation of GrpcPool: dials, sends calls, replays what may be replayed, checks health.
///
/// Owner:  GrpcPool, and leases and calls while they live.   Thread: the strand.
/// Bound, errors, replay: see GrpcPool.
class GrpcPoolCore final : public H2PoolCore {
public:
    GrpcPoolCore(PoolSetup setup, GrpcPool::Target target)
        : H2PoolCore(setup, Protocol::Grpc, grpcLimits(setup.options)),
          target_(std::move(target)),
          endpoint_(parseEndpoint(target_.address))
    {}

    void setTarget(GrpcPool::Target target)
    {
        target_ = std::move(target);
        endpoint_ = parseEndpoint(target_.address);
        forgetAddresses();
        ledger_.evictAll(CloseReason::Evicted, clock_.now());
        evict({});  // applies the ledger's effects
    }

    using Lease = ChannelLease;
    ChannelLease leaseOf(const Granted& granted);
    ChannelLease liveLeaseOf(const Granted& granted, TimePoint now);
    static boost::asio::awaitable<Status> call(std::shared_ptr<GrpcPoolCore> core, GrpcRequest request,
                                               TimePoint deadline, CancelToken cancel, Trace* trace);
    /// On a connection that the caller has leased.
    static boost::asio::awaitable<Status> callOn(std::shared_ptr<GrpcPoolCore> core, std::shared_ptr<H2Channel> channel,
                                                 GrpcRequest request, TimePoint deadline, CancelToken cancel);

private:
    void callEnded(const H2Channel& channel, const GrpcStream& call, bool givenUp);
    LedgerLimits limitsOf(const Options& options) const override { return grpcLimits(options); }
    std::string address() const override { return target_.address; }
    void dial(ConnectionId id) override;
    boost::asio::awaitable<std::optional<Status>> check(TimePoint deadline) override;

    static boost::asio::awaitable<void> dialTask(std::shared_ptr<GrpcPoolCore> core,
                                                 std::shared_ptr<H2Channel> channel);
    static boost::asio::awaitable<Status> ask(std::shared_ptr<GrpcPoolCore> core, std::shared_ptr<H2Channel> channel,
                                              TimePoint deadline);

    GrpcPool::Target target_;
    StatusOr<Endpoint> endpoint_;  ///< the error of an invalid address is returned by each dial
};

}  // namespace millrace::pool
