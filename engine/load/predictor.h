// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/ring.h"
#include "load/client_expert.h"
#include "load/eviction_policy_selector.h"
#include "load/expert.h"
#include "load/frequency_experts.h"
#include "load/program_runs.h"
#include "load/sequence_experts.h"

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace millrace::load {

/// The sender of a request. Connections of one program share what is learned, but each has its own position in it.
struct ClientKey {
    std::uint64_t client = 0;
    std::uint64_t program = 0;
    std::string_view name;  ///< of the program
};
/// From the name shown to users: "openai-node · 51422" is a connection of "openai-node".
ClientKey clientKey(std::string_view client);

/// Forecasts the next request's model: a mixture of experts, weighted by how well each predicted the latest requests.
///
///     const Symbol model = predictor.symbol("digits-m");
///     predictor.arrived(model, clientKey("openai-node · 51422"), now);
///     predictor.observe(model, clientKey("openai-node · 51422"), now);
///     predictor.top()[0];                  // the most likely next model; predictor.explain() gives the reason
///
/// Pure core. Bound: kModelsMax models (others are never predicted), kLogMax remembered requests, and the experts'
/// bounds.
/// Cost:   observe() is O(experts x models), a few microseconds for 100 models. In a flood call observeSampled()
///         instead, which costs next to nothing, and learns only frequencies.
class Predictor {
public:
    static constexpr std::size_t kModelsMax = 1024;
    static constexpr std::size_t kListedMax = kModelsMax / 2;  ///< the others are for models that are requested
    static constexpr std::size_t kLogMax = 2048;
    static constexpr std::size_t kScoreWindow = 1000;
    static constexpr std::size_t kExperts = 12;
    static constexpr std::size_t kTop = 3;
    static constexpr std::uint64_t kChangesOfTurn = 16;

    struct Likely {
        Symbol model = kNoSymbol;
        double probability = 0;
    };
    /// A request as stored for the next start: replaying all of them in order restores what was learned.
    struct Logged {
        Symbol model = kNoSymbol;
        std::uint32_t program = 0;  ///< index into programs()
        std::uint64_t client = 0;
        double gapMs = 0;
    };

    explicit Predictor(std::uint32_t window = 100);
    /// A copy that has learned only from the logged requests for models that `keep` accepts (of these the kListedMax
    /// that were requested last), so that numbers are free again. The scores are kept. As expensive as a start.
    std::unique_ptr<Predictor> compacted(const std::function<bool(const std::string&)>& keep) const;
    Predictor(const Predictor&) = delete;
    Predictor& operator=(const Predictor&) = delete;

    void resizeWindow(std::uint32_t window)
    {
        windowSize_ = window;
        window_->resize(window);
    }
    /// The number of a model, assigned if it is new; kNoSymbol if there are too many.
    Symbol symbol(const std::string& model);
    std::optional<Symbol> find(const std::string& model) const;
    const std::string& name(Symbol model) const { return names_[model]; }
    std::size_t models() const { return names_.size(); }
    bool full() const { return names_.size() >= kModelsMax; }

    /// Call it first for each request, also in a flood. True: its program has changed its model.
    bool arrived(Symbol model, const ClientKey& client, TimePoint now)
    {
        return runs_.seen(client.program, client.name, model, now);
    }
    /// Learns from a request. Returns its place in the forecast, 1 to 3; 0: not among these; empty: there was no
    /// forecast.
    std::optional<std::uint32_t> observe(Symbol model, const ClientKey& client, TimePoint now);
    /// The same in a flood: the request is scored and counted, but its order is not learned. The forecast after it is
    /// that made when its model was last learned from, unless a program has changed its model since.
    std::optional<std::uint32_t> observeSampled(Symbol model);

    /// The probability that the next request is for it.
    double probability(Symbol model) const { return model < next_.size() ? next_[model] : 0; }
    /// Its value for eviction and preloads by one of the policies: how much it will be requested soon. Not exactly a
    /// probability, but comparable with other values of the same policy.
    double value(Symbol model, EvictionPolicy policy) const;
    const std::array<Likely, kTop>& top() const { return top_; }
    Sentence explain(Symbol model) const;

    // The change forecast: in a long run of one model the next request is certain, but not the model after the run.
    /// The probability that it is the next model other than the last one; 0 for the last one.
    double probabilityOnChange(Symbol model) const { return model < onChange_.size() ? onChange_[model] : 0; }
    const std::array<Likely, kTop>& topOnChange() const { return topOnChange_; }
    /// Its value for preloads: how much it will be requested at the coming changes, sooner ones weighing more. For the
    /// last model the probability that its run goes on. `load`: as ProgramRuns::need().
    double preloadValue(Symbol model, EvictionPolicy policy, std::optional<Duration> load) const;
    Sentence explainOnChange(Symbol model) const;
    Symbol last() const { return sequence_.last; }
    /// The same by program: which model each uses next.
    const ProgramRuns& runs() const { return runs_; }
    /// Why the program of the last request may use it next; `all`: the same for all requests together.
    Sentence explainRuns(Symbol model, bool all) const { return runs_.explain(names_, model, all); }
    /// Counts what changed the view of what comes after the runs in flight: changes of programs' models; with less
    /// weight those between programs, which may just take turns.
    std::uint64_t turn() const { return runs_.changes() + changes_ / kChangesOfTurn; }

    // Scorecard
    std::optional<double> accuracy() const;  ///< of the last kScoreWindow requests
    std::optional<double> accuracyTop3() const;
    /// Share of first guesses for a change that were right, over the last kScoreWindow requests for another model than
    /// the one before. The figure that matters for preloads: accuracy() is mostly about requests that repeat the last.
    std::optional<double> changeAccuracy() const;
    /// The place of the latest observed request in the forecast for a change (1 … 3, 0: not there); empty: it was none.
    std::optional<std::uint32_t> changeJudgement() const { return changeJudgement_; }
    std::uint64_t changesJudged() const { return changesJudged_; }
    struct ExpertScore {
        const char* name;
        double weight;        ///< now
        std::uint64_t right;  ///< how often its own first guess came
    };
    std::vector<ExpertScore> experts() const;
    std::string bestExpert() const;  ///< the one that was right most often lately
    std::uint64_t judged() const { return judged_; }
    std::uint64_t right() const { return right_; }
    std::uint64_t rightTop3() const { return rightTop3_; }
    std::uint64_t repeats() const { return repeats_; }  ///< how often the last model simply came again

    /// The most used models, at most `most`, and row by row the share of each in what came after a run of the row's.
    std::vector<Symbol> mostUsed(std::size_t most) const;
    double followed(Symbol from, Symbol to) const { return runExpert_->followed(from, to); }

    const Ring<Logged>& log() const { return log_; }
    const std::vector<std::string>& programs() const { return programs_; }
    /// Replays one logged request of an earlier run.
    void replay(Symbol model, std::string_view program, std::uint64_t client, Duration gap);

private:
    void advance(Symbol model, const ClientKey& client, Duration gap);
    double opinionOf(std::size_t expert, Symbol model) const;
    double smoothed(double probability) const;
    static void distributeMass(std::array<double, kExperts>& weights);
    static std::uint32_t place(const std::array<Likely, kTop>& top, Symbol model);
    void scoreChange(Symbol model);
    void score(std::uint32_t rank);
    void forecast();
    std::uint32_t programIndex(const ClientKey& client);

    std::vector<std::string> names_;
    Distribution shares_;
    Sequence sequence_;
    std::vector<std::unique_ptr<Expert>> experts_;
    std::uint32_t windowSize_;
    WindowExpert* window_ = nullptr;  // of experts_
    RunExpert* runExpert_ = nullptr;
    RecencyExpert* recency_ = nullptr;
    DecayedCounts base_{32}, short_{4}, middle_{30}, long_{300};
    std::unordered_map<std::string, Symbol> symbols_;
    std::optional<TimePoint> lastAt_;
    TimePoint replayedAt_{};

    std::array<double, kExperts> weights_{};        // by how well the next request was foreseen
    std::array<double, kExperts> changeWeights_{};  // the same, of requests for another model than the last
    std::array<Distribution, kExperts> forecasts_;
    std::array<Symbol, kExperts> guesses_{};
    std::array<std::uint64_t, kExperts> guessedRight_{};
    std::array<double, kExperts> lately_{};
    Distribution next_;
    Distribution onChange_;  // given that it is another model than the last
    std::array<Likely, kTop> top_{}, topOnChange_{};
    struct Said {
        std::array<Likely, kTop> top{};
        std::uint64_t changes = ~0ull;  ///< of programs, then
    };
    std::vector<Said> lastForecasts_;  // by the model it was said after
    ProgramRuns runs_;
    std::uint64_t changes_ = 0;  // of requests for another model than the last
    bool foreseen_ = false;

    Ring<std::uint8_t> scores_{kScoreWindow};
    std::array<std::uint32_t, kTop + 1> scoreCounts_{};
    std::uint64_t judged_ = 0, right_ = 0, rightTop3_ = 0, repeats_ = 0;
    Ring<std::uint8_t> changeScores_{kScoreWindow};  // 1: the first guess for a change came
    std::uint32_t changesRight_ = 0;                 // of changeScores_
    std::uint64_t changesJudged_ = 0;
    std::optional<std::uint32_t> changeJudgement_;

    Ring<Logged> log_{kLogMax};
    std::vector<std::string> programs_;
    std::unordered_map<std::uint64_t, std::uint32_t> programIndex_;
};

}  // namespace millrace::load
