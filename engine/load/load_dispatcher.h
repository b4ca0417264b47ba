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

/// Serves the queue of loads: which one starts now, in which slot, and which models are evicted for it.
///
///     dispatcher.enqueue(entry, ask, now);
///     dispatcher.pump(now);                    // the log has StartLoad, or StartUnload of victims
///     if (dispatcher.leaseReturned(now)) …     // a model in use is free: what waited for its memory goes on
///
/// Pure core. Owner: LoadScheduler. What it is built from outlives it. At most concurrentMax slots; an abandoned load
/// keeps its slot until its backend has answered. Not here: requests, and how loads end.
class LoadDispatcher {
public:
    LoadDispatcher(ModelTable& models, const Options& options, const EtaModel& eta, const Valuation& valuation)
        : models_(models), options_(options), eta_(eta), planner_(models, options, eta, valuation)
    {}

    const CapacityPlanner& planner() const { return planner_; }
    /// Starts nothing more. Returns the queued models.
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
    /// In a full queue the last one is removed for a more urgent one; else ResourceExhausted with retry-after.
    Status makePlace(const ModelEntry& entry, const Ask& ask, TimePoint now);
    bool isFull() const { return queue_.size() >= options_.queueMax; }
    std::size_t queued() const { return queue_.size(); }

    // ---- slots and memory

    /// Starts every load that may start, in the order of the queue. Call it after each change that may allow one.
    void pump(TimePoint now);
    /// When pump() may start more although nothing else has changed; empty: never.
    std::optional<TimePoint> recheckAt() const { return recheckAt_; }
    /// True: the end of a lease matters, since a load waits for it or a backend is over its budget.
    bool awaitsLeases() const { return leasesMatter_ || over_; }
    void leaseReturned(TimePoint now);
    /// After a measured size or a smaller budget: evicts the least valuable models that are not in use, until the rest
    /// is within the budget.
    void enforceBudget(TimePoint now);
    PreloadOutcome preload(ModelEntry& entry, const PreloadCandidate& ahead, const std::function<Sentence()>& why,
                           TimePoint now);

    std::optional<Duration> eta(const ModelEntry& entry, TimePoint now) const;
    std::uint32_t loading() const;
    /// Loads in flight, including abandoned ones whose end the backend has not confirmed.
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
