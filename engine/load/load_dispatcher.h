// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "load/capacity_planner.h"
#include "load/eta_model.h"
#include "load/load_queue.h"
#include "load/model_table.h"
#include "load/types.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace millrace::load {

/// Serves the queue of loads: which one begins now, which slot it takes, and who leaves memory for it.
///
///     dispatcher.enqueue(entry, ask, now);
///     dispatcher.pump(now);                    // StartLoad, or StartUnload of what is in its way, is in the log
///     if (dispatcher.leaseReturned(now)) …     // a model in use is free: what waited for its memory goes on
///
/// Pure core. Owner: LoadScheduler. What it is built from outlives it. At most concurrentMax slots; a load that was
/// given up keeps its slot until its backend has answered. Not here: requests, and how loads end.
class LoadDispatcher {
public:
    LoadDispatcher(ModelTable& models, const Options& options, const EtaModel& eta, const Valuation& valuation)
        : models_(models), options_(options), eta_(eta), planner_(models, options, eta, valuation)
    {}

    const CapacityPlanner& planner() const { return planner_; }
    /// Nothing begins any more. Returns what is queued.
    std::vector<EntryId> close();
    bool isClosed() const { return closed_; }

    // ---- the queue

    /// REQUIRES: Cold or Failed.
    void enqueue(ModelEntry& entry, const Ask& ask, TimePoint now);
    /// REQUIRES: Queued.
    void dequeue(ModelEntry& entry, const Sentence& why, TimePoint now);
    /// It is in memory without a load. REQUIRES: Queued.
    void forget(const ModelEntry& entry, TimePoint now);
    /// After its waiters changed.
    void updateRank(ModelEntry& entry, TimePoint now);
    /// In a full queue the last one makes way for a more urgent one; else ResourceExhausted, with when to come back.
    Status makePlace(const ModelEntry& entry, const Ask& ask, TimePoint now);
    bool isFull() const { return queue_.size() >= options_.queueMax; }
    std::size_t queued() const { return queue_.size(); }

    // ---- slots and memory

    /// Starts what may start, in the queue's order. After each change that may let one start.
    void pump(TimePoint now);
    /// When pump() could do more although nothing has changed; empty: never.
    std::optional<TimePoint> recheckAt() const { return recheckAt_; }
    /// Whether the end of a lease concerns anybody: a load waits for it, or a backend is over its budget.
    bool awaitsLeases() const { return leasesMatter_ || over_; }
    void leaseReturned(TimePoint now);
    /// A measured size or a smaller budget may leave more in memory than allowed: the least worth goes, what is in use
    /// stays.
    void enforceBudget(TimePoint now);
    PreloadOutcome preload(ModelEntry& entry, const PreloadCandidate& ahead, const std::function<Sentence()>& why,
                           TimePoint now);

    std::optional<Duration> eta(const ModelEntry& entry, TimePoint now) const;
    std::uint32_t loading() const;
    /// Loads in flight, and those given up of which the backend has not said yet that they ended.
    std::uint32_t slotsInUse() const;

private:
    void begin(ModelEntry& entry, TimePoint now);
    bool cancelPreload(const Sentence& why, TimePoint now);
    Capacity makeRoom(ModelEntry& entry, const CapacityNeeded& claimed, TimePoint now);
    void clearReservations(EntryId wanted, TimePoint now);

    ModelTable& models_;
    const Options& options_;
    const EtaModel& eta_;
    CapacityPlanner planner_;
    LoadQueue queue_;
    std::optional<TimePoint> recheckAt_;  // when a model in use may be closed for one that waits
    bool leasesMatter_ = false;           // somebody waits for a model in use to be given back
    bool over_ = false;                   // a backend holds more than its budget, all of it in use
    bool closed_ = false;
};

}  // namespace millrace::load
