// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "load/eta_model.h"
#include "load/eviction.h"
#include "load/model_table.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace millrace::load {

/// Supplied by the caller: how likely a model is requested again soon.
class Valuation {
public:
    virtual ~Valuation() = default;
    virtual double reuse(EntryId entry) const = 0;
    /// The same where preloading weighs it against another.
    virtual double ahead(EntryId entry) const { return reuse(entry); }
};

/// A model that may be requested soon.
struct PreloadCandidate {
    double value = 0;           ///< as Valuation::ahead()
    std::uint64_t turn = 0;     ///< version of the forecast; preloads of the same version do not replace each other
    std::vector<EntryId> keep;  ///< what the same forecast needs sooner
};

enum class PreloadOutcome {
    Started,
    Refused,  ///< not worth it, or not now
    InUse,    ///< what could be evicted is in use: try again once a lease is given back
};

enum class Capacity {
    Available,
    Pending,     ///< possible once the victims are unloaded
    Blocked,     ///< what could be evicted is in use
    Impossible,  ///< refused: it no longer fits, or others got its memory
};

/// Plans which models are evicted from a backend's memory so that another fits, within its budget of bytes and of
/// models. Reads the table and changes nothing: the caller carries out the plan.
///
///     const auto plan = planner.makeRoom(entry, claimed, now);
///     for (EntryId victim : plan.victims) …                  // cancel a preload, or unload
///     if (plan.capacity == Capacity::Available) …            // load
///
/// Pure core. Owner: LoadScheduler. What it is built from outlives it.
/// Errors: ResourceExhausted from fits() and mayPin(), with the numbers and the setting.
/// The choice of the set is in eviction.h, the rules are in engine/docs/load.md.
class CapacityPlanner {
public:
    /// Share of a load's time that it costs other requests: a preload must gain more.
    static constexpr double kContention = 0.05;

    CapacityPlanner(const ModelTable& table, const Options& options, const EtaModel& eta, const Valuation& valuation)
        : table_(table), options_(options), eta_(eta), valuation_(valuation)
    {}

    /// OK if the model can ever be in memory. Otherwise it is refused at once, with the numbers, and nothing is
    /// evicted.
    Status fits(const ModelEntry& entry) const;
    Status mayPin(const ModelEntry& entry) const;
    /// Estimated from other models of its kind on the backend until it is measured. 0: none of these is known.
    std::uint64_t estimatedBytes(const ModelEntry& entry) const;
    double reloadMs(const ModelEntry& entry) const;

    struct Plan {
        Capacity capacity = Capacity::Blocked;
        Sentence why;                        ///< when Impossible
        Status refusal;                      ///< for its waiters; OK: none is refused
        std::vector<EntryId> victims;        ///< to cancel if loading, to unload if warm. When Pending
        std::vector<EntryId> reserve;        ///< get no new leases, and are evicted once unused. When Blocked
        std::optional<TimePoint> recheckAt;  ///< when the plan may change although nothing else has
    };
    /// For a queued model. `claimed`: the memory that models before it in the queue wait for.
    Plan makeRoom(const ModelEntry& entry, const CapacityNeeded& claimed, TimePoint now) const;

    struct PreloadPlan {
        PreloadOutcome outcome = PreloadOutcome::Refused;  ///< Started: it is worth it
        std::vector<EntryId> victims;                      ///< to be unloaded
    };
    PreloadPlan makeRoomToPreload(const ModelEntry& entry, const PreloadCandidate& ahead, TimePoint now) const;

    /// A backend is over its budget: by a measured size, or because the budget was reduced.
    struct Excess {
        std::optional<EntryId> victim;  ///< the least valuable model that may be evicted; empty: all are in use
        Sentence why;
    };
    /// Empty: nothing.
    std::optional<Excess> excess(const std::string& backend, TimePoint now) const;

private:
    struct Usage {
        std::uint64_t bytes = 0, leavingBytes = 0, pinnedBytes = 0;
        std::uint32_t models = 0, leavingModels = 0, pinnedModels = 0;
    };
    Usage usage(const std::string& backend) const;
    CapacityNeeded needed(const Usage& used, const CapacityNeeded& claimed, std::uint64_t bytes) const;
    std::vector<EvictionCandidate> candidates(const ModelEntry& wanted, TimePoint now,
                                              std::optional<TimePoint>& recheckAt) const;
    bool mayEvictForPreload(const EvictionCandidate& candidate, const PreloadCandidate& ahead) const;

    const ModelTable& table_;
    const Options& options_;
    const EtaModel& eta_;
    const Valuation& valuation_;
};

}  // namespace millrace::load
