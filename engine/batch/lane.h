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

/// The queue of requests for one model and signature, and the decision when to dispatch a batch of them.
///
///     if (lane.full()) …                                    // refuse; else
///     auto ticket = lane.add({key, rows, bytes, priority, now, deadline});
///     while (auto batch = lane.next(now)) send(*batch);     // after each change; then again at lane.wakeAt()
///     lane.returned(now, batch.rows, ran);
///
/// While `inFlightMax` batches are in flight, the forming batch keeps absorbing requests (late binding). When the
/// backend is free, it is dispatched at once unless waiting for one more arrival is expected to pay:
///   an arrival expected after τ saves its base cost a, less τ; each of the m waiters pays τ and the arrival's b·r.
///   Wait while a − τ > m · (τ + b · r), but at most until 2 τ after the latest arrival, the timeout, or a deadline.
/// While a batch is running, another is dispatched when it is full, when its time is up, or when merging more would
/// save almost nothing (the base cost is at most an eighth of its run). Within a priority, requests are dispatched in
/// order of arrival. A request larger than a limit, in rows or bytes, is dispatched alone.
///
/// Pure. Thread: one. Bound: queueMax, checked by the caller (full()). Cost: at most O(log n) per operation. An empty
/// lane keeps memory for kSlotsKept members.
class Lane {
public:
    using Key = std::uint64_t;     ///< chosen by the caller
    using Ticket = std::uint32_t;  ///< chosen by the lane; valid until the member is dispatched or removed

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
    /// Most rows in a batch from now on; 0 counts as 1.
    void setLimit(std::uint32_t rows) { limit_ = rows == 0 ? 1 : rows; }
    std::uint32_t limit() const { return limit_; }

    /// Why a request of `rows` rows would gain nothing from being merged, once that is known; empty: it should be
    /// merged. Valid for half a minute, after which merging is tried again to measure its cost.
    std::optional<std::string> bypass(std::uint32_t rows, TimePoint now);
    /// The latest bypass() is still valid.
    bool splitsLarge(TimePoint now) const { return bypassUntil_ && now < *bypassUntil_; }
    bool full() const { return waiting_ >= options_.queueMax; }
    /// REQUIRES: !full(); rows > 0.
    Ticket add(const Arrival& arrival);
    /// Removes a member. REQUIRES: it was not dispatched or removed before.
    void remove(Ticket ticket);
    /// Removes the members whose deadlines have passed.
    std::vector<Key> expire(TimePoint now);
    /// Removes all members.
    std::vector<Key> clear();

    /// The batch to dispatch now; empty: none. It counts as in flight until returned().
    std::optional<Dispatch> next(TimePoint now);
    /// A batch completed. `run`: its duration, unless it failed. REQUIRES: inFlight() > 0.
    void returned(TimePoint now, std::uint32_t rows, std::optional<Duration> run);
    /// A batch that was treated as returned, because it was overdue, completed after all.
    void cameBack(std::uint32_t rows, Duration run) { cost_.add(rows, run); }
    /// When a batch of `rows` rows is overdue: a multiple of its expected duration.
    Duration patience(std::uint32_t rows) const;
    /// Dispatches the present members as soon as the backend is free.
    void flush() { flushing_ = waiting_ > 0; }
    /// When to call next() and expire() if nothing else happens; empty: not needed.
    std::optional<TimePoint> wakeAt();

    std::uint32_t waiting() const { return waiting_; }
    std::uint32_t waitingRows() const { return rows_; }
    std::size_t waitingBytes() const { return bytes_; }
    std::uint32_t inFlight() const { return inFlight_; }
    std::optional<TimePoint> oldest() const;
    /// How long the forming batch may grow, as last decided; the timeout if nothing was decided yet.
    Duration waitLimit() const { return waitLimit_.value_or(options_.timeout); }
    const CostModel& cost() const { return cost_; }
    /// When a refused request is likely to be admitted, for Retry-After; empty: unknown.
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
    template <typename Take>
    void eachFirst(Take take) const;

    Options options_;
    std::uint32_t limit_ = 100;
    std::vector<Slot> slots_;
    std::vector<std::uint32_t> free_;
    std::array<Level, kLevels> levels_;  // highest priority first
    std::uint32_t occupied_ = 0;         // levels that have members, a bit each
    static_assert(kLevels <= 32);
    std::vector<Deadline> deadlines_;  // heap, with stale entries
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
