// SPDX-License-Identifier: GPL-3.0-or-later
#include "load/predictor.h"

#include "base/check.h"

#include <algorithm>
#include <functional>

namespace millrace::load {
namespace {

constexpr double kShare = 0.01;  ///< of the weight that is dealt out anew at each step, so that no expert is forgotten
constexpr double kDoubt = 0.02;  ///< of each opinion: anything may come
constexpr double kLately = 0.005;  ///< how fast the score of an expert's own guesses follows
constexpr double kSureEnough = 0.8;
constexpr double kOddsMax = 100;   ///< of the run going on
constexpr double kLongView = 0.3;  ///< of what is known beyond the changes looked at, in loading ahead
constexpr std::size_t kProgramsMax = 512;

std::array<Predictor::Likely, Predictor::kTop> highest(const Distribution& all)
{
    std::array<Predictor::Likely, Predictor::kTop> top{};
    for (std::size_t symbol = 0; symbol < all.size(); ++symbol) {
        Predictor::Likely entering{static_cast<Symbol>(symbol), all[symbol]};
        for (auto& slot : top)
            if (entering.probability > slot.probability) std::swap(entering, slot);
    }
    return top;
}

}  // namespace

ClientKey clientKey(std::string_view client)
{
    constexpr std::string_view separator = " \xc2\xb7 ";
    const std::string_view program = client.substr(0, client.find(separator));
    const std::hash<std::string_view> hash;
    return {hash(client), hash(program), program};
}

Predictor::Predictor(std::uint32_t window) : windowSize_(window)
{
    experts_.push_back(std::make_unique<LastModelExpert>());
    experts_.push_back(std::make_unique<DecayedExpert>("frequency, short", 8));
    experts_.push_back(std::make_unique<DecayedExpert>("frequency, middle", 40));
    auto recent = std::make_unique<WindowExpert>(window);
    window_ = recent.get();
    experts_.push_back(std::move(recent));
    experts_.push_back(std::make_unique<DecayedExpert>("frequency, long", 1000));
    for (int order : {1, 2, 3}) experts_.push_back(std::make_unique<OrderExpert>(order));
    auto runs = std::make_unique<RunExpert>();
    runExpert_ = runs.get();
    experts_.push_back(std::move(runs));
    experts_.push_back(std::make_unique<ClientExpert>(8));
    experts_.push_back(std::make_unique<GapExpert>());
    auto recency = std::make_unique<RecencyExpert>(500);
    recency_ = recency.get();
    experts_.push_back(std::move(recency));
    MR_CHECK(experts_.size() == kExperts);
    changeWeights_.fill(1.0 / kExperts);
    weights_.fill(1.0 / kExperts);
    guesses_.fill(kNoSymbol);
    sequence_.names = &names_;
    sequence_.shares = &shares_;
}

Symbol Predictor::symbol(const std::string& model)
{
    const auto place = symbols_.find(model);
    if (place != symbols_.end()) return place->second;
    if (names_.size() >= kModelsMax) return kNoSymbol;
    const Symbol added = static_cast<Symbol>(names_.size());
    names_.push_back(model);
    symbols_.emplace(model, added);
    return added;
}

std::unique_ptr<Predictor> Predictor::compacted(const std::function<bool(const std::string&)>& keep) const
{
    std::vector<bool> kept(models(), false), judged(models(), false);
    std::size_t count = 0;
    for (std::uint64_t position = log_.end(); position > log_.begin() && count < kListedMax; --position) {
        const Symbol model = log_.at(position - 1).model;
        if (judged[model]) continue;
        judged[model] = true;
        kept[model] = keep(names_[model]);
        count += kept[model] ? 1 : 0;
    }
    auto next = std::make_unique<Predictor>(windowSize_);
    for (const Logged& logged : log_.values())
        if (kept[logged.model])
            next->replay(next->symbol(names_[logged.model]), programs_[logged.program], logged.client,
                         fromMs(logged.gapMs));
    next->scores_ = scores_;
    next->changeScores_ = changeScores_;
    next->changesRight_ = changesRight_;
    next->changesJudged_ = changesJudged_;
    next->scoreCounts_ = scoreCounts_;
    next->judged_ = judged_;
    next->right_ = right_;
    next->rightTop3_ = rightTop3_;
    next->repeats_ = repeats_;
    return next;
}

std::optional<Symbol> Predictor::find(const std::string& model) const
{
    const auto place = symbols_.find(model);
    if (place == symbols_.end()) return std::nullopt;
    return place->second;
}

std::uint32_t Predictor::place(const std::array<Likely, kTop>& top, Symbol model)
{
    for (std::uint32_t index = 0; index < kTop; ++index)
        if (top[index].model == model) return index + 1;
    return 0;
}

void Predictor::scoreChange(Symbol model)
{
    changeJudgement_ = place(topOnChange_, model);
    const bool right = changeJudgement_ == 1u;
    if (changeScores_.size() == changeScores_.capacity()) changesRight_ -= changeScores_.values().front();
    changeScores_.push(right ? 1 : 0);
    changesRight_ += right ? 1 : 0;
    ++changesJudged_;
}

void Predictor::score(std::uint32_t rank)
{
    if (scores_.size() == scores_.capacity()) --scoreCounts_[scores_.values().front()];
    scores_.push(static_cast<std::uint8_t>(rank));
    ++scoreCounts_[rank];
    ++judged_;
    if (rank == 1) ++right_;
    if (rank > 0) ++rightTop3_;
}

std::optional<std::uint32_t> Predictor::observeSampled(Symbol model)
{
    if (model == kNoSymbol || !foreseen_) return std::nullopt;
    const std::uint32_t rank = place(top_, model);
    score(rank);
    if (model == sequence_.last) {
        ++repeats_;
        ++sequence_.run;
    }
    if (model < lastForecasts_.size() && lastForecasts_[model].changes == runs_.changes())
        top_ = lastForecasts_[model].top;
    base_.add(model);
    short_.add(model);
    middle_.add(model);
    long_.add(model);
    return rank;
}

std::optional<std::uint32_t> Predictor::observe(Symbol model, const ClientKey& client, TimePoint now)
{
    if (model == kNoSymbol) return std::nullopt;
    std::optional<std::uint32_t> rank;
    changeJudgement_.reset();
    if (foreseen_) {
        rank = place(top_, model);
        score(*rank);
        if (model == sequence_.last) {
            ++repeats_;
        } else {
            scoreChange(model);
        }
    }
    if (!lastAt_) runs_.pause();
    const Duration gap = lastAt_ ? now - *lastAt_ : Duration::zero();
    lastAt_ = now;
    log_.push({model, programIndex(client), client.client, toMs(gap)});
    advance(model, client, gap);
    return rank;
}

void Predictor::replay(Symbol model, std::string_view program, std::uint64_t client, Duration gap)
{
    if (model == kNoSymbol) return;
    ClientKey key = clientKey(program);
    key.client = client;
    log_.push({model, programIndex(key), client, toMs(gap)});
    replayedAt_ += gap;
    runs_.seen(key.program, key.name, model, replayedAt_);
    advance(model, key, gap);
}

double Predictor::opinionOf(std::size_t expert, Symbol model) const
{
    return model < forecasts_[expert].size() ? forecasts_[expert][model] : 0;
}

double Predictor::smoothed(double probability) const
{
    return (1 - kDoubt) * probability + kDoubt / static_cast<double>(models());
}

void Predictor::distributeMass(std::array<double, kExperts>& weights)
{
    double sum = 0;
    for (double weight : weights) sum += weight;
    for (double& weight : weights) weight = sum > 0 ? (1 - kShare) * weight / sum + kShare / kExperts : 1.0 / kExperts;
}

void Predictor::advance(Symbol model, const ClientKey& client, Duration gap)
{
    if (foreseen_) {
        const bool change = model != sequence_.last;
        for (std::size_t index = 0; index < kExperts; ++index) {
            const double believed = opinionOf(index, model);
            weights_[index] *= smoothed(believed);
            if (change)
                changeWeights_[index] *= smoothed(believed / std::max(1 - opinionOf(index, sequence_.last), 1e-6));
            const bool hit = guesses_[index] == model;
            guessedRight_[index] += hit ? 1 : 0;
            lately_[index] += kLately * ((hit ? 1.0 : 0.0) - lately_[index]);
        }
        distributeMass(weights_);
        if (change) distributeMass(changeWeights_);
    }

    Sequence after = sequence_;
    after.client = client.client;
    after.program = client.program;
    after.clientName = client.name;
    after.gap = gap;
    if (model == sequence_.last) {
        ++after.run;
    } else {
        ++changes_;
        after.earlier = sequence_.previous;
        after.previous = sequence_.last;
        after.run = 1;
    }
    after.third = sequence_.second;
    after.second = sequence_.last;
    after.last = model;
    base_.add(model);
    short_.add(model);
    middle_.add(model);
    long_.add(model);
    base_.fill(models(), shares_);
    for (const auto& expert : experts_) expert->learn(model, sequence_, after);
    sequence_ = std::move(after);
    sequence_.clientName = {};
    forecast();
}

void Predictor::forecast()
{
    next_.assign(models(), 0);
    onChange_.assign(models(), 0);
    for (std::size_t index = 0; index < kExperts; ++index) {
        Distribution& opinion = forecasts_[index];
        experts_[index]->predict(sequence_, opinion);
        double best = -1;
        const double weight = weights_[index];
        const double others = changeWeights_[index] / std::max(1 - opinionOf(index, sequence_.last), 1e-6);
        for (std::size_t symbol = 0; symbol < opinion.size(); ++symbol) {
            next_[symbol] += weight * opinion[symbol];
            onChange_[symbol] += others * opinion[symbol];
            if (opinion[symbol] > best) {
                best = opinion[symbol];
                guesses_[index] = static_cast<Symbol>(symbol);
            }
        }
    }
    onChange_[sequence_.last] = 0;
    top_ = highest(next_);
    topOnChange_ = highest(onChange_);
    if (lastForecasts_.size() < models()) lastForecasts_.resize(models());
    lastForecasts_[sequence_.last] = {top_, runs_.changes()};
    foreseen_ = true;
}

double Predictor::value(Symbol model, EvictionPolicy policy) const
{
    switch (policy) {
        case EvictionPolicy::Blend:
            // Shares found on recorded traffic; the result hardly depends on them.
            return 0.4 * probability(model) + 0.2 * (short_.share(model) + middle_.share(model) + long_.share(model));
        case EvictionPolicy::Change:
            // What another model has does not depend on how long the current run goes on.
            return model == sequence_.last ? probability(model)
                                           : (1 - probability(sequence_.last)) * probabilityOnChange(model);
        case EvictionPolicy::Recent:
            return 0.25 / (1.0 + static_cast<double>(recency_->depth(model)));
    }
    return 0;
}

double Predictor::preloadValue(Symbol model, EvictionPolicy policy, std::optional<Duration> load) const
{
    double sum = std::max(probabilityOnChange(model), runs_.need(model, load)) + kLongView * value(model, policy);
    if (model == sequence_.last) {
        const double stays = probability(model);
        sum += stays / std::max(1 - stays, 1 / kOddsMax);
    }
    return sum;
}

Sentence Predictor::explainOnChange(Symbol model) const
{
    if (!foreseen_ || model >= models()) return {};
    Sentence reason = model == sequence_.last ? Sentence() : runExpert_->explain(sequence_, model);
    return reason.empty() ? explain(model) : reason;
}

Sentence Predictor::explain(Symbol model) const
{
    if (!foreseen_ || model >= models()) return {};
    std::array<std::size_t, kExperts> order{};
    for (std::size_t index = 0; index < kExperts; ++index) order[index] = index;
    // Those that name an order go first, if they are about as sure as all together.
    const auto says = [&](std::size_t index) {
        const double opinion = opinionOf(index, model);
        const bool first = experts_[index]->tellsOrder() && opinion >= kSureEnough * probability(model);
        return weights_[index] * opinion + (first ? 1 : 0);
    };
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return says(a) > says(b); });
    for (std::size_t index : order) {
        Sentence reason = experts_[index]->explain(sequence_, model);
        if (!reason.empty()) return reason;
    }
    return {};
}

