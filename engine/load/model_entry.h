// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "backend/model_kind.h"
#include "base/check.h"
#include "load/load_log.h"
#include "load/model_state.h"
#include "load/types.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace millrace::load {

struct EntrySpec {
    ModelId model;
    std::string backend;
    backend::ModelKind kind = backend::ModelKind::Unknown;
    bool loadable = true;  ///< else it is always warm, and its memory is not ours
    bool loaded = false;
    std::uint64_t bytes = 0;  ///< 0: unknown
};

/// A request for a model.
struct Ask {
    Priority priority = Priority::Demand;
    Cause cause = Cause::Demand;
    bool lease = true;  ///< holds the model once it is in memory
    int rank = 0;       ///< within the priority: higher first
    TimePoint deadline = TimePoint::max();
    Sentence why;  ///< "requested by curl · 51422"
};

/// The state machine of one model of one backend: state, leases, waiters, pauses and the known cost of its load.
///
///     ModelEntry entry(id, {"digits", "runtime"}, options, log, now);
///     entry.enqueue(ask, estimate, now);   // Cold → Queued
///     entry.begin(now);                    // → Loading: StartLoad is in the log
///     entry.loaded(bytes, now);            // → Warm: waiters hold their leases, Complete is in the log
///
/// Every change of `state` is a method named after the event; its comment has the states before and after. A change
/// that is not in kTransitions aborts. The results (effects, the record of the load) are written to the log.
/// Not here: decisions between models, which LoadScheduler and CapacityPlanner make.
///
/// Pure core. Owner: ModelTable. Fields may be read directly, but only methods change them. Bound: its waiters, which
/// LoadScheduler holds until their deadline. `options` and `log` outlive it.
class ModelEntry {
public:
    static constexpr Duration kBackoffMax = 60s;
    /// The backend's list is trusted about residency only if the model has not changed for this time.
    static constexpr Duration kSettled = 5s;
    static constexpr Duration kKeptOut = std::chrono::minutes(10);

    struct Waiter {
        WaiterId id;
        Priority priority;
        int rank;
        bool lease;
        TimePoint deadline, asked;
        std::string because;  ///< why the model was not in memory
    };

    /// Warm if the backend has it in memory already, or manages its memory itself; else Cold.
    ModelEntry(EntryId id, EntrySpec spec, const Options& options, LoadLog& log, TimePoint now);

    // ---- leases and waiters

    /// Counts a request. True: it holds a lease now; false: it has to wait.
    bool lease(TimePoint now);
    void addLease() { ++leases; }
    /// REQUIRES: a lease is held.
    void release(TimePoint now);
    void addWaiter(WaiterId waiter, const Ask& ask, TimePoint now);
    /// Removes a waiter; its Complete has `status`. False: it does not wait here.
    bool withdraw(WaiterId waiter, const Status& status);
    /// The same for all waiters.
    void refuse(const Status& status);
    /// Gives all waiters their leases, and new ones at once from now on. REQUIRES: Warm.
    void grant(TimePoint now);
    /// Gives no new leases: it is to be evicted for `wanted`.
    void reserveFor(EntryId wanted);
    enum class Urgency { Unchanged, Raised, Changed };
    /// Adopts the priority of its most urgent waiter.
    Urgency updateUrgency(TimePoint now);

    // ---- the load

    /// Cold or Failed → Queued. `estimate`: used for its bytes while they are unknown.
    void enqueue(const Ask& ask, std::uint64_t estimate, TimePoint now);
    /// Queued → Cold.
    void dequeue(const Sentence& why, TimePoint now);
    /// Queued → Loading.
    void begin(TimePoint now);
    /// Loading → Warm. `bytes`: measured; 0: unknown. Returns the time of the load.
    Duration loaded(std::uint64_t bytes, TimePoint now);
    /// Loading → Failed. The backend has reported the failure, and holds no memory for it.
    void loadFailed(const Status& status, TimePoint now);
    /// Loading → Unloading. The call failed without a result of the load, so the backend is asked to unload.
    void loadLost(const Status& status, TimePoint now);
    /// Loading → Unloading. The backend may still be loading, so it is asked to unload.
    void loadTimedOut(TimePoint now);
    /// Loading → Unloading. The backend is asked to unload, so that it holds no memory unaccounted for.
    void cancelLoad(LoadOutcome outcome, const Sentence& why, TimePoint now);
    /// Loading → Cold. The backend's process has ended.
    void loadDied(const Sentence& why, TimePoint now);
    /// Cold, Failed or Queued → Warm. The backend has it in memory, although the loader has not loaded it.
    void foundInMemory(TimePoint now);
    /// Failed → Cold.
    void forgetFailure();
    /// Applies changed options to the pause after a failure.
    void optionsChanged();

    // ---- the unload

    /// OK, or why it cannot be unloaded on request.
    Status mayUnload(UnloadBy by) const;
    /// Warm → Unloading. REQUIRES: no lease.
    void unload(UnloadReason reason, const Sentence& why, TimePoint now);
    /// Repeats the unload call. REQUIRES: Unloading, and the last call has ended.
    void askToUnload(TimePoint now);
    void addUnloadWaiter(WaiterId waiter) { unloadWaiters.push_back(waiter); }
    /// The backend's answer, which is passed to the waiters of the unload. True: the memory is free, call becomeCold().
    /// False: Unloading → Warm if it was warm and stays; otherwise the call is to be repeated. REQUIRES: Unloading.
    bool unloadEnded(const Status& status, TimePoint now);
    /// Warm or Unloading → Cold (Failed while its pause goes on). The memory is free now.
    void becomeCold(UnloadReason reason, const Sentence& why, TimePoint now);

