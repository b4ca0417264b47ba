// SPDX-License-Identifier: GPL-3.0-or-later
#include "load/load_core.h"

#include "base/format.h"
#include "load/preload_hit_rate.h"
#include "load/words.h"
#include "phrases.h"

#include <algorithm>

namespace millrace::load {
namespace {

/// Counts of the latest: halved together when they grow large.
constexpr double kRequestsWindow = 4000;
constexpr double kHitsWindow = 400;

std::optional<double> share(double part, double whole)
{
    if (whole <= 0) return std::nullopt;
    return part / whole;
}

}  // namespace

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
      scheduler_(options, times_, *this)
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
    for (const EntrySpec& each : models) {
        const std::string key = residentKey(each.backend, each.model);
        if (!named.insert(key).second) continue;
        EntrySpec spec = each;
        if (const auto known = footprints_.find(key); known != footprints_.end()) spec.bytes = known->second;
        if (const auto entry = find(each.model, each.backend)) {
            scheduler_.seen(*entry, spec, now);
            continue;
        }
        const EntryId entry = scheduler_.add(spec, now);
        if (entry >= symbols_.size()) {
            symbols_.resize(entry + 1, kNoSymbol);
            shadowOf_.resize(entry + 1, 0);
        }
        Group& group = groups_[spec.model];
        if (group.entries.empty()) group.symbol = predictor_->find(spec.model).value_or(kNoSymbol);
        // Known from its listing on while numbers abound: that there are others is worth knowing, too.
        if (group.symbol == kNoSymbol && spec.loadable && predictor_->models() < Predictor::kListedMax)
            group.symbol = predictor_->symbol(spec.model);
        group.entries.push_back(entry);
        symbols_[entry] = group.symbol;
        auto place = std::find_if(shadows_.begin(), shadows_.end(),
                                  [&](const Shadows& held) { return held.backend == spec.backend; });
        if (place == shadows_.end()) place = shadows_.insert(shadows_.end(), Shadows{spec.backend, {}, {}});
        shadowOf_[entry] = static_cast<std::uint32_t>(place - shadows_.begin());
        if (pins_.contains(key) && spec.loadable) static_cast<void>(scheduler_.pin(entry, true, now));
        if (const auto policy = policies_.find(spec.model); policy != policies_.end())
            scheduler_.setPolicy(entry, policy->second, now);
    }
    std::vector<EntryId> gone;
    for (const auto& [model, group] : groups_)
        for (EntryId entry : group.entries)
            if (!named.contains(residentKey(scheduler_.at(entry).spec.backend, model))) gone.push_back(entry);
    for (EntryId entry : gone) drop(entry, now);
    considerPreload(now);
}

void LoadCore::drop(EntryId entry, TimePoint now)
{
    shadows(entry).lru.forget(entry);
    shadows(entry).chooser.forget(entry);
    const auto place = groups_.find(scheduler_.at(entry).spec.model);
    std::erase(place->second.entries, entry);
    if (place->second.entries.empty()) groups_.erase(place);
    scheduler_.remove(entry, now);
}

Symbol LoadCore::symbolFor(EntryId id)
{
    if (symbols_[id] != kNoSymbol || !scheduler_.at(id).spec.loadable) return symbols_[id];
    const ModelId model = scheduler_.at(id).spec.model;
    if (predictor_->full() && !predictor_->find(model)) renumber();
    const auto group = groups_.find(model);
    if (group == groups_.end()) return kNoSymbol;  // gone, and still in use
    group->second.symbol = predictor_->symbol(model);
    for (EntryId entry : group->second.entries) symbols_[entry] = group->second.symbol;
    return symbols_[id];
}

void LoadCore::renumber()
{
    const auto loadable = [&](const std::string& model) {
        const auto group = groups_.find(model);
        return group != groups_.end() && std::any_of(group->second.entries.begin(), group->second.entries.end(),
                                                     [&](EntryId entry) { return scheduler_.at(entry).spec.loadable; });
    };
    predictor_ = predictor_->compacted(loadable);
    std::fill(symbols_.begin(), symbols_.end(), kNoSymbol);
    for (auto& [model, group] : groups_) {
        group.symbol = predictor_->find(model).value_or(kNoSymbol);
        for (EntryId entry : group.entries) symbols_[entry] = group.symbol;
    }
}

