// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "load/capacity_planner.h"
#include "load/eta_model.h"
#include "load/load_dispatcher.h"
#include "load/load_log.h"
#include "load/model_table.h"
#include "load/types.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace millrace::load {

/// Decides when which model is loaded and unloaded: requests and reports of the backends go in, effects to carry out
/// come out. ModelEntry has the state of one model; LoadDispatcher decides which load is next and what is evicted for
/// it; LoadLog collects effects and records.
///
///     const EntryId id = scheduler.add({"digits", "runtime"}, now);
///     if (!scheduler.lease(id, now)) scheduler.ask(id, waiter, {}, now);
///     for (const Effect& effect : scheduler.takeEffects()) …   // StartLoad: load it, then
///     scheduler.loadEnded(id, load, status, bytes, now);       // and take effects again: Complete
///     scheduler.release(id, now);
///
/// Pure core: `now` comes in, effects go out; after each call takeEffects(), and tick() at wakeAt().
/// Bound:  queueMax models waiting; a waiter is held until its deadline or withdraw(). LoadLog::kRecordsMax records.
/// Errors: those of ask(): NotFound, ResourceExhausted (queue full, can never fit), Unavailable (failed lately,
/// closed). Promises (tests/engine/load/tst_load_scheduler.cpp): one load a model at a time; at most concurrentMax;
/// what is leased, loading or pinned is not evicted; memory within the budget unless measured sizes or leases prevent
/// it; every accepted ask() is answered once. An abandoned load keeps its slot and its bytes until the backend has
/// confirmed that it is unloaded: the scheduler never counts less than the backend holds.
class LoadScheduler {
public:
    LoadScheduler(Options options, EtaModel& eta, const Valuation& valuation);

    void apply(const Options& options, TimePoint now);
    const Options& options() const { return options_; }

    EntryId add(EntrySpec spec, TimePoint now);
    /// New information from the backend about a known model.
    void seen(EntryId id, const EntrySpec& spec, TimePoint now);
    /// The backend no longer lists it. It is removed, and its id is free, once it is not in use.
    void remove(EntryId id, TimePoint now);
    /// `lost`: its models are no longer in memory. Otherwise it only does not answer, and its models stay in memory.
    void backendDown(const std::string& backend, TimePoint now, bool lost = true);
    /// Accepts nothing more; refuses the waiters of loads that have not begun.
    void close(TimePoint now);

    /// A lease of a model that is warm, without waiting; false: ask().
    bool lease(EntryId id, TimePoint now) { return models_.at(id).lease(now); }
    /// REQUIRES: a lease of it is held.
    void release(EntryId id, TimePoint now);
    /// OK: a Complete for the waiter will follow. Otherwise it was refused, and none follows.
    Status ask(EntryId id, WaiterId waiter, const Ask& ask, TimePoint now);
    /// The waiter left; its Complete carries `status`.
    void withdraw(WaiterId waiter, const Status& status, TimePoint now);
    /// Preloads if a slot is idle and what must be evicted is worth less.
    PreloadOutcome preload(EntryId id, const PreloadCandidate& ahead, const std::function<Sentence()>& why,
                           TimePoint now)
    {
        return dispatcher_.preload(models_.at(id), ahead, why, now);
    }
    /// OK: a Complete will follow, as for ask(). Ends a load in flight, too. A model unloaded by the operator is not
    /// preloaded for ModelEntry::kKeptOut, or until it is requested; otherwise it would be loaded again at once.
    Status unload(EntryId id, WaiterId waiter, TimePoint now, UnloadBy by = UnloadBy::Client);
    Status pin(EntryId id, bool pinned, TimePoint now);
    /// In force at once: models unused for longer are unloaded, and a preload without waiters ends.
    void setPolicy(EntryId id, const ModelPolicy& policy, TimePoint now);

    /// The answer to StartLoad; ignored if that load was abandoned.
    void loadEnded(EntryId id, LoadId load, const Status& status, std::uint64_t bytes, TimePoint now);
    /// The answer to StartUnload.
    void unloadEnded(EntryId id, UnloadId unload, const Status& status, TimePoint now);
    void tick(TimePoint now);
    /// When tick() is due; empty: never.
    std::optional<TimePoint> wakeAt() const;
    std::vector<Effect> takeEffects();
    bool hasEffects() const { return log_.hasEffects(); }

    const ModelTable& models() const { return models_; }
    bool known(EntryId id) const { return models_.knows(id); }
    const ModelEntry& at(EntryId id) const { return models_.at(id); }
    const LoadLog& log() const { return log_; }
    bool knows(const std::string& backend) const;  ///< has a model of it, be it one that is gone and still in use
    std::optional<Duration> eta(EntryId id, TimePoint now) const { return dispatcher_.eta(at(id), now); }
    double reloadMs(EntryId id) const { return dispatcher_.planner().reloadMs(at(id)); }
    std::uint32_t loading() const { return dispatcher_.loading(); }
    std::uint32_t slotsInUse() const { return dispatcher_.slotsInUse(); }
    std::uint32_t queued() const { return static_cast<std::uint32_t>(dispatcher_.queued()); }
    std::uint32_t residentModels() const;
    std::uint64_t residentBytes() const;

private:
    void loadPinned(ModelEntry& entry, TimePoint now);
    void becomeCold(ModelEntry& entry, UnloadReason reason, const Sentence& why, TimePoint now);
    void forgetIfGone(EntryId id);
    void expire(TimePoint now);

    Options options_;
    EtaModel& eta_;
    LoadLog log_;
    ModelTable models_;
    LoadDispatcher dispatcher_;
    std::unordered_map<WaiterId, EntryId> waiters_;           // until their Complete is taken
    std::unordered_map<std::string, TimePoint> firstLoaded_;  // by backend: when its first load since its start ended
};

inline void LoadScheduler::release(EntryId id, TimePoint now)
{
    ModelEntry& entry = models_.at(id);
    entry.release(now);
    if (entry.leases > 0 || (!dispatcher_.awaitsLeases() && !entry.gone)) return;
    forgetIfGone(id);
    dispatcher_.leaseReturned(now);
}

}  // namespace millrace::load
