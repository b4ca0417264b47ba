// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/check.h"
#include "base/error.h"
#include "base/ring.h"
#include "load/eta_model.h"
#include "load/eviction.h"
#include "load/model_state.h"
#include "load/types.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

namespace millrace::load {

using WaiterId = Id<struct WaiterTag>;
using UnloadId = Id<struct UnloadTag>;

enum class Cause { Demand, Preload, Manual, Pin };
const char* name(Cause cause);

/// What the scheduler wants done; the shell does it and reports back.
struct StartLoad {
    LoadId load;
    EntryId entry;
    TimePoint deadline;
};
struct CancelLoad {
    LoadId load;
    EntryId entry;
    Sentence why;
};
struct StartUnload {
    UnloadId unload;
    EntryId entry;
    TimePoint deadline;
};
/// The one answer of a waiter. `story`: what it waited for, in a sentence; empty when it was refused.
struct Complete {
    WaiterId waiter;
    Status status;
    std::string decisions;
    Duration loading{};  ///< of its wait: while the backend was loading
};
/// Told, not to be done: for figures and events.
struct LoadEnded {
    EntryId entry;
    Cause cause;
    const char* outcome;  ///< ok, failed, timeout, cancelled
    Duration took;        ///< from the start of the load
    Sentence why;
};
struct Unloaded {
    EntryId entry;
    const char* reason;  ///< evicted, preload, ttl, manual, timeout, cancelled, backend
    Sentence why;
    bool was;  ///< it had been warm
};
struct Judged {
    EntryId entry;
    const char* verdict;  ///< hit, late, wasted
};
using Effect = std::variant<StartLoad, CancelLoad, StartUnload, Complete, LoadEnded, Unloaded, Judged>;

/// What only the outside knows: how likely a model is asked for again soon.
class Valuation {
public:
    virtual ~Valuation() = default;
    virtual double reuse(EntryId entry) const = 0;
    /// The same where loading ahead weighs it against another.
    virtual double ahead(EntryId entry) const { return reuse(entry); }
};

struct EntrySpec {
    ModelId model;
    std::string backend;
    std::string kind;
    bool loadable = true;  ///< else it is always warm, and its memory is not ours
    bool loaded = false;
    std::uint64_t bytes = 0;  ///< 0: unknown
};

/// Somebody who needs a model.
struct Ask {
    Priority priority = Priority::Demand;
    Cause cause = Cause::Demand;
    bool lease = true;  ///< holds the model once it is there
    int rank = 0;       ///< within the priority: higher first
    TimePoint deadline = TimePoint::max();
    Sentence why;  ///< "requested by curl · 51422"
};

/// A model that may be asked for before long.
struct PreloadCandidate {
    double worth = 0;           ///< as Valuation::ahead()
    std::uint64_t turn = 0;     ///< the state of knowledge: what was loaded ahead in it makes way for no other of it
    std::vector<EntryId> keep;  ///< what the same forecast needs sooner
};

/// Decides which model is loaded and unloaded when: priorities, slots, memory, single flight, leases, pauses.
/// Pure core: `now` comes in, effects go out.
///
/// Bound:  queueMax models waiting; a waiter is held until its deadline or withdraw(). kRecordsMax records.
/// Errors: those of ask(): NotFound, ResourceExhausted (queue full, can never fit), Unavailable (failed lately,
/// closed). Promises (tests/engine/load/tst_load_scheduler.cpp): one load a model at a time; at most concurrentMax;
/// what is leased, loading or pinned is not evicted; memory within the budget unless measured sizes or leases forbid;
/// every ask that was accepted is answered once. A load that was given up keeps its slot and its bytes until the
/// backend has said that nothing is left of it: the books never hold less than the backend does.
class LoadScheduler {
public:
    static constexpr std::size_t kRecordsMax = 512;
    static constexpr Duration kBackoffMax = 60s;
    /// What a list of models says about residency is believed when nothing was done to the model for so long.
    static constexpr Duration kSettled = 5s;
    static constexpr Duration kKeptOut = std::chrono::minutes(10);
    /// Share of a load's own time that it costs the others: a preload must bring more.
    static constexpr double kContention = 0.05;

    struct Entry;

    LoadScheduler(Options options, EtaModel& eta, const Valuation& valuation);
    ~LoadScheduler();

    void apply(const Options& options, TimePoint now);
    const Options& options() const { return options_; }

    EntryId add(EntrySpec spec, TimePoint now);
    /// What the backend says now of a model that is known.
    void seen(EntryId entry, const EntrySpec& spec, TimePoint now);
    /// The backend does not know it any more. Forgotten (and its id free) once nobody holds it.
    void remove(EntryId entry, TimePoint now);
    /// `lost`: what it had in memory is gone, too. Else it just does not answer, and holds what it held.
    void backendDown(const std::string& backend, TimePoint now, bool lost = true);
    /// Nothing new is taken; those waiting for a load that has not begun are refused.
    void close(TimePoint now);