std::optional<EntryId> LoadCore::find(const ModelId& model, std::string_view backend) const
{
    const auto place = groups_.find(model);
    if (place == groups_.end()) return std::nullopt;
    for (EntryId entry : place->second.entries)
        if (scheduler_.at(entry).spec.backend == backend) return entry;
    return std::nullopt;
}

std::optional<EntryId> LoadCore::find(const ModelId& model) const
{
    const auto place = groups_.find(model);
    if (place == groups_.end()) return std::nullopt;
    std::optional<EntryId> best;
    const auto rank = [&](EntryId entry) {
        const ModelEntry& each = scheduler_.at(entry);
        if (!each.spec.loadable) return 0;
        switch (each.state) {
            case ModelState::Warm:
                return 5;
            case ModelState::Loading:
                return 4;
            case ModelState::Queued:
                return 3;
            case ModelState::Failed:
                return 1;
            default:
                return 2;
        }
    };
    for (EntryId entry : place->second.entries)
        if (!best || rank(entry) > rank(*best)) best = entry;
    return best;
}

bool LoadCore::request(EntryId id, std::string_view client, TimePoint now)
{
    const ModelEntry& entry = scheduler_.at(id);
    // More requests than there is anything to learn from: their order is that of the scheduler of some CPU, and a
    // sample tells as much. But in a flood of one model its end is what there is to learn, and it is seldom.
    const Symbol symbol = options().prediction ? symbolFor(id) : kNoSymbol;
    const ClientKey who = clientKey(client);
    const bool turn = symbol != kNoSymbol && predictor_->arrived(symbol, who, now);
    const bool learns = symbol != kNoSymbol && (turn || requests_.take(now));
    lruWarm_ = true;
    if (entry.spec.loadable) {
        const GhostLru::Limits limits{options().budgetBytes, options().residentMax};
        lruWarm_ = shadows(id).lru.request(id, entry.bytes, limits);
        if (learns) {
            const auto value = [this](EntryId other, Worth way) { return predictor_->worth(symbolOf(other), way); };
            shadows(id).chooser.request(id, entry.bytes, limits, lruWarm_, value);
        }
    }
    const bool warm = entry.open;
    allCount_ += 1;
    warmCount_ += warm ? 1 : 0;
    lruCount_ += lruWarm_ ? 1 : 0;
    lruLoads_ += lruWarm_ ? 0 : 1;
    if (allCount_ > kRequestsWindow) {
        allCount_ /= 2;
        warmCount_ /= 2;
        lruCount_ /= 2;
    }
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
    if (aheadWaits_ && scheduler_.known(entry) && scheduler_.at(entry).leases == 0) considerPreload(now);
}

void LoadCore::considerPreload(TimePoint now)
{
    aheadWaits_ = false;
    if (!options().preload || !options().prediction || predictor_->log().size() < kLearnedMin) return;
    for (const Source source : {Source::Next, Source::Change}) {
        const auto& top = source == Source::Next ? predictor_->top() : predictor_->topOnChange();
        for (const Predictor::Likely& each : top)
            if (tryPreload({each.model, each.probability, source}, now)) return;
    }
    for (const Source source : {Source::Program, Source::Everybody})
        if (tryPath(source, now)) return;
}

const ProgramRuns::Path& LoadCore::pathOf(Source source) const
{
    return source == Source::Everybody ? predictor_->runs().pathOfAll() : predictor_->runs().path();
}

bool LoadCore::tryPath(Source source, TimePoint now)
{
    Candidate candidate{kNoSymbol, 0, source, 0};
    for (const ProgramRuns::Step& each : pathOf(source)) {
        candidate.model = each.model;
        candidate.probability = each.probability;
        ++candidate.step;
        if (tryPreload(candidate, now)) return true;
    }
    return false;
}

