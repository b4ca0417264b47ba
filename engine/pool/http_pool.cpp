// SPDX-License-Identifier: GPL-3.0-or-later
#include "pool/http_pool.h"

#include "base/check.h"
#include "pool/acquire.h"
#include "pool/http_pool_core.h"

#include <memory>
#include <utility>

namespace millrace::pool {

HttpPool::HttpPool(PoolSetup setup, Target target)
    : Pool(std::make_shared<HttpPoolCore>(std::move(setup), std::move(target)))
{}

HttpPool::~HttpPool()
{
    static_cast<HttpPoolCore&>(*core_).abortAll();
}

void HttpPool::setTarget(Target target)
{
    static_cast<HttpPoolCore&>(*core_).setTarget(std::move(target));
}

net::awaitable<StatusOr<HttpResponse>> HttpPool::exchange(HttpRequest request, TimePoint deadline, CancelToken cancel,
                                                          Trace* trace)
{
    co_return co_await send(std::move(request), deadline, std::move(cancel), trace);
}

net::awaitable<StatusOr<HttpResponse>> HttpPool::send(HttpRequest&& request, TimePoint deadline, CancelToken cancel,
                                                      Trace* trace)
{
    return HttpPoolCore::exchange(std::static_pointer_cast<HttpPoolCore>(core_), std::move(request),
                                  {deadline, std::move(cancel), trace}, nullptr);
}

net::awaitable<StatusOr<HttpLease>> HttpPool::acquire(TimePoint deadline, CancelToken cancel, Trace* trace)
{
    return acquireLease(std::static_pointer_cast<HttpPoolCore>(core_), {deadline, std::move(cancel), trace});
}

ConnectionId HttpLease::id() const
{
    return exchange_ ? exchange_->id() : ConnectionId{};
}

net::awaitable<StatusOr<HttpResponse>> HttpLease::exchange(HttpRequest request, TimePoint deadline, CancelToken cancel)
{
    MR_CHECK(exchange_ != nullptr);
    auto done = co_await HttpPoolCore::exchangeOn(pool_, exchange_, std::move(request), deadline, std::move(cancel));
    if (done.ok()) {
        done->connectionReused = reused_;
        reused_ = true;
    }
    co_return done;
}

}  // namespace millrace::pool
