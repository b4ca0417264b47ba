// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/ids.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace millrace::pool {

enum class State {
    Connecting,  ///< being dialled; counts towards the cap
    Idle,        ///< open, carries nothing
    Active,      ///< open, carries at least one call
    Draining,    ///< open, carries calls, takes no new ones and closes with the last
};
inline constexpr std::size_t kStates = 4;

enum class CloseReason { Idle, Age, Shrink, ServerClosed, Error, Evicted, Drain, Unhealthy, OneShot, Cancelled, Moved };
inline constexpr std::size_t kCloseReasons = 11;

std::string_view stateName(State state);
std::string_view reasonName(CloseReason reason);  ///< as the label of the metric: server_closed …

enum class Refusal {
    WaitersFull,  ///< the queue is at its limit
    WaitedTooLong,
    Draining,
    NoConnection,  ///< the last dial failed and nothing else is open
};

using WaiterId = Id<struct WaiterTag>;

struct LedgerLimits {
    bool reuse = true;  ///< off: each call has a connection of its own
    std::uint32_t sizeMin = 0;
    std::uint32_t sizeMax = 1;
    std::uint32_t dialsMax = 1;
    std::uint32_t waitersMax = 0;  ///< beyond those for whom a dial is under way
    Duration waitTimeout = 10s;
    Duration idleLimit = 300s;
    Duration ageMax = 600s;
    std::uint32_t callsAim = 1;  ///< calls a connection has before another one is opened
    std::uint32_t callsMax = 1;  ///< calls a connection may have at all
};

/// The bookkeeping of a pool: which connections there are, who waits, and what is to be opened and closed.
/// Decides; the shell dials, closes and resumes, by the effects it takes after each call.
///
/// Owner:  a pool.            Thread: its strand.
/// Bound:  sizeMax connections, dialling ones and draining ones counted; waitersMax waiters.
/// Held always: opened == closed + open, each with one reason; no waiter while a connection could serve it;
///         LIFO reuse, those that have carried a call before those that have not; what runs is never cut. Lowering a
///         limit drains.
/// Floor:  sizeMin connections are opened before they are needed, as long as that is known to do no harm. When one that
///         nobody had needed ends (by the upstream or of idleness), the floor follows what was needed lately instead;
///         what is opened for it then waits, longer each time that one ends unneeded again. An outage (dials fail)
///         is no such end: after it the whole floor is back at once.
/// Source: PROTOCOLS.md 3.
class Ledger {
public:
    static constexpr Duration kShrinkEvery = 5s;
    static constexpr Duration kHighWaterHalfLife = 15s;  ///< how fast a burst is forgotten
    static constexpr Duration kBackoffFirst = 100ms;
    static constexpr Duration kBackoffMax = 1s;  ///< so that a restarted upstream is found fast
    static constexpr double kJitter = 0.1;
    static constexpr Duration kFloorPauseFirst =
        1min;  ///< doubled each time that a connection of the floor ends unused
    static constexpr Duration kFloorPauseMax = 1h;
    static constexpr Duration kFloorIdleMin = 2s;  ///< of an upstream that keeps idle ones for less there is no floor
    static constexpr Duration kUnusedMin = 1s;     ///< how long one that has carried nothing yet is kept at least

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
    struct Entry {
        ConnectionId id;
        State state = State::Connecting;
        TimePoint opened;  ///< while connecting: when the dial began
        TimePoint since;   ///< idle since
        TimePoint ageEnd;
        std::uint64_t uses = 0;
        std::uint32_t calls = 0;
        std::uint32_t callsMax = UINT32_MAX;  ///< that the upstream allows
        CloseReason drainReason{};
    };
    struct Totals {
        std::uint64_t opened = 0, reused = 0, failed = 0, aborted = 0, acquired = 0, refused = 0;
        std::array<std::uint64_t, kCloseReasons> closed{};
        std::uint64_t closedAll() const;
    };

    /// `uniform` gives numbers in [0, 1).
    Ledger(LedgerLimits limits, std::function<double()> uniform);

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
    /// The upstream allows this connection so many calls at a time, counted as one at least: what is beyond waits
    /// there.
    void allows(ConnectionId id, std::uint32_t calls, TimePoint now);
    /// The upstream takes no new calls on it: it ends with those that it carries.
    void leaves(ConnectionId id, CloseReason reason, TimePoint now);
    /// An open connection is gone, whatever it carried.
    void lost(ConnectionId id, CloseReason reason, TimePoint now);
    void tick(TimePoint now);
    /// When tick() matters next, by what is known now; empty: never.
    std::optional<TimePoint> wakeAt(TimePoint now) const;