    // ---- reports and rules

    /// New information from the backend; true: `spec.loaded` can be trusted.
    bool update(const EntrySpec& spec, TimePoint now);
    void removed() { gone = true; }  ///< the backend no longer lists it
    void markBackendDown();
    /// It was requested, so it may be preloaded again.
    void requested();
    void setPinned(bool on);
    void setPolicy(const ModelPolicy& wanted) { policy = wanted; }
    void keepOut(TimePoint until) { keptOutUntil = until; }
    void excludeFromPreload() { excludedFromPreload = true; }
    void setTurn(std::uint64_t knowledge) { turn = knowledge; }
    /// A preload whose value can no longer be determined.
    void forgetPreload() { preloadPending = false; }
    /// The verdict of the preload. REQUIRES: preloadPending.
    void recordOutcome(Verdict verdict);

    // ---- queries

    /// True for the load in flight, not for an abandoned one.
    bool isLoading(LoadId which) const { return state == ModelState::Loading && load == which; }
    bool isUnloading(UnloadId which) const
    {
        return state == ModelState::Unloading && unloadCall == which && unloadInFlight;
    }
    bool isOut() const { return state == ModelState::Cold || state == ModelState::Failed; }
    /// The backend may hold its bytes.
    bool inMemory() const
    {
        return state == ModelState::Loading || state == ModelState::Warm || state == ModelState::Unloading;
    }
    /// An abandoned load, of which the backend may still hold everything.
    bool ending() const { return state == ModelState::Unloading && !wasWarm; }
    bool preloading() const
    {
        return cause == Cause::Preload && waiters.empty() &&
               (state == ModelState::Queued || state == ModelState::Loading);
    }
    /// False: it may be removed from the queue.
    bool isWanted() const { return !waiters.empty() || cause == Cause::Preload || cause == Cause::Pin; }
    /// It is not in use, and no longer in the catalogue.
    bool isForgettable() const { return gone && leases == 0 && waiters.empty() && isOut(); }
    bool mayPreload(TimePoint now) const;
    bool mayLoadForPin(TimePoint now) const;
    /// When it is unloaded for being unused; empty: never, or it is in use. A pin overrides the time to live.
    std::optional<TimePoint> idleEnd() const;
    /// How much longer it is not preloaded, because the operator unloaded it.
    std::optional<Duration> keptOut(TimePoint now) const;
    /// When something is due; empty: never.
    std::optional<TimePoint> wakeAt() const;
    /// Its last load failed, and its pause is not over.
    Status pausedStatus(TimePoint now) const;

    const EntryId id;
    EntrySpec spec;
    ModelState state = ModelState::Cold;
    bool open = false;  ///< leases are given at once
    bool pinned = false;
    ModelPolicy policy;
    bool gone = false;                          ///< not in the catalogue any more
    bool excludedFromPreload = false;           ///< unloaded on purpose: not preloaded until it is requested
    TimePoint keptOutUntil = TimePoint::min();  ///< the operator unloaded it: not preloaded, unless it is requested
    bool backendDown = false;                   ///< not loaded by ourselves until the backend is seen again
    bool preloadPending = false;                ///< preloaded, not requested yet
    std::uint64_t turn = 0;                     ///< PreloadCandidate::turn, while preloadPending
    std::uint32_t leases = 0;
    std::uint64_t requests = 0, loads = 0;
    TimePoint used{};
    TimePoint changed = TimePoint::min();  ///< state

    std::uint64_t bytes = 0;  ///< measured, else reported, else like its kind; 0: unknown
    bool measured = false;
    TimePoint warmSince{};
    std::optional<EntryId> reservedFor;  ///< takes no new leases: has to leave for that one

    Priority priority = Priority::Preload;  ///< of the most urgent waiter, while queued or loading
    Cause cause = Cause::Demand;
    int rank = 0;
    TimePoint queuedAt{}, startedAt{}, deadline{};
    LoadId load;

    std::uint32_t failures = 0;             ///< consecutive
    TimePoint failedAt = TimePoint::min();  ///< the last one
    TimePoint retryAt = TimePoint::min();
    Status error;

    UnloadId unloadCall;
    UnloadReason unloadReason = UnloadReason::Manual;
    Sentence unloadWhy;  ///< "evicted for synthetic-slow"
    TimePoint unloadDeadline{};
    TimePoint unloadRetryAt = TimePoint::min();
    bool unloadInFlight = false;  ///< else it is asked for again at unloadRetryAt
    bool wasWarm = false;         ///< what is being unloaded had been loaded
    std::vector<WaiterId> unloadWaiters;

    std::optional<TimePoint> leftAt;
    Sentence leftWhy;
    Sentence reason;  ///< the last decision
    std::vector<Waiter> waiters;

private:
    std::string because(TimePoint now) const;
    Status toCallers(const Status& status) const;
    Duration backoff() const;
    Duration pauseAfterFailure(const Status& status, TimePoint now);
    void endStay(UnloadReason why, const Sentence& sentence, TimePoint now);
    void answerUnload(const Status& status);

    const Options& options_;
    LoadLog& log_;
    LoadLog::Position record_;
};

inline bool ModelEntry::lease(TimePoint now)
{
    ++requests;
    used = now;
    if (!open) return false;
    ++leases;
    if (preloadPending) recordOutcome(Verdict::Hit);
    return true;
}

inline void ModelEntry::release(TimePoint now)
{
    MR_CHECK_MSG(leases > 0, spec.model + ": a lease was given back twice");
    --leases;
    used = now;
}

}  // namespace millrace::load
