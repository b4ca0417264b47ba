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

/// What only the outside knows: how likely a model is requested again soon.
class Valuation {
public:
    virtual ~Valuation() = default;
    virtual double reuse(EntryId entry) const = 0;
    /// The same where preloading weighs it against another.
    virtual double ahead(EntryId entry) const { return reuse(entry); }
};

/// A model that may be requested before long.
struct PreloadCandidate {
    double value = 0;           ///< as Valuation::ahead()
    std::uint64_t turn = 0;     ///< the state of knowledge: what was preloaded in it makes way for no other of it
    std::vector<EntryId> keep;  ///< what the same forecast needs sooner
};

enum class PreloadOutcome {
    Started,
    Refused,  ///< not worth it, or not now
    InUse,    ///< what could leave is in use: may do once a lease is given back
};

enum class Capacity {
    Available,
    Pending,     ///< once what leaves has left
    Blocked,     ///< what could leave is in use
    Impossible,  ///< refused: it fits in no more, or its memory went to others
};

/// Plans which models leave a backend's memory so that another fits, within its budget of bytes and of models.
/// Reads the table and changes nothing: whoever asked carries the plan out.
///
///     const auto plan = planner.makeRoom(entry, claimed, now);
///     for (EntryId victim : plan.victims) …                  // cancel a preload, or unload
///     if (plan.capacity == Capacity::Available) …            // load
///
/// Pure core. Owner: LoadScheduler. What it is built from outlives it.
/// Errors: ResourceExhausted from fits() and mayPin(), with the numbers and the setting.
/// Source: which set leaves, eviction.h; the rules, engine/docs/load.md.
class CapacityPlanner {
public:
    /// Share of a load's own time that it costs the others: a preload must bring more.
    static constexpr double kContention = 0.05;

    CapacityPlanner(const ModelTable& table, const Options& options, const EtaModel& eta, const Valuation& valuation)
        : table_(table), options_(options), eta_(eta), valuation_(valuation)
    {}

    /// Whether it could ever be in memory: refusing at once, with the numbers, beats evicting everybody in vain.
    Status fits(const ModelEntry& entry) const;
    Status mayPin(const ModelEntry& entry) const;
    /// Like the others of its kind on its backend, until it is measured. 0: none of them is known.
    std::uint64_t estimatedBytes(const ModelEntry& entry) const;
    double reloadMs(const ModelEntry& entry) const;

    struct Plan {
        Capacity capacity = Capacity::Blocked;
        Sentence why;                        ///< when Impossible
        Status refusal;                      ///< of those who wait for it; OK: nobody needs to be refused
        std::vector<EntryId> victims;        ///< loading: cancelled; warm: unloaded. When Pending
        std::vector<EntryId> reserve;        ///< take no new leases, and leave once those given are back. When Blocked
        std::optional<TimePoint> recheckAt;  ///< when a plan could come out otherwise although nothing has changed
    };
    /// For a queued model. `claimed`: what those before it in the queue wait for.
    Plan makeRoom(const ModelEntry& entry, const CapacityNeeded& claimed, TimePoint now) const;

    struct PreloadPlan {
        PreloadOutcome outcome = PreloadOutcome::Refused;  ///< Started: it is worth it
        std::vector<EntryId> victims;                      ///< to be unloaded
    };
    PreloadPlan makeRoomToPreload(const ModelEntry& entry, const PreloadCandidate& ahead, TimePoint now) const;

    /// What is over the budget of a backend: by a measured size, or because the budget shrank.
    struct Excess {
        std::optional<EntryId> victim;  ///< the least worth that may leave; empty: all is in use
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
