// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "load/eta_model.h"
#include "load/eviction_policy_selector.h"
#include "load/ghost_lru.h"
#include "load/load_scheduler.h"
#include "load/load_score.h"
#include "load/model_index.h"
#include "load/predictor.h"
#include "load/preload_chooser.h"
#include "load/preload_policy.h"
#include "load/token_bucket.h"
#include "load/types.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::load {

/// The learned state that is kept across restarts.
struct LoadState {
    std::vector<std::string> models;    ///< what Logged::model counts
    std::vector<std::string> programs;  ///< what Logged::program counts
    std::vector<Predictor::Logged> log;
    std::map<std::string, EtaModel::Moments> times;             ///< by model
    std::map<backend::ModelKind, EtaModel::Moments> kindTimes;  ///< by kind of model
    std::map<std::string, std::uint64_t> footprints;            ///< by residentKey()
    std::vector<std::string> pins;                              ///< residentKey()s
    std::map<std::string, ModelPolicy> policies;                ///< by model; only those that differ from the settings
    double threshold = 0;
};
std::string residentKey(std::string_view backend, std::string_view model);  ///< "backend/model"

/// The loader without its I/O: scheduling, eviction, prediction, load times, comparison with LRU. The engine, the tests
/// and the trace replay drive this same class.
///
///     const auto entry = core.find("digits", "runtime");
///     if (!core.request(*entry, client, now)) core.scheduler().ask(*entry, waiter, {}, now);
///     for (const Effect& effect : core.takeEffects()) …
///     core.considerPreload(now);
///
/// Pure. Thread: one. Bound: those of its parts. During a flood it learns from a rate-limited sample of the requests
/// (token buckets for requests and for programs that change models), and only counts the others.
class LoadCore final : public Valuation {
public:
    static constexpr std::size_t kTransitionModels = 12;

    explicit LoadCore(const Options& options);

    void apply(const Options& options, TimePoint now);
    const Options& options() const { return scheduler_.options(); }

    /// Replaces the set of models.
    void setCatalogue(const std::vector<EntrySpec>& models, TimePoint now);
    std::optional<EntryId> find(const ModelId& model, std::string_view backend) const
    {
        return index_.find(model, backend);
    }
    /// If only the model is named: one in memory, otherwise one that can be loaded.
    std::optional<EntryId> find(const ModelId& model) const { return index_.find(model); }

    /// A request for the model: counted, compared with the forecast, and learned from. True: it holds a lease now.
    /// False: the caller continues with scheduler().ask().
    bool request(EntryId entry, std::string_view client, TimePoint now);
    /// Returns a lease of request() or ask().
    void release(EntryId entry, TimePoint now);
    /// Starts preloads that pay. Called after anything that may have changed the answer.
    void considerPreload(TimePoint now) { chooser_.consider(now); }
    Status pin(EntryId entry, bool pinned, TimePoint now);
    /// For the model at every backend, including later ones. NotFound; FailedPrecondition if no backend can load and
    /// unload it.
    Status setPolicy(const ModelId& model, const ModelPolicy& policy, TimePoint now);
    ModelPolicy policyOf(const ModelId& model) const;
    /// The pending effects, for the shell to carry out.
    std::vector<Effect> takeEffects();

    double reuse(EntryId entry) const override;
    double ahead(EntryId entry) const override;

    LoadScheduler& scheduler() { return scheduler_; }
    const LoadScheduler& scheduler() const { return scheduler_; }
    const Predictor& predictor() const { return *predictor_; }
    const EtaModel& times() const { return times_; }
    const PreloadPolicy& policy() const { return policy_; }

    std::vector<ModelSnapshot> models(TimePoint now) const;
    PredictionSnapshot prediction() const;

    /// The rank of the latest request's model in the forecast: 1 … 3; 0: not in it; empty: there was no forecast.
    std::optional<std::uint32_t> judgement() const { return judgement_; }
    /// The eviction policy in use at the entry's backend.
    EvictionPolicy policyOf(EntryId entry) const
    {
        // An entry being added is valued before its statistics exist.
        return entry < shadowOf_.size() ? shadows_[shadowOf_[entry]].chooser.best() : EvictionPolicy::Blend;
    }
    /// The same in the forecast of changes of model; empty: no change, or not in the sample.
    std::optional<std::uint32_t> changeJudgement() const { return changeJudgement_; }
    bool lruWarm() const { return lruWarm_; }  ///< whether LRU would have had the latest request's model
    std::uint64_t demandLoads() const { return score_.demandLoads(); }

    LoadState state() const;
    void restore(const LoadState& state);

private:
    struct Shadows {
        std::string backend;
        GhostLru lru;
        EvictionPolicySelector chooser;
    };
    Shadows& shadows(EntryId entry) { return shadows_[shadowOf_[entry]]; }
    void drop(EntryId entry, TimePoint now);

    EtaModel times_;
    std::unique_ptr<Predictor> predictor_;
    PreloadPolicy policy_;
    LoadScheduler scheduler_;
    ModelIndex index_;
    PreloadChooser chooser_;
    LoadScore score_;
    std::vector<std::uint32_t> shadowOf_;              // by entry
    std::vector<Shadows> shadows_;                     // by backend
    std::map<std::string, std::uint64_t> footprints_;  // measured ones, also of models that are gone
    std::set<std::string> pins_;                       // also of models that are gone
    std::map<std::string, ModelPolicy> policies_;      // by model; as pins_

    TokenBucket requests_;  // of what is learned from
    std::optional<std::uint32_t> judgement_, changeJudgement_;
    bool lruWarm_ = false;
};

}  // namespace millrace::load