std::optional<double> Predictor::accuracy() const
{
    if (scores_.empty()) return std::nullopt;
    return static_cast<double>(scoreCounts_[1]) / static_cast<double>(scores_.size());
}

std::optional<double> Predictor::changeAccuracy() const
{
    if (changeScores_.empty()) return std::nullopt;
    return static_cast<double>(changesRight_) / static_cast<double>(changeScores_.size());
}

std::optional<double> Predictor::accuracyTop3() const
{
    if (scores_.empty()) return std::nullopt;
    return static_cast<double>(scores_.size() - scoreCounts_[0]) / static_cast<double>(scores_.size());
}

std::vector<Predictor::ExpertScore> Predictor::experts() const
{
    std::vector<ExpertScore> scores;
    for (std::size_t index = 0; index < kExperts; ++index)
        scores.push_back({experts_[index]->name(), weights_[index], guessedRight_[index]});
    return scores;
}

std::string Predictor::bestExpert() const
{
    if (!foreseen_) return {};
    const auto best = std::max_element(lately_.begin(), lately_.end());
    return experts_[static_cast<std::size_t>(best - lately_.begin())]->name();
}

std::vector<Symbol> Predictor::mostUsed(std::size_t most) const
{
    std::vector<Symbol> symbols;
    for (Symbol symbol = 0; symbol < models(); ++symbol)
        if (long_.share(symbol) > 0) symbols.push_back(symbol);
    std::stable_sort(symbols.begin(), symbols.end(),
                     [&](Symbol a, Symbol b) { return long_.share(a) > long_.share(b); });
    if (symbols.size() > most) symbols.resize(most);
    return symbols;
}

std::uint32_t Predictor::programIndex(const ClientKey& client)
{
    const auto place = programIndex_.find(client.program);
    if (place != programIndex_.end()) return place->second;
    if (programs_.size() >= kProgramsMax) return 0;
    programs_.emplace_back(client.name);
    const auto added = static_cast<std::uint32_t>(programs_.size() - 1);
    programIndex_.emplace(client.program, added);
    return added;
}

}  // namespace millrace::load
