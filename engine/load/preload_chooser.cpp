// SPDX-License-Identifier: GPL-3.0-or-later
#include "load/preload_chooser.h"

#include "load/words.h"
#include "phrases.h"

#include <algorithm>
#include <string>

namespace millrace::load {

bool PreloadChooser::consider(TimePoint now)
{
    awaitsLeases_ = false;
    const Options& options = scheduler_.options();
    if (!options.preload || !options.prediction || predictor_->log().size() < kLearnedMin) return false;
    for (const Source source : {Source::Next, Source::Change}) {
        const auto& top = source == Source::Next ? predictor_->top() : predictor_->topOnChange();
        for (const Predictor::Likely& likely : top)
            if (tryPreload({likely.model, likely.probability, source}, now)) return true;
    }
    for (const Source source : {Source::Program, Source::Everybody})
        if (tryPath(source, now)) return true;
    return false;
}

const ProgramRuns::Path& PreloadChooser::pathOf(Source source) const
{
    return source == Source::Everybody ? predictor_->runs().pathOfAll() : predictor_->runs().path();
}

bool PreloadChooser::tryPath(Source source, TimePoint now)
{
    Candidate candidate{kNoSymbol, 0, source, 0};
    for (const ProgramRuns::Step& step : pathOf(source)) {
        candidate.model = step.model;
        candidate.probability = step.probability;
        ++candidate.step;
        if (tryPreload(candidate, now)) return true;
    }
    return false;
}

bool PreloadChooser::tryPreload(const Candidate& candidate, TimePoint now)
{
    if (candidate.model == kNoSymbol || candidate.probability < policy_.threshold()) return false;
    const auto cold = index_.coldEntry(candidate.model);
    if (!cold || canWait(candidate, *cold)) return false;
    PreloadCandidate preload;
    preload.value = valuation_.ahead(*cold);
    preload.turn = predictor_->turn();
    const auto keep = [&](Symbol model) {
        if (model == candidate.model) return;
        if (const auto* entries = index_.entriesOf(predictor_->name(model)))
            preload.keep.insert(preload.keep.end(), entries->begin(), entries->end());
    };
    const Symbol last = predictor_->last();
    if (predictor_->probability(last) >= predictor_->probability(candidate.model)) keep(last);
    const ProgramRuns::Path& path = pathOf(candidate.source);
    const auto comes = [&](const ProgramRuns::Step& step) { return step.model == candidate.model; };
    const auto place = std::find_if(path.begin(), path.end(), comes);
    if (place != path.end())
        for (auto sooner = path.begin(); sooner != place; ++sooner) keep(sooner->model);
    const auto reason = [&] { return reasonFor(candidate); };
    const PreloadOutcome outcome = scheduler_.preload(*cold, preload, reason, now);
    awaitsLeases_ = awaitsLeases_ || outcome == PreloadOutcome::InUse;
    return outcome == PreloadOutcome::Started;
}

std::optional<Duration> PreloadChooser::runsLast(Source source, bool least) const
{
    return source == Source::Everybody ? predictor_->runs().lastsOfAll(least) : predictor_->runs().lasts(least);
}

/// What comes only after further runs can wait for the next change, when more is known, if these last long enough.
bool PreloadChooser::canWait(const Candidate& candidate, EntryId entry) const
{
    if (candidate.step < 2) return false;
    const auto run = runsLast(candidate.source, false);
    const EntrySpec& spec = scheduler_.at(entry).spec;
    const auto load = times_.bound(spec.model, spec.kind);
    if (!load || !run) return true;
    const std::size_t reach = ProgramRuns::reach(run, load);
    if (candidate.step > reach) return true;
    // Where many runs go by during a load, a few that are longer than others would let it begin too late.
    const Duration lasts = reach > ProgramRuns::kPath ? runsLast(candidate.source, true).value_or(*run) : *run;
    return lasts * static_cast<Duration::rep>(candidate.step - 1) >= *load;
}

Sentence PreloadChooser::reasonFor(const Candidate& candidate) const
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

}  // namespace millrace::load
