// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/sentence.h"
#include "batch/cost_model.h"
#include "batch/dispatch_reason.h"
#include "setting_defaults.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace millrace::batch {

/// The requests that wait for one model with one signature, and the decision when a batch of them is dispatched.
///
///     if (lane.full()) …                                    // refuse; else
///     auto ticket = lane.add({key, rows, bytes, priority, now, deadline});
///     while (auto batch = lane.next(now)) send(*batch);     // after each change; then again at lane.wakeAt()
///     lane.returned(now, batch.rows, ran);
///
/// Pure. While `inFlightMax` batches are at
/// the backend, the forming batch goes on absorbing (late binding). When the backend is free it is dispatched at once,
/// unless the gain of one more arrival beats its cost to those waiting:
///   an arrival expected after τ saves its own base cost a, less τ; each of the m waiting pays τ and the arrival's b·r.
///   wait while a − τ > m · (τ + b · r), but no longer than 2 τ after the last arrival, the timeout, or a deadline.
/// Beside a running batch another one is dispatched when it is full, when its time is up, or when merging more into it
/// would save next to nothing (the base cost is at most an eighth of its run). Within a priority requests are
/// dispatched in the order they came. A request larger than a limit, of rows or bytes, is dispatched alone. Bound: the
/// caller asks full() before add(). Dispatching, removing and expiring cost O(log n) at most. An empty lane keeps
/// places for kSlotsKept members.
class Lane {
public:
    using Key = std::uint64_t;     ///< the caller's name of a member
    using Ticket = std::uint32_t;  ///< the lane's; good until the member is dispatched or removed

    static constexpr int kPriorityMax = 8;  ///< priorities beyond ±8 count as ±8
    static constexpr std::size_t kSlotsKept = 256;

    struct Options {  // those of batch::Options; 0 as there
        Duration timeout = defaults::batcher::kTimeout;
        bool idleDispatch = defaults::batcher::kIdleDispatch;
        std::uint32_t inFlightMax = defaults::batcher::kInFlightMax;
        std::uint32_t queueMax = defaults::batcher::kQueueMax;
        std::size_t bytesMax = SIZE_MAX;  ///< of a batch
    };
    struct Arrival {
        Key key = 0;
        std::uint32_t rows = 1;
        std::size_t bytes = 0;
        int priority = 0;
        TimePoint at;
        TimePoint deadline = TimePoint::max();
    };
    struct Dispatch {
        DispatchReason why = DispatchReason::Full;
        Sentence reason;  ///< why, with the numbers
        std::vector<Key> members;
        std::uint32_t rows = 0;
        std::size_t bytes = 0;
        std::uint32_t limit = 0;
        TimePoint oldest;
    };

    explicit Lane(const Options& options) : options_(options) {}

    void apply(const Options& options) { options_ = options; }
    /// Rows a batch may have, from now on.
    void setLimit(std::uint32_t rows) { limit_ = rows == 0 ? 1 : rows; }
    std::uint32_t limit() const { return limit_; }

    /// Why a request of `rows` rows gains nothing from waiting for company, once that is known; empty: it should wait.
    /// What it says holds for half a minute; then merging measures anew what runs cost.
    std::optional<std::string> bypass(std::uint32_t rows, TimePoint now);
    /// Whether what bypass() said last holds still.
    bool splitsLarge(TimePoint now) const { return bypassUntil_ && now < *bypassUntil_; }
    bool full() const { return waiting_ >= options_.queueMax; }
    /// REQUIRES: !full(); rows > 0.
    Ticket add(const Arrival& arrival);
    /// The member does not wait any more. REQUIRES: it was neither dispatched nor taken out.
    void remove(Ticket ticket);
    /// Takes out the members whose deadline has passed.
    std::vector<Key> expire(TimePoint now);
    /// Takes out everybody.
    std::vector<Key> clear();

