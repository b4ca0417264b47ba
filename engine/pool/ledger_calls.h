// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/ids.h"
#include "pool/connection_table.h"
#include "pool/dial_backoff.h"
#include "pool/floor.h"
#include "pool/high_water.h"
#include "pool/ledger_limits.h"
#include "pool/snapshot.h"
#include "pool/waiter_queue.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <vector>

namespace millrace::pool {

enum class Refusal {
    WaitersFull,  ///< the queue is full
    WaitedTooLong,
    Draining,
    NoConnection,  ///< the latest dial failed, and no connection is open
};

/// The part of Ledger for calls and time: granting, releasing, dialling, expiring, queueing. On the path of every call.
///
/// Owner, thread, bound, invariants: see Ledger.
class LedgerCalls {
public:
    static constexpr Duration kShrinkEvery = HighWater::kEvery;
    static constexpr Duration kBackoffMax = DialBackoff::kMax;
    static constexpr double kJitter = 0.1;
    static constexpr Duration kUnusedMin = 1s;  ///< shortest lifetime of a connection without any call

    struct Effect {
        enum class Kind { Dial, AbortDial, Close, Grant, Refuse };
        Kind kind;
        ConnectionId connection{};
        WaiterId waiter{};
        CloseReason reason{};
        Refusal refusal{};
        bool reused = false;
    };
    struct Acquired {
        ConnectionId connection;  ///< granted at once, or:
        bool reused = false;
        WaiterId waiter;                 ///< its Grant or Refuse follows as an effect, or:
        std::optional<Refusal> refusal;  ///< refused at once
    };
    using Entry = ConnectionTable::Entry;
    struct Totals {
        std::uint64_t opened = 0, reused = 0, failed = 0, aborted = 0, acquired = 0, refused = 0;
        std::array<std::uint64_t, kCloseReasons> closed{};
        std::uint64_t closedAll() const;
    };

    /// `uniform` returns numbers in [0, 1).
    LedgerCalls(LedgerLimits limits, std::function<double()> uniform);

    /// Waits until `deadline`, at most for the limits' waitTimeout.
    Acquired acquire(TimePoint now, TimePoint deadline = TimePoint::max());
    /// A dial started for it continues, for the next waiter. False: it was granted or refused already. O(log n).
    bool cancelWaiter(WaiterId waiter, TimePoint now);
    /// False: the dial was aborted meanwhile; the caller closes the new connection.
    bool connected(ConnectionId id, TimePoint now);
    void dialFailed(ConnectionId id, TimePoint now);
    /// A call ended. `broken`: the connection cannot be reused, and why.
    void release(ConnectionId id, TimePoint now, std::optional<CloseReason> broken = std::nullopt);
    /// A connection just granted is dead, and nothing was sent on it: reverts the grant.
    void reject(ConnectionId id, CloseReason reason, TimePoint now);
    /// The upstream's limit of concurrent calls on this connection; 0 counts as 1.
    void allows(ConnectionId id, std::uint32_t calls, TimePoint now);
    /// The upstream accepts no new calls on this connection: it drains.
    void leaves(ConnectionId id, CloseReason reason, TimePoint now);
    /// An open connection was lost, with the calls it carried.
    void lost(ConnectionId id, CloseReason reason, TimePoint now);
    /// Expires idle connections, ages and waiters; maintains the floor.
    void tick(TimePoint now);
    /// When to call tick() next; empty: not needed.
    std::optional<TimePoint> wakeAt(TimePoint now) const;

    void setIdleLimit(Duration limit) { limits_.idleLimit = limit; }
    /// Caps the floor; empty: only sizeMin counts.
    void capFloor(std::optional<std::uint32_t> most, TimePoint now);
    /// How many connections are kept without any demand.
    std::uint32_t floor() const { return floor_.wanted(limits_, needed_); }
    /// Grants this particular connection. False: it is not idle.
    bool take(ConnectionId id, TimePoint now);
    /// Refuses all waiters.
    void refuseWaiters(Refusal refusal);

    /// Moves the pending effects to `into`, which is cleared first. REQUIRES: they are carried out in order.
    void takeEffects(std::vector<Effect>& into);
    bool hasEffects() const { return !effects_.empty(); }

    const LedgerLimits& limits() const { return limits_; }
    const Totals& totals() const { return totals_; }
    std::uint32_t count(State state) const { return connections_.count(state); }
    std::uint32_t open() const { return connections_.open(); }    ///< idle, active and draining
    std::uint32_t total() const { return connections_.total(); }  ///< and connecting
    std::uint32_t waiters() const { return waiters_.size(); }
    std::optional<TimePoint> oldestWaiter() const { return waiters_.oldest(); }
    double utilisation() const;  ///< busy connections ÷ sizeMax
    /// Number of calls that could be added before one would have to wait; 0 while draining.
    std::uint64_t headroom() const;
    std::uint64_t calls() const { return connections_.calls(); }
    bool draining() const { return draining_; }
    const Entry* find(ConnectionId id) const { return connections_.find(id); }
    /// The connections in a state; idle ones most recently used first.
    const std::list<Entry>& entries(State state) const { return connections_.list(state); }
    /// The first violated invariant, in words; empty: none. For tests.
    std::string audit() const;

protected:
    using Place = ConnectionTable::Place;

    std::list<Entry>& list(State state) { return connections_.list(state); }
    void close(Place entry, CloseReason reason);
    void closeEnded(Place entry, CloseReason reason, TimePoint now);
    void abortDial(Place entry);
    void dial(TimePoint now);
    bool mayDial() const;
    bool expired(Place entry, TimePoint now);
    Place pick(TimePoint now);  ///< a connection for a call; end of the idle list: none
    void grant(Place entry, Acquired* out, WaiterId waiter);
    void serveWaiters(TimePoint now);
    void replenish(TimePoint now, bool demandNow);
    bool wantsFloor(TimePoint now) const;
    bool wantsForWaiters() const;
    void shrinkToCap();
    void refuse(WaiterId waiter, Refusal refusal);
    std::uint32_t wanted(std::uint64_t calls) const;
    std::uint32_t callsAim() const { return std::min(limits_.callsAim, callsAllowed_); }
    std::uint32_t callsMax(const Entry& entry) const { return std::min(limits_.callsMax, entry.callsMax); }

    LedgerLimits limits_;
    const std::function<double()> uniform_;
    ConnectionTable connections_;
    WaiterQueue waiters_;
    std::vector<Effect> effects_;
    Totals totals_;
    std::uint32_t callsAllowed_ = UINT32_MAX;  ///< latest value of allows()
    HighWater needed_;
    DialBackoff backoff_;
    Floor floor_;
    bool draining_ = false;
};

}  // namespace millrace::pool
