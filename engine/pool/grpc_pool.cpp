// SPDX-License-Identifier: GPL-3.0-or-later
#include "pool/grpc_pool.h"

#include "pool/acquire.h"
#include "pool/grpc_pool_core.h"

#include <memory>
#include <utility>

namespace millrace::pool {

GrpcPool::GrpcPool(PoolSetup setup, Target target)
    : Pool(std::make_shared<GrpcPoolCore>(std::move(setup), std::move(target)))
{}

GrpcPool::~GrpcPool()
{
    static_cast<GrpcPoolCore&>(*core_).abortAll();
}

void GrpcPool::setTarget(Target target)
{
    static_cast<GrpcPoolCore&>(*core_).setTarget(std::move(target));
}

net::awaitable<StatusOr<ChannelLease>> GrpcPool::acquire(TimePoint deadline, CancelToken cancel, Trace* trace)
{
    return acquireLease(std::static_pointer_cast<GrpcPoolCore>(core_), {deadline, std::move(cancel), trace});
}

net::awaitable<Status> GrpcPool::call(GrpcRequest request, TimePoint deadline, CancelToken cancel, Trace* trace)
{
    return GrpcPoolCore::call(std::static_pointer_cast<GrpcPoolCore>(core_), std::move(request), deadline,
                              std::move(cancel), trace);
}

// ---- lease ----

void ChannelLease::release()
{
    const auto pool = std::move(pool_);
    pool_ = nullptr;
    channel_ = nullptr;
    if (pool) pool->release(id_, std::nullopt);
}

net::awaitable<Status> ChannelLease::call(GrpcRequest request, TimePoint deadline, CancelToken cancel)
{
    return GrpcPoolCore::callOn(pool_, channel_, std::move(request), deadline, std::move(cancel));
}

}  // namespace millrace::pool
