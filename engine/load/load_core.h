// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "load/eta_model.h"
#include "load/eviction_policy_selector.h"
#include "load/ghost_lru.h"
#include "load/load_scheduler.h"
#include "load/predictor.h"
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
#include <unordered_map>
#include <utility>
#include <vector>

namespace millrace::load {

/// What is learned and outlives the program.
struct LoadState {
    std::vector<std::string> models;    ///< what Logged::model counts
    std::vector<std::string> programs;  ///< what Logged::program counts
    std::vector<Predictor::Logged> log;
    std::map<std::string, EtaModel::Moments> times;      ///< by model
    std::map<std::string, EtaModel::Moments> kindTimes;  ///< by kind of model
    std::map<std::string, std::uint64_t> footprints;     ///< by residentKey()
    std::vector<std::string> pins;                       ///< residentKey()s
    std::map<std::string, ModelPolicy> policies;         ///< by model; only those that differ from the settings
    double threshold = 0;
};
std::string residentKey(std::string_view backend, std::string_view model);  ///< "backend/model"

/// The whole loader without its I/O: scheduler, forecast, times, yardstick. The live engine, the tests and the trace
/// replay drive this same class; what is to be done comes out of scheduler().takeEffects().
/// Pure core. Bound: those of its parts. Of a flood a token bucket of requests is learned from, and one of programs
/// that go on to another model; the others are only counted.
class LoadCore final : public Valuation {
public:
    static constexpr std::size_t kTransitionModels = 12;
    static constexpr std::size_t kLearnedMin = 16;  ///< requests seen before anything is loaded ahead

    explicit LoadCore(const Options& options);

    void apply(const Options& options, TimePoint now);
    const Options& options() const { return scheduler_.options(); }

    /// The models that exist now.
    void setCatalogue(const std::vector<EntrySpec>& models, TimePoint now);
    std::optional<EntryId> find(const ModelId& model, std::string_view backend) const;
    /// The one to load when only the model is named: one in memory, else one that can be loaded.
    std::optional<EntryId> find(const ModelId& model) const;

    /// A request for the model: counted, judged and learned from. True: it holds a lease now; false: ask().
    bool request(EntryId entry, std::string_view client, TimePoint now);
    /// A lease of request() or ask() is given back.
    void release(EntryId entry, TimePoint now);
    /// Loads ahead what is likely next, or next after the current run, if it is worth it. After anything that may
    /// have changed the answer.
    void considerPreload(TimePoint now);
    Status pin(EntryId entry, bool pinned, TimePoint now);
    /// Of the model at every backend that has it, also later ones. NotFound; FailedPrecondition when none of them can
    /// load and unload.
    Status setPolicy(const ModelId& model, const ModelPolicy& policy, TimePoint now);
    ModelPolicy policyOf(const ModelId& model) const;
    /// What came out, seen by those who learn from it; then it is the shell's.
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

    /// The place of the latest request's model in the forecast (1 … 3, 0: not there); empty: there was none.
    std::optional<std::uint32_t> judgement() const { return judgement_; }
    /// By what the models of the entry's backend are valued now.
    Worth worth(EntryId entry) const { return shadows_[shadowOf_[entry]].chooser.best(); }
    /// The same in the forecast for a change of model; empty: it was none, or nothing was learned from it.
    std::optional<std::uint32_t> changeJudgement() const { return changeJudgement_; }
    bool lruWarm() const { return lruWarm_; }  ///< whether LRU would have had the latest request's model
    std::uint64_t demandLoads() const { return demandLoads_; }

    LoadState state() const;
    void restore(const LoadState& state);

private:
    struct Group {
        Symbol symbol = kNoSymbol;
        std::vector<EntryId> entries;
    };
    std::optional<EntryId> coldEntry(Symbol model) const;
    /// Where a candidate comes from.
    enum class Source {
        Next,       ///< the next request's forecast
        Change,     ///< the forecast of the next request for another model
        Program,    ///< what the program that asked last goes on to
        Everybody,  ///< the same of all requests together
    };
    struct Candidate {
        Symbol model = kNoSymbol;
        double probability = 0;
        Source source = Source::Next;
        std::size_t step = 1;  ///< after how many changes it comes
    };
    const ProgramRuns::Path& pathOf(Source source) const;
    bool tryPath(Source source, TimePoint now);
    /// True: a load began.
    bool tryPreload(const Candidate& candidate, TimePoint now);
    bool inTime(const Candidate& candidate, EntryId entry) const;
    std::optional<Duration> runsLast(Source source, bool least) const;
    std::optional<Duration> loadBound(EntryId entry) const;
    Sentence whyAhead(const Candidate& candidate) const;
    /// The number of a requested model, given at its first request at the latest. Only what can be loaded has one: of
    /// the rest there is nothing to decide, and a hosted catalogue of thousands would leave none for others.
    Symbol symbolFor(EntryId entry);
    /// Gives numbers back: those of models that are gone or were not asked for lately.
    void renumber();
    Symbol symbolOf(EntryId entry) const { return entry < symbols_.size() ? symbols_[entry] : kNoSymbol; }
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
    std::unordered_map<ModelId, Group> groups_;
    std::vector<Symbol> symbols_;                      // by entry
    std::vector<std::uint32_t> shadowOf_;              // by entry
    std::vector<Shadows> shadows_;                     // by backend
    std::map<std::string, std::uint64_t> footprints_;  // measured ones, also of models that are gone
    std::set<std::string> pins_;                       // also of models that are gone
    std::map<std::string, ModelPolicy> policies_;      // by model; as pins_

    TokenBucket requests_;     // of what is learned from
    bool aheadWaits_ = false;  // a load ahead was refused because what could leave was in use
    std::optional<std::uint32_t> judgement_, changeJudgement_;
    bool lruWarm_ = false;
    double warmCount_ = 0, lruCount_ = 0, allCount_ = 0;  // of the latest few thousand
    std::uint64_t demandLoads_ = 0, lateLoads_ = 0, lruLoads_ = 0;
    double hitCount_ = 0, demandCount_ = 0, lateCount_ = 0;  // of the latest few hundred
};

}  // namespace millrace::load