    /// The batch that is dispatched now, if any. It occupies the backend until returned().
    std::optional<Dispatch> next(TimePoint now);
    /// A batch came back. REQUIRES: inFlight() > 0. `run`: what it took, when that says something of the cost (not
    /// after a failure).
    void returned(TimePoint now, std::uint32_t rows, std::optional<Duration> run);
    /// A batch that was given up as returned has come back after all.
    void cameBack(std::uint32_t rows, Duration run) { cost_.add(rows, run); }
    /// How long a batch of `rows` rows may keep the next ones waiting: many times what it should take.
    Duration patience(std::uint32_t rows) const;
    /// What waits now is dispatched as soon as the backend is free, whatever else holds.
    void flush() { flushing_ = waiting_ > 0; }
    /// When next() or expire() matters next, if nothing else happens; empty: never.
    std::optional<TimePoint> wakeAt();

    std::uint32_t waiting() const { return waiting_; }
    std::uint32_t waitingRows() const { return rows_; }
    std::size_t waitingBytes() const { return bytes_; }
    std::uint32_t inFlight() const { return inFlight_; }
    std::optional<TimePoint> oldest() const;
    /// How long the forming batch may still grow, as last decided; the timeout when nothing was decided yet.
    Duration waitLimit() const { return waitLimit_.value_or(options_.timeout); }
    const CostModel& cost() const { return cost_; }
    /// A request refused now might fit after this.
    std::optional<Duration> drainTime() const;

private:
    static constexpr std::uint32_t kNone = UINT32_MAX;
    static constexpr std::size_t kLevels = 2 * kPriorityMax + 1;

    struct Slot {
        Arrival arrival;
        std::uint32_t next = kNone;
        std::uint32_t previous = kNone;
        std::uint32_t level = 0;
        std::uint32_t use = 0;  ///< how often the slot was reused; distinguishes stale deadlines from live ones
        bool waits = false;
    };
    struct Level {
        std::uint32_t head = kNone;
        std::uint32_t tail = kNone;
    };
    struct Deadline {
        TimePoint when;
        std::uint32_t slot = 0;
        std::uint32_t use = 0;
        bool operator<(const Deadline& other) const { return when > other.when; }  // a heap with the earliest on top
    };
    /// Cases that differ in their words.
    enum class Case { Flush, Full, Waited, Deadline, BecameFree, NothingKnown, CheapEnough, NoGain, NobodyElse };
    struct Plan {
        TimePoint at;
        DispatchReason why;
        Case kind;
    };

    Plan decide(TimePoint now) const;
    std::optional<Plan> idlePlan(TimePoint now) const;
    bool cheapEnough(std::uint32_t rows) const;
    Sentence describe(const Plan& plan, TimePoint now) const;
    bool isFull() const { return rows_ >= limit_ || bytes_ >= options_.bytesMax; }
    Sentence fullness(const Dispatch& out, const Arrival* next) const;
    Duration needed(const Arrival& member) const;
    Dispatch take(const Plan& plan, TimePoint now);
    std::uint32_t frontSlot(TimePoint now) const;
    const Deadline* nearest();
    void noteGap(TimePoint at, std::uint32_t rows);
    Key unlink(std::uint32_t slot);

    Options options_;
    std::uint32_t limit_ = 100;
    std::vector<Slot> slots_;
    std::vector<std::uint32_t> free_;
    std::array<Level, kLevels> levels_;  // highest priority first
    std::vector<Deadline> deadlines_;    // heap, with stale entries
    std::uint32_t waiting_ = 0;
    std::uint32_t rows_ = 0;
    std::size_t bytes_ = 0;
    std::uint32_t inFlight_ = 0;
    bool flushing_ = false;
    TimePoint freeSince_ = TimePoint::min();  ///< when the backend last became able to take a batch

    std::optional<TimePoint> dispatchAt_;  ///< as last decided
    std::optional<Duration> waitLimit_;
    std::optional<Deadline> nearest_;  ///< refreshed by nearest()
    CostModel cost_;
    std::optional<TimePoint> bypassUntil_;
    std::optional<TimePoint> lastArrival_;
    std::optional<double> gapMs_;  ///< between arrivals; an average that forgets
    double rowsEach_ = 1;
};

}  // namespace millrace::batch