    /// A lease of a model that is warm, without waiting; false: ask().
    bool lease(EntryId entry, TimePoint now);
    void release(EntryId entry, TimePoint now);
    /// OK: the waiter's Complete will come. Else it was refused and is not kept.
    Status ask(EntryId entry, WaiterId waiter, const Ask& ask, TimePoint now);
    /// The waiter left; its Complete carries `status`.
    void withdraw(WaiterId waiter, const Status& status, TimePoint now);
    /// Loads ahead when a slot is idle and what must leave for it is worth less.
    enum class Preload {
        Started,
        Refused,  ///< not worth it, or not now
        InUse,    ///< what could leave is in use: may do once a lease is given back
    };
    Preload preload(EntryId entry, const PreloadCandidate& ahead, const std::function<Sentence()>& why, TimePoint now);
    /// As ask(): OK means that a Complete will come. Ends a load in flight as well.
    /// By the operator: it is not preloaded for kKeptOut, or until it is requested, else it would be back at once.
    Status unload(EntryId entry, WaiterId waiter, TimePoint now, UnloadBy by = UnloadBy::Client);
    Status pin(EntryId entry, bool pinned, TimePoint now);
    /// In force at once: what was unused for longer leaves, and a preload that nobody waits for ends.
    void setPolicy(EntryId entry, const ModelPolicy& policy, TimePoint now);

    void loadEnded(EntryId entry, LoadId load, const Status& status, std::uint64_t bytes, TimePoint now);
    void unloadEnded(EntryId entry, UnloadId unload, const Status& status, TimePoint now);
    void tick(TimePoint now);
    /// When tick() matters next; empty: never.
    std::optional<TimePoint> wakeAt() const;
    std::vector<Effect> takeEffects();
    bool hasEffects() const { return !effects_.empty(); }

    bool known(EntryId entry) const { return entry < entries_.size() && entries_[entry] != nullptr; }
    bool knows(const std::string& backend) const;  ///< has a model of it, be it one that is gone and still in use
    const Entry& at(EntryId entry) const { return *entries_[entry]; }
    std::size_t size() const { return entries_.size(); }
    std::optional<Duration> eta(EntryId entry, TimePoint now) const;
    double reloadMs(EntryId entry) const;
    /// When it leaves if nobody uses it until then; empty: never, or it is in use. Pins come before times to live.
    std::optional<TimePoint> idleEnd(EntryId entry) const;
    /// How much longer it is not preloaded, because the operator unloaded it.
    std::optional<Duration> keptOut(EntryId entry, TimePoint now) const;
    const Ring<LoadRecord>& records() const { return records_; }
    std::uint32_t loading() const;
    /// Loads that run, and those given up of which the backend has not said yet that they ended.
    std::uint32_t slotsInUse() const;
    std::uint32_t queued() const { return static_cast<std::uint32_t>(queue_.size()); }
    std::uint32_t residentModels() const;
    std::uint64_t residentBytes() const;
    std::uint64_t hits() const { return hits_; }
    std::uint64_t late() const { return late_; }
    std::uint64_t wasted() const { return wasted_; }

private:
    struct Usage {
        std::uint64_t bytes = 0, leavingBytes = 0, pinnedBytes = 0;
        std::uint32_t models = 0, leavingModels = 0, pinnedModels = 0;
    };
    enum class Capacity { Available, Pending, Blocked, Impossible };

    Entry& edit(EntryId entry) { return *entries_[entry]; }

    // load_scheduler.cpp: asking, ending, leaving
    void enqueue(EntryId entry, const Ask& ask, TimePoint now);
    void dequeue(EntryId entry, const Sentence& why, TimePoint now);
    void place(EntryId entry);
    void rank(EntryId entry, TimePoint now);
    void begin(EntryId entry, TimePoint now);
    void cancelLoad(EntryId entry, const char* outcome, const Sentence& why, TimePoint now);
    void failed(EntryId entry, const Status& status, TimePoint now);
    void timedOut(EntryId entry, TimePoint now);
    void lostSight(EntryId entry, const Status& status, TimePoint now);
    Duration pauseAfterFailure(Entry& entry, const Status& status, TimePoint now);
    void startUnload(EntryId entry, const char* reason, const Sentence& why, TimePoint now);
    void askToUnload(Entry& entry, EntryId id, TimePoint now);
    void becomeCold(EntryId entry, const char* reason, const Sentence& why, TimePoint now);
    void leaves(Entry& entry, EntryId id, const Sentence& why, TimePoint now);
    void grant(EntryId entry, TimePoint now);
    void refuse(EntryId entry, const Status& status);
    void judge(Entry& entry, EntryId id, const char* verdict);
    void expire(TimePoint now);
    void forgetIfGone(EntryId entry);
    void loadPinned(EntryId entry, TimePoint now);
    LoadRecord* record(const Entry& entry);

