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
    WaitersFull,  ///< the queue is at its limit
    WaitedTooLong,
    Draining,
    NoConnection,  ///< the last dial failed and nothing else is open
};

/// What calls and time do to a pool's connections: they are given out and come back, are dialled, end, and wait for the
/// next call; who finds none waits. Ledger adds what is ordered from outside, and says what always holds.
///
/// Owner, thread, bound: see Ledger. Each call passes this: it stays in one file.
class LedgerCalls {
public:
    static constexpr Duration kShrinkEvery = HighWater::kEvery;
    static constexpr Duration kBackoffMax = DialBackoff::kMax;
    static constexpr double kJitter = 0.1;
    static constexpr Duration kUnusedMin = 1s;  ///< how long one that has carried nothing yet is kept at least

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
        ConnectionId connection;  ///< granted at once
        bool reused = false;
        WaiterId waiter;                 ///< else: wait for its Grant or Refuse
        std::optional<Refusal> refusal;  ///< else
    };
    using Entry = ConnectionTable::Entry;
    struct Totals {
        std::uint64_t opened = 0, reused = 0, failed = 0, aborted = 0, acquired = 0, refused = 0;
        std::array<std::uint64_t, kCloseReasons> closed{};
        std::uint64_t closedAll() const;
    };

    /// `uniform` gives numbers in [0, 1).
    LedgerCalls(LedgerLimits limits, std::function<double()> uniform);

    /// Waits no longer than `deadline` and the limits' waitTimeout.
    Acquired acquire(TimePoint now, TimePoint deadline = TimePoint::max());
    /// O(1) but for the deadline index; a dial begun for it goes on, for the next one. False: it is no waiter any more.
    bool cancelWaiter(WaiterId waiter, TimePoint now);
    /// False: the dial was aborted; the shell closes what it has got.
    bool connected(ConnectionId id, TimePoint now);
    void dialFailed(ConnectionId id, TimePoint now);
    /// A call has ended. `broken`: the connection cannot carry another one, and why.
    void release(ConnectionId id, TimePoint now, std::optional<CloseReason> broken = std::nullopt);
    /// A connection just granted turned out to be dead before anything was sent: the grant does not count.
    void reject(ConnectionId id, CloseReason reason, TimePoint now);
    /// The upstream allows this connection `calls` calls at a time (0 counts as 1); more are queued there.
    void allows(ConnectionId id, std::uint32_t calls, TimePoint now);
    /// The upstream takes no new calls on it: it ends with those that it carries.
    void leaves(ConnectionId id, CloseReason reason, TimePoint now);
    /// An open connection is gone, whatever it carried.
    void lost(ConnectionId id, CloseReason reason, TimePoint now);
    void tick(TimePoint now);
    /// When tick() matters next, by what is known now; empty: never.
    std::optional<TimePoint> wakeAt(TimePoint now) const;

    void setIdleLimit(Duration limit) { limits_.idleLimit = limit; }
    /// The floor is at most this, until said otherwise; empty: sizeMin alone counts.
    void capFloor(std::optional<std::uint32_t> most, TimePoint now);
    /// How many connections there are to be without anybody asking for one.
    std::uint32_t floor() const { return floor_.wanted(limits_, needed_); }
    /// Grants this one, if it is idle, and not another.
    bool take(ConnectionId id, TimePoint now);
    /// Refuses all who wait.
    void refuseWaiters(Refusal refusal);

    /// What the shell must do, in order; empties the ledger's list into `into`.
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
    /// Calls that could still come before one has to wait for another to end; 0 while draining.
    std::uint64_t headroom() const;
    std::uint64_t calls() const { return connections_.calls(); }
    double highWater() const { return needed_.value(); }
    bool draining() const { return draining_; }
    const Entry* find(ConnectionId id) const { return connections_.find(id); }
    /// Those of a state; idle ones most recently used first.
    const std::list<Entry>& entries(State state) const { return connections_.list(state); }
    /// The first invariant that does not hold, in words; empty: all hold. For tests.
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
    Place pick(TimePoint now);  ///< a connection that can take a call; end of the idle list: none
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
    std::uint32_t callsAllowed_ = UINT32_MAX;  ///< what the upstream last said that it allows a connection
    HighWater needed_;
    DialBackoff backoff_;
    Floor floor_;
    bool draining_ = false;
};

}  // namespace millrace::pool
