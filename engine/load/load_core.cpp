// SPDX-License-Identifier: GPL-3.0-or-later
#include "load/load_core.h"

#include "base/format.h"
#include "phrases.h"

#include <algorithm>

namespace millrace::load {

std::string residentKey(std::string_view backend, std::string_view model)
{
    std::string key(backend);
    key += '/';
    key += model;
    return key;
}

LoadCore::LoadCore(const Options& options)
    : predictor_(std::make_unique<Predictor>(options.historyMax)),
      policy_(options.preloadThreshold),
      scheduler_(options, times_, *this),
      index_(scheduler_.models(), predictor_),
      chooser_(scheduler_, index_, predictor_, policy_, times_, *this)
{}

void LoadCore::apply(const Options& options, TimePoint now)
{
    predictor_->resizeWindow(options.historyMax);
    policy_.setFloor(options.preloadThreshold);
    scheduler_.apply(options, now);
    considerPreload(now);
}

void LoadCore::setCatalogue(const std::vector<EntrySpec>& models, TimePoint now)
{
    std::set<std::string> named;
    for (const EntrySpec& model : models) {
        const std::string key = residentKey(model.backend, model.model);
        if (!named.insert(key).second) continue;
        EntrySpec spec = model;
        if (const auto known = footprints_.find(key); known != footprints_.end()) spec.bytes = known->second;
        if (const auto entry = find(model.model, model.backend)) {
            scheduler_.seen(*entry, spec, now);
            continue;
        }
        const EntryId entry = scheduler_.add(spec, now);
        index_.add(entry);
        if (entry >= shadowOf_.size()) shadowOf_.resize(entry + 1, 0);
        auto place = std::find_if(shadows_.begin(), shadows_.end(),
                                  [&](const Shadows& shadows) { return shadows.backend == spec.backend; });
        if (place == shadows_.end()) place = shadows_.insert(shadows_.end(), Shadows{spec.backend, {}, {}});
        shadowOf_[entry] = static_cast<std::uint32_t>(place - shadows_.begin());
        if (pins_.contains(key) && spec.loadable) static_cast<void>(scheduler_.pin(entry, true, now));
        if (const auto policy = policies_.find(spec.model); policy != policies_.end())
            scheduler_.setPolicy(entry, policy->second, now);
    }
    std::vector<EntryId> gone;
    for (const auto& [model, group] : index_.groups())
        for (EntryId entry : group.entries)
            if (!named.contains(residentKey(scheduler_.at(entry).spec.backend, model))) gone.push_back(entry);
    for (EntryId entry : gone) drop(entry, now);
    considerPreload(now);
}

void LoadCore::drop(EntryId entry, TimePoint now)
{
    shadows(entry).lru.forget(entry);
    shadows(entry).chooser.forget(entry);
    index_.remove(entry);
    scheduler_.remove(entry, now);
}

bool LoadCore::request(EntryId id, std::string_view client, TimePoint now)
{
    const ModelEntry& entry = scheduler_.at(id);
    // More requests than there is anything to learn from: their order is that of the scheduler of some CPU, and a
    // sample shows as much. But in a flood of one model its end is what there is to learn, and it is seldom.
    const Symbol symbol = options().prediction ? index_.symbolFor(id) : kNoSymbol;
    const ClientKey who = clientKey(client);
    const bool turn = symbol != kNoSymbol && predictor_->arrived(symbol, who, now);
    const bool learns = symbol != kNoSymbol && (turn || requests_.take(now));
    lruWarm_ = true;
    if (entry.spec.loadable) {
        const GhostLru::Limits limits{options().budgetBytes, options().residentMax};
        lruWarm_ = shadows(id).lru.request(id, entry.bytes, limits);
        if (learns) {
            const auto value = [this](EntryId other, EvictionPolicy policy) {
                return predictor_->value(index_.symbolOf(other), policy);
            };
            shadows(id).chooser.request(id, entry.bytes, limits, lruWarm_, value);
        }
    }
    score_.request(entry.open, lruWarm_);
    const bool leased = scheduler_.lease(id, now);
    judgement_.reset();
    changeJudgement_.reset();
    if (learns) {
        if (symbol != predictor_->last()) policy_.passed();
        judgement_ = predictor_->observe(symbol, who, now);
        changeJudgement_ = predictor_->changeJudgement();
        if (leased) considerPreload(now);
    } else if (symbol != kNoSymbol) {
        judgement_ = predictor_->observeSampled(symbol);
    }
    return leased;
}

void LoadCore::release(EntryId entry, TimePoint now)
{
    scheduler_.release(entry, now);
    if (chooser_.awaitsLeases() && scheduler_.known(entry) && scheduler_.at(entry).leases == 0) considerPreload(now);
}

Status LoadCore::pin(EntryId id, bool pinned, TimePoint now)
{
    const ModelEntry& entry = scheduler_.at(id);
    const std::string key = residentKey(entry.spec.backend, entry.spec.model);
    Status status = scheduler_.pin(id, pinned, now);
    if (!status.ok()) return status;
    if (pinned) {
        pins_.insert(key);
    } else {
        pins_.erase(key);
    }
    return status;
}

Status LoadCore::setPolicy(const ModelId& model, const ModelPolicy& policy, TimePoint now)
{
    const auto* found = index_.entriesOf(model);
    if (!found) return withField(notFound("no backend has model " + model), "model");
    const std::vector<EntryId> entries = *found;
    const auto loadable = [this](EntryId entry) { return scheduler_.at(entry).spec.loadable; };
    // What is only taken back is allowed everywhere: its backend may have been another one before.
    if (policy != ModelPolicy() && std::none_of(entries.begin(), entries.end(), loadable))
        return failedPrecondition(scheduler_.at(entries.front()).spec.backend + " manages its models itself: " + model +
                                  " can have no time to live and is never preloaded");
    if (policy == ModelPolicy())
        policies_.erase(model);
    else
        policies_[model] = policy;
    for (EntryId entry : entries) scheduler_.setPolicy(entry, policy, now);
    considerPreload(now);
    return absl::OkStatus();
}

ModelPolicy LoadCore::policyOf(const ModelId& model) const
{
    const auto place = policies_.find(model);
    return place == policies_.end() ? ModelPolicy() : place->second;
}

double LoadCore::reuse(EntryId entry) const
{
    if (!options().prediction) return 0;  // nothing is learned then: the longest unused goes first
    return predictor_->value(index_.symbolOf(entry), policyOf(entry));
}

double LoadCore::ahead(EntryId entry) const
{
    const EntrySpec& spec = scheduler_.at(entry).spec;
    return predictor_->preloadValue(index_.symbolOf(entry), policyOf(entry), times_.bound(spec.model, spec.kind));
}

std::vector<Effect> LoadCore::takeEffects()
{
    std::vector<Effect> effects = scheduler_.takeEffects();
    for (const Effect& effect : effects) {
        if (const auto* judged = std::get_if<Judged>(&effect)) {
            policy_.recordOutcome(judged->verdict);
            score_.preload(judged->verdict);
        } else if (const auto* ended = std::get_if<LoadEnded>(&effect)) {
            if (ended->outcome != LoadOutcome::Ok) continue;
            if (ended->cause == Cause::Demand) score_.demandLoad();
            if (scheduler_.known(ended->entry)) {
                const ModelEntry& entry = scheduler_.at(ended->entry);
                if (entry.measured && footprints_.size() < EtaModel::kKeysMax)
                    footprints_[residentKey(entry.spec.backend, entry.spec.model)] = entry.bytes;
            }
        }
    }
    return effects;
}

std::vector<ModelSnapshot> LoadCore::models(TimePoint now) const
{
    std::vector<ModelSnapshot> all;
    for (const ModelEntry& entry : scheduler_.models()) {
        const EntryId id = entry.id;
        ModelSnapshot model;
        model.model = entry.spec.model;
        model.backend = entry.spec.backend;
        model.kind = entry.spec.kind;
        model.state = entry.state;
        model.preloading = entry.preloading();
        model.pinned = entry.pinned;
        model.loadable = entry.spec.loadable;
        model.bytes = entry.bytes;
        if (const auto mean = times_.mean(entry.spec.model, entry.spec.kind)) model.loadMs = toMs(*mean);
        if (const auto rest = scheduler_.eta(id, now)) model.etaMs = toMs(*rest);
        if (entry.requests > 0) model.used = entry.used;
        model.leases = entry.leases;
        for (const auto& waiter : entry.waiters) model.leases += waiter.lease ? 1 : 0;
        const Symbol symbol = index_.symbolOf(id);
        model.nextProbability = options().prediction ? predictor_->probability(symbol) : 0;
        if (model.nextProbability >= 0.01) model.nextWhy = predictor_->explain(symbol);
        model.reason = entry.reason;
        if (const auto rest = entry.keptOut(now)) model.reason = say(Phrase::ModelNotPreloadedFor, model.reason, *rest);
        model.policy = entry.policy;
        const bool out = entry.state == ModelState::Cold || entry.state == ModelState::Failed;
        if (!entry.policy.preload && entry.spec.loadable && out)
            model.reason = Sentence::joined(model.reason, say(Phrase::ModelPreloadOff));
        model.requests = entry.requests;
        model.loads = entry.loads;
        all.push_back(std::move(model));
    }
    return all;
}

PredictionSnapshot LoadCore::prediction() const
{
    PredictionSnapshot out;
    out.accuracy = predictor_->accuracy();
    out.accuracyTop3 = predictor_->accuracyTop3();
    score_.fill(out);
    out.changeAccuracy = predictor_->changeAccuracy();
    out.changes = predictor_->changesJudged();
    out.hits = scheduler_.log().hits();
    out.late = scheduler_.log().late();
    out.wasted = scheduler_.log().wasted();
    out.threshold = policy_.threshold();
    out.bestExpert = predictor_->bestExpert();
    const std::vector<Symbol> symbols = predictor_->mostUsed(kTransitionModels);
    for (Symbol symbol : symbols) out.transitionModels.push_back(predictor_->name(symbol));
    for (Symbol from : symbols)
        for (Symbol to : symbols) out.transitions.push_back(predictor_->followed(from, to));
    return out;
}

LoadState LoadCore::state() const
{
    LoadState state;
    for (Symbol symbol = 0; symbol < predictor_->models(); ++symbol) state.models.push_back(predictor_->name(symbol));
    state.programs = predictor_->programs();
    state.log.assign(predictor_->log().values().begin(), predictor_->log().values().end());
    state.times.insert(times_.models().begin(), times_.models().end());
    state.kindTimes.insert(times_.kinds().begin(), times_.kinds().end());
    state.footprints = footprints_;
    state.pins.assign(pins_.begin(), pins_.end());
    state.policies = policies_;
    state.threshold = policy_.threshold();
    return state;
}

/// Before anything else was seen.
void LoadCore::restore(const LoadState& state)
{
    // Only models that still occur in the log get a number: those that are long gone are forgotten.
    for (const Predictor::Logged& logged : state.log) {
        if (logged.model >= state.models.size()) continue;
        const std::string program =
            logged.program < state.programs.size() ? state.programs[logged.program] : std::string();
        predictor_->replay(predictor_->symbol(state.models[logged.model]), program, logged.client,
                           fromMs(logged.gapMs));
    }
    for (const auto& [model, moments] : state.times) times_.restore(model, moments);
    for (const auto& [kind, moments] : state.kindTimes) times_.restoreKind(kind, moments);
    footprints_ = state.footprints;
    pins_.insert(state.pins.begin(), state.pins.end());
    policies_ = state.policies;
    policy_.restore(state.threshold);
}

}  // namespace millrace::load