    // load_scheduler_capacity.cpp: slots and memory
    void pump(TimePoint now);
    bool cancelPreload(const Sentence& why, TimePoint now);
    Usage usage(const std::string& backend) const;
    Status fits(const Entry& entry) const;
    RoomNeeded needed(const Usage& used, const RoomNeeded& reserved, std::uint64_t bytes) const;
    std::vector<EvictionCandidate> candidates(EntryId wanted, TimePoint now);
    Capacity makeRoom(EntryId entry, const RoomNeeded& reserved, TimePoint now);
    bool mayEvictForPreload(const EvictionCandidate& candidate, const PreloadCandidate& ahead) const;
    void clearReservations(EntryId wanted, TimePoint now);
    void enforceBudget(TimePoint now);
    std::uint64_t estimatedBytes(const Entry& entry) const;

    Options options_;
    EtaModel& eta_;
    const Valuation& valuation_;
    std::vector<std::unique_ptr<Entry>> entries_;
    std::vector<EntryId> free_;
    std::vector<EntryId> queue_;  // in the order of being served
    std::unordered_map<WaiterId, EntryId> waiters_;
    std::vector<Effect> effects_;
    Ring<LoadRecord> records_{kRecordsMax};
    IdSource<LoadId> loadIds_;
    IdSource<UnloadId> unloadIds_;
    std::uint64_t sequence_ = 0;
    std::uint64_t hits_ = 0, late_ = 0, wasted_ = 0;
    std::unordered_map<std::string, TimePoint> firstLoaded_;  // by backend: when its first load since its start ended
    std::optional<TimePoint> recheckAt_;                      // when a model in use may be closed for one that waits
    bool leasesMatter_ = false;                               // somebody waits for a model in use to be given back
    bool over_ = false;                                       // a backend holds more than its budget, all of it in use
    bool closed_ = false;
};

/// One model of one backend. Read by snapshots; changed by the scheduler only.
struct LoadScheduler::Entry {
    struct Waiter {
        WaiterId id;
        Priority priority;
        int rank;
        bool lease;
        TimePoint deadline, asked;
        std::string because;  ///< why the model was not there
    };

    EntrySpec spec;
    ModelState state = ModelState::Cold;
    bool open = false;  ///< leases are given at once
    bool pinned = false;
    ModelPolicy policy;
    bool gone = false;                          ///< not in the catalogue any more
    bool excludedFromPreload = false;           ///< sent away on purpose: not loaded ahead until asked for
    TimePoint keptOutUntil = TimePoint::min();  ///< the operator unloaded it: not preloaded, unless it is requested
    bool away = false;            ///< its backend went down: not loaded by ourselves until it is seen again
    bool preloadPending = false;  ///< loaded ahead, not asked for yet
    std::uint64_t turn = 0;       ///< PreloadCandidate::turn, while preloadPending
    std::uint32_t leases = 0;
    std::uint64_t requests = 0, loads = 0;
    TimePoint used{};
    TimePoint changed = TimePoint::min();  ///< state

    std::uint64_t bytes = 0;  ///< measured, else told, else like its kind; 0: unknown
    bool measured = false;
    TimePoint warmSince{};
    std::optional<EntryId> reservedFor;  ///< takes no new leases: has to leave for that one

    Priority priority = Priority::Preload;  ///< of the most urgent waiter, while queued or loading
    Cause cause = Cause::Demand;
    int rank = 0;
    std::uint64_t sequence = 0;
    TimePoint queuedAt{}, startedAt{}, deadline{};
    LoadId load;
    std::optional<std::uint64_t> recordAt;

    std::uint32_t failures = 0;
    TimePoint retryAt = TimePoint::min();
    Status error;

    UnloadId unload;
    const char* unloadReason = "";
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

    /// Of a load that was given up the backend may still have all.
    bool ending() const { return state == ModelState::Unloading && !wasWarm; }
    bool preloading() const
    {
        return cause == Cause::Preload && waiters.empty() &&
               (state == ModelState::Queued || state == ModelState::Loading);
    }
};

inline bool LoadScheduler::lease(EntryId id, TimePoint now)
{
    Entry& entry = *entries_[id];
    ++entry.requests;
    entry.used = now;
    if (!entry.open) return false;
    ++entry.leases;
    if (entry.preloadPending) judge(entry, id, "hit");
    return true;
}

inline void LoadScheduler::release(EntryId id, TimePoint now)
{
    Entry& entry = *entries_[id];
    MR_CHECK_MSG(entry.leases > 0, entry.spec.model + ": a lease was given back twice");
    --entry.leases;
    entry.used = now;
    if (entry.leases > 0 || (!leasesMatter_ && !over_ && !entry.gone)) return;
    if (over_) enforceBudget(now);
    forgetIfGone(id);
    if (leasesMatter_) pump(now);
}

}  // namespace millrace::load