std::optional<EntryId> LoadCore::coldEntry(Symbol model) const
{
    const auto place = groups_.find(predictor_->name(model));
    if (place == groups_.end()) return std::nullopt;
    std::optional<EntryId> cold;
    for (EntryId entry : place->second.entries) {
        const ModelState state = scheduler_.at(entry).state;
        if (state == ModelState::Warm || state == ModelState::Loading || state == ModelState::Queued)
            return std::nullopt;
        if (state == ModelState::Cold || (state == ModelState::Failed && !cold)) cold = entry;
    }
    return cold;
}

bool LoadCore::tryPreload(const Candidate& candidate, TimePoint now)
{
    if (candidate.model == kNoSymbol || candidate.probability < policy_.threshold()) return false;
    const auto cold = coldEntry(candidate.model);
    if (!cold || inTime(candidate, *cold)) return false;
    PreloadCandidate ahead;
    ahead.value = this->ahead(*cold);
    ahead.turn = predictor_->turn();
    const auto keep = [&](Symbol model) {
        if (model == candidate.model) return;
        const auto group = groups_.find(predictor_->name(model));
        if (group == groups_.end()) return;
        ahead.keep.insert(ahead.keep.end(), group->second.entries.begin(), group->second.entries.end());
    };
    const Symbol last = predictor_->last();
    if (predictor_->probability(last) >= predictor_->probability(candidate.model)) keep(last);
    const ProgramRuns::Path& path = pathOf(candidate.source);
    const auto comes = [&](const ProgramRuns::Step& each) { return each.model == candidate.model; };
    const auto place = std::find_if(path.begin(), path.end(), comes);
    if (place != path.end())
        for (auto sooner = path.begin(); sooner != place; ++sooner) keep(sooner->model);
    const auto why = [&] { return whyAhead(candidate); };
    const auto outcome = scheduler_.preload(*cold, ahead, why, now);
    aheadWaits_ = aheadWaits_ || outcome == PreloadOutcome::InUse;
    return outcome == PreloadOutcome::Started;
}

std::optional<Duration> LoadCore::runsLast(Source source, bool least) const
{
    return source == Source::Everybody ? predictor_->runs().lastsOfAll(least) : predictor_->runs().lasts(least);
}

std::optional<Duration> LoadCore::loadBound(EntryId entry) const
{
    const ModelEntry& each = scheduler_.at(entry);
    return times_.bound(each.spec.model, each.spec.kind);
}

/// What comes only after further runs can wait for the next change, when more is known, if these last long enough.
bool LoadCore::inTime(const Candidate& candidate, EntryId entry) const
{
    if (candidate.step < 2) return false;
    const auto run = runsLast(candidate.source, false);
    const auto load = loadBound(entry);
    if (!load || !run) return true;
    const std::size_t reach = ProgramRuns::reach(run, load);
    if (candidate.step > reach) return true;
    // Where many runs go by during a load, a few that are longer than others would let it begin too late.
    const Duration lasts = reach > ProgramRuns::kPath ? runsLast(candidate.source, true).value_or(*run) : *run;
    return lasts * static_cast<Duration::rep>(candidate.step - 1) >= *load;
}

Sentence LoadCore::whyAhead(const Candidate& candidate) const
{
    const Value likely = Value::share(candidate.probability);
    const auto because = [](const Sentence& reason, const Sentence& chance) {
        return reason.empty() ? chance : say(Phrase::WithReason, reason, chance);
    };
    if (candidate.source == Source::Next)
        return because(predictor_->explain(candidate.model), say(Phrase::PreloadNext, likely));
    if (candidate.source == Source::Change)
        return because(predictor_->explainOnChange(candidate.model),
                       say(Phrase::PreloadAfter, likely, predictor_->name(predictor_->last())));
    const bool all = candidate.source == Source::Everybody;
    const ProgramRuns::Path& path = pathOf(candidate.source);
    const Sentence why = predictor_->explainRuns(path.front().model, all);
    if (candidate.step == 1) return say(Phrase::PreloadThen, why, likely);
    std::string then;
    for (std::size_t at = 1; at < candidate.step; ++at)
        then += (at > 1 ? words::kThen : "") + predictor_->name(path[at].model);
    return say(Phrase::PreloadByThen, why, then, likely);
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
    const auto group = groups_.find(model);
    if (group == groups_.end()) return withField(notFound("no backend has model " + model), "model");
    const std::vector<EntryId> entries = group->second.entries;
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
    return predictor_->worth(symbolOf(entry), worth(entry));
}