    void apply(LedgerLimits limits, TimePoint now);
    void setIdleLimit(Duration limit) { limits_.idleLimit = limit; }
    /// The floor is at most this, until said otherwise; empty: sizeMin alone counts.
    void capFloor(std::optional<std::uint32_t> most, TimePoint now);
    /// How many connections there are to be without anybody asking for one.
    std::uint32_t floor() const;
    /// Grants this one, if it is idle, and not another.
    bool take(ConnectionId id, TimePoint now);
    /// Idle ones close, active ones close after their calls, dials are given up. Returns how many.
    std::uint32_t evict(const std::vector<ConnectionId>& ids, TimePoint now, CloseReason reason = CloseReason::Evicted);
    std::uint32_t evictIdle(TimePoint now);
    std::uint32_t evictAll(CloseReason reason, TimePoint now);
    /// Nothing is given out while draining; what is open closes for `reason`, the floor is left alone.
    void setDraining(bool draining, TimePoint now, CloseReason reason = CloseReason::Drain);
    /// Refuses all who wait.
    void refuseWaiters(Refusal refusal);
    /// Forgets the back-off of failed dials and of the floor: the upstream is known to be back, or another one.
    void retryNow(TimePoint now);

    /// What the shell must do, in order; empties the ledger's list into `into`.
    void takeEffects(std::vector<Effect>& into);
    bool hasEffects() const { return !effects_.empty(); }

    const LedgerLimits& limits() const { return limits_; }
    const Totals& totals() const { return totals_; }
    std::uint32_t count(State state) const;
    std::uint32_t open() const;   ///< idle, active and draining
    std::uint32_t total() const;  ///< and connecting
    std::uint32_t waiters() const { return static_cast<std::uint32_t>(waiters_.size()); }
    std::optional<TimePoint> oldestWaiter() const;
    double utilisation() const;  ///< busy connections ÷ sizeMax
    /// Calls that could still come before one has to wait for another to end; 0 while draining.
    std::uint64_t headroom() const;
    std::uint64_t calls() const { return calls_; }
    double highWater() const { return highWater_; }
    bool draining() const { return draining_; }
    const Entry* find(ConnectionId id) const;
    /// Those of a state; idle ones most recently used first.
    const std::list<Entry>& entries(State state) const { return lists_[static_cast<std::size_t>(state)]; }
    /// The first invariant that does not hold, in words; empty: all hold. For tests.
    std::string audit() const;

private:
    using Place = std::list<Entry>::iterator;
    struct Waiter {
        WaiterId id;
        TimePoint since;
        std::multimap<TimePoint, WaiterId>::iterator deadline;
    };

    std::list<Entry>& list(State state) { return lists_[static_cast<std::size_t>(state)]; }
    /// The only place where a state changes. To the front of its list.
    void transition(Place entry, State to);
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
    std::uint32_t kept() const;
    void endedUnused(TimePoint now);
    void trustFloor();
    bool wantsForWaiters() const;
    void shrinkToCap();
    void dropWaiter(std::list<Waiter>::iterator waiter);
    void evictOne(Place entry, CloseReason reason);
    std::uint32_t wanted(std::uint64_t calls) const;
    std::uint32_t callsAim() const { return std::min(limits_.callsAim, callsAllowed_); }
    std::uint32_t callsMax(const Entry& entry) const { return std::min(limits_.callsMax, entry.callsMax); }

    LedgerLimits limits_;
    const std::function<double()> uniform_;
    std::array<std::list<Entry>, kStates> lists_;
    std::unordered_map<ConnectionId, Place> places_;
    std::list<Waiter> waiters_;
    std::unordered_map<WaiterId, std::list<Waiter>::iterator> waiterPlaces_;
    std::multimap<TimePoint, WaiterId> deadlines_;
    IdSource<ConnectionId> connectionIds_;
    IdSource<WaiterId> waiterIds_;
    std::vector<Effect> effects_;
    Totals totals_;
    std::uint64_t calls_ = 0;
    std::uint32_t callsAllowed_ = UINT32_MAX;  ///< what the upstream last said that it allows a connection
    double highWater_ = 0;
    std::optional<TimePoint> shrunkAt_;
    TimePoint dialNotBefore_ = TimePoint::min();
    std::uint32_t dialFailures_ = 0;
    bool draining_ = false;
    // the floor
    std::optional<std::uint32_t> floorCap_;
    bool floorByDemand_ = false;  ///< connections nobody needed have ended: the floor follows the high-water mark
    bool floorTried_ = false;     ///< one has been opened since, to tell a habit of the upstream from an outage
    Duration floorPause_{};
    TimePoint floorNotBefore_ = TimePoint::min();
};

}  // namespace millrace::pool
