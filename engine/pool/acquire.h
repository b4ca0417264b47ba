// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/call_context.h"
#include "base/cancel.h"
#include "base/clock.h"
#include "base/error.h"
#include "pool/pool_base.h"
#include "pool/waiters.h"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <utility>

namespace millrace::pool {

/// Acquiring a lease, for every kind of pool. Templates, so that the fast path of each request is inlined into its
/// caller.
///
///     StatusOr<HttpLease> lease = co_await acquireLease(core, Claim{deadline, cancel, trace});
///
/// Core is a PoolBase that has
///     using Lease = …;                                 move-only, false while it holds nothing
///     Lease leaseOf(const Granted&);                   false: the connection was lost since the grant
///     Lease liveLeaseOf(const Granted&, TimePoint);    also false if the server has closed it and the event is pending
/// Thread: the strand.

/// A request for a lease.
struct Claim {
    TimePoint deadline;
    CancelToken cancel;
    Trace* trace = nullptr;
    bool forCheck = false;  ///< a health check: admitted while the upstream is ejected
};

/// The result of an attempt: a lease, or a waiter to wait for, or a refusal.
template <typename Core>
struct Tried {
    typename Core::Lease lease;
    WaiterId waiter;
    Status refused;
};

/// The fast path, which nearly all requests take: a live connection without suspending, if there is one.
template <typename Core>
Tried<Core> tryLease(Core& core, TimePoint now, TimePoint deadline, bool forCheck)
{
    Tried<Core> out;
    for (;;) {
        PoolBase::Attempt attempt = core.tryAcquire(now, deadline, forCheck);
        if (!attempt.granted.connection) {
            out.waiter = attempt.waiter;
            out.refused = std::move(attempt.status);
            return out;
        }
        out.lease = core.liveLeaseOf(attempt.granted, now);
        if (out.lease) return out;
        core.reject(attempt.granted.connection, CloseReason::ServerClosed);
    }
}

/// The slow path, after tryLease() at `since` returned a waiter. Errors are not marked isUnsent() yet. REQUIRES:
/// `claim` outlives the call.
template <typename Core>
boost::asio::awaitable<StatusOr<typename Core::Lease>> waitForLease(std::shared_ptr<Core> core, WaiterId waiter,
                                                                    TimePoint since, const Claim& claim)
{
    for (;;) {
        if (claim.trace) claim.trace->enter(Phase::Connecting, since);
        StatusOr<Granted> granted = Granted();
        {
            Waiters::Wait wait(core->waiters(), waiter, claim.cancel);
            while (!wait.over()) co_await wait.signal().wait();
            granted = core->waited(wait, since, claim.deadline, claim.cancel);
        }
        const TimePoint now = core->now();
        if (claim.trace) claim.trace->enter(Phase::Running, now);
        if (!granted.ok()) co_return granted.status();
        typename Core::Lease lease = core->leaseOf(*granted);
        if (lease) co_return lease;
        Tried<Core> tried = tryLease(*core, now, claim.deadline, claim.forCheck);
        if (tried.lease) co_return std::move(tried.lease);
        if (!tried.waiter) co_return tried.refused;
        waiter = tried.waiter;
        since = now;
    }
}

/// Both paths. Errors: all isUnsent().
template <typename Core>
boost::asio::awaitable<StatusOr<typename Core::Lease>> acquireLease(std::shared_ptr<Core> core, Claim claim)
{
    const TimePoint now = core->now();
    if (claim.cancel.cancelled()) co_return withUnsent(claim.cancel.status());
    if (claim.deadline <= now) co_return withUnsent(deadlineExceeded("the deadline has passed"));
    Tried<Core> tried = tryLease(*core, now, claim.deadline, claim.forCheck);
    if (!tried.lease) {
        if (!tried.waiter) co_return withUnsent(tried.refused);
        auto waited = co_await waitForLease(core, tried.waiter, now, claim);
        if (!waited.ok()) co_return withUnsent(waited.status());
        tried.lease = *std::move(waited);
    }
    if (claim.trace) claim.trace->connectionReused = tried.lease.reused();
    co_return std::move(tried.lease);
}

}  // namespace millrace::pool