double LoadCore::ahead(EntryId entry) const
{
    return predictor_->worthAhead(symbolOf(entry), worth(entry), loadBound(entry));
}

std::vector<Effect> LoadCore::takeEffects()
{
    std::vector<Effect> effects = scheduler_.takeEffects();
    for (const Effect& effect : effects) {
        if (const auto* judged = std::get_if<Judged>(&effect)) {
            policy_.judged(judged->verdict);
            const std::string_view verdict = judged->verdict;
            if (verdict == "hit") hitCount_ += 1;
            if (verdict == "late") {  // somebody waited all the same
                lateCount_ += 1;
                ++lateLoads_;
            }
        } else if (const auto* ended = std::get_if<LoadEnded>(&effect)) {
            if (std::string_view(ended->outcome) != "ok") continue;
            if (ended->cause == Cause::Demand) {
                ++demandLoads_;
                demandCount_ += 1;
            }
            if (scheduler_.known(ended->entry)) {
                const ModelEntry& entry = scheduler_.at(ended->entry);
                if (entry.measured && footprints_.size() < EtaModel::kKeysMax)
                    footprints_[residentKey(entry.spec.backend, entry.spec.model)] = entry.bytes;
            }
        }
    }
    if (hitCount_ + demandCount_ + lateCount_ > kHitsWindow) {
        hitCount_ /= 2;
        demandCount_ /= 2;
        lateCount_ /= 2;
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
        model.state = name(entry.state);
        model.preloading = entry.preloading();
        model.pinned = entry.pinned;
        model.loadable = entry.spec.loadable;
        model.bytes = entry.bytes;
        if (const auto mean = times_.mean(entry.spec.model, entry.spec.kind)) model.loadMs = toMs(*mean);
        if (const auto rest = scheduler_.eta(id, now)) model.etaMs = toMs(*rest);
        if (entry.requests > 0) model.used = entry.used;
        model.leases = entry.leases;
        for (const auto& waiter : entry.waiters) model.leases += waiter.lease ? 1 : 0;
        const Symbol symbol = symbolOf(id);
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
    PredictionSnapshot told;
    told.accuracy = predictor_->accuracy();
    told.accuracyTop3 = predictor_->accuracyTop3();
    told.hitRate = preloadHitRate(hitCount_, demandCount_, lateCount_);
    told.lruHitRate = share(lruCount_, allCount_);
    told.warmRate = share(warmCount_, allCount_);
    told.changeAccuracy = predictor_->changeAccuracy();
    told.changes = predictor_->changesJudged();
    told.waitedLoads = demandLoads_ + lateLoads_;
    told.lruWaitedLoads = lruLoads_;
    told.hits = scheduler_.log().hits();
    told.late = scheduler_.log().late();
    told.wasted = scheduler_.log().wasted();
    told.threshold = policy_.threshold();
    told.bestExpert = predictor_->bestExpert();
    const std::vector<Symbol> symbols = predictor_->mostUsed(kTransitionModels);
    for (Symbol symbol : symbols) told.transitionModels.push_back(predictor_->name(symbol));
    for (Symbol from : symbols)
        for (Symbol to : symbols) told.transitions.push_back(predictor_->followed(from, to));
    return told;
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
    for (const Predictor::Logged& each : state.log) {
        if (each.model >= state.models.size()) continue;
        const std::string program = each.program < state.programs.size() ? state.programs[each.program] : std::string();
        predictor_->replay(predictor_->symbol(state.models[each.model]), program, each.client, fromMs(each.gapMs));
    }
    for (const auto& [model, moments] : state.times) times_.restore(model, moments);
    for (const auto& [kind, moments] : state.kindTimes) times_.restoreKind(kind, moments);
    footprints_ = state.footprints;
    pins_.insert(state.pins.begin(), state.pins.end());
    policies_ = state.policies;
    policy_.restore(state.threshold);
}

}  // namespace millrace::load
