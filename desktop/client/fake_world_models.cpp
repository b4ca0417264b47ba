// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/fake_script.h"
#include "client/fake_world.h"

#include <algorithm>
#include <cmath>

namespace millrace::desktop {

using namespace control;

namespace {

constexpr int kRecentMax = 240;
constexpr int kSeldomStays = 8;  // seconds that a model which is seldom used is in memory

/// Who uses a model.
const char* clientOf(const std::string& model)
{
    if (model == script::kFast) return script::kSensors;
    if (model == script::kSlow) return script::kChatWindows.front();
    if (model == script::kEmbed) return script::kIndexer;
    return model == script::kSeldom ? script::kScript : script::kAgent;
}

/// Where a model is in the agent's chain; none: behind its end.
std::size_t placeInChain(const std::string& model)
{
    return static_cast<std::size_t>(std::find(script::kChain.begin(), script::kChain.end(), model) -
                                    script::kChain.begin());
}

/// Why a model of the chain is predicted.
script::Sentence chainWords(const std::string& model)
{
    const std::size_t count = script::kChain.size();
    const std::size_t place = placeInChain(model) % count;
    const std::string before =
        std::string(script::kChain[(place + 1) % count]) + " → " + script::kChain[(place + 2) % count];
    const auto came =
        script::say(PHRASE_NEXT_CHANGES_TO_AT, {script::name(before), script::name(model), script::figure(13),
                                                script::figure(14, VALUE_UNIT_TIMES), script::name("code-agent")});
    return script::say(PHRASE_PRELOAD_THEN, {script::part(came), script::share(0.96)});
}

// From row to column, in percent, as the sample load has it: mostly a sensor comes next.
constexpr std::array<const char*, 6> kAfter = {"digits-l", "digits-m",    "embed-mini",
                                               "scribe",   script::kFast, script::kSlow};
constexpr std::array<std::array<int, 6>, 6> kTransitions = {{{0, 16, 13, 0, 58, 13},
                                                             {0, 0, 16, 9, 61, 14},
                                                             {22, 22, 0, 22, 31, 3},
                                                             {12, 0, 14, 0, 51, 23},
                                                             {24, 27, 14, 27, 0, 8},
                                                             {13, 20, 0, 24, 43, 0}}};

}  // namespace

void FakeWorld::moveModels()
{
    auto& section = *state_.mutable_models();
    finishLoads();
    const std::int64_t now = elapsed();
    const std::size_t stage = script::stageAt(now);
    const std::string current = script::kChain[stage];
    const std::string next = script::kChain[(stage + 1) % script::kChain.size()];
    const std::string last = script::kChain[(stage + 2) % script::kChain.size()];
    const auto bring = [&](const std::string& model, LoadCause cause) {
        if (stateOf(model) == MODEL_PHASE_COLD) setModelState(model, MODEL_PHASE_LOADING, cause);
    };
    if (script::isStageBegin(now)) {
        // The chain continues: what it has just left makes room for what comes after the model that it is at.
        if (stateOf(current) == MODEL_PHASE_COLD) {
            bring(current, LOAD_CAUSE_DEMAND);
            ++waitedLoads_;
        }
        if (stateOf(last) == MODEL_PHASE_WARM && !isPinned(last))
            setModelState(last, MODEL_PHASE_COLD, {},
                          script::say(PHRASE_MODEL_EVICTED_TO_PRELOAD, {script::name(next)}));
        if (chance() < 0.93 && mayPreload(next)) bring(next, LOAD_CAUSE_PRELOAD);
    }
    if (script::slipAt(now) == script::Slip::SeldomModel) bring(script::kSeldom, LOAD_CAUSE_DEMAND);
    if (now > kSeldomStays && script::slipAt(now - kSeldomStays) == script::Slip::SeldomModel &&
        stateOf(script::kSeldom) == MODEL_PHASE_WARM && !isPinned(script::kSeldom))
        setModelState(script::kSeldom, MODEL_PHASE_COLD, {},
                      script::say(PHRASE_MODEL_EVICTED_FOR, {script::name(next)}));

    std::uint64_t resident = 0;
    std::uint32_t loading = 0;
    for (auto& model : *section.mutable_models()) {
        const bool isFast = model.model() == script::kFast;
        const double wanted = isFast                     ? (script::isBurst(now) ? 0.97 : 0.55 + 0.1 * chance())
                              : model.model() == next    ? 0.3 + 0.1 * chance()
                              : model.model() == current ? 0.04 + 0.05 * chance()
                                                         : 0.01 * chance();
        model.set_next_probability(wanted);
        const std::string fast = script::kFast;
        const auto why =
            isFast ? script::say(PHRASE_NEXT_AFTER, {script::name(fast + " → " + fast), script::name(fast),
                                                     script::figure(61), script::figure(63, VALUE_UNIT_TIMES)})
            : placeInChain(model.model()) < script::kChain.size() ? chainWords(model.model())
                                                                  : script::Sentence();
        model.set_next_why(why.english);
        *model.mutable_next_words() = why.words;
        const bool used = isFast || model.model() == script::kSlow || model.model() == current ||
                          (model.model() == script::kEmbed && now % 7 % 3 == 0);
        if (model.state() == MODEL_PHASE_WARM && model.loadable()) {
            if (used) {
                model.set_requests_total(model.requests_total() + (isFast ? served_ : 1 + pick(2)));
                model.set_used_ms(nowMs_ - static_cast<std::int64_t>(pick(900)));
            }
            model.set_leases(model.model() == script::kSlow ? static_cast<std::uint32_t>(script::kChatWindows.size())
                                                            : 0);
            resident += model.bytes();
        } else {
            model.set_leases(0);
        }
        loading += model.state() == MODEL_PHASE_LOADING ? 1 : 0;
    }
    section.set_resident_bytes(resident);
    section.set_loading(loading);
    movePrediction();
}

void FakeWorld::finishLoads()
{
    auto& section = *state_.mutable_models();
    for (auto& model : *section.mutable_models()) {
        if (model.state() != MODEL_PHASE_LOADING) continue;
        model.set_state(MODEL_PHASE_WARM);
        model.clear_eta_ms();
        model.set_loads_total(model.loads_total() + 1);
        const bool ahead = model.preloading();
        model.set_preloading(false);
        const auto why = ahead ? chainWords(model.model())
                               : script::say(PHRASE_MODEL_REQUESTED_BY, {script::name(clientOf(model.model()))});
        model.set_reason(why.english);
        *model.mutable_reason_words() = why.words;
        addEvent(SEVERITY_INFO, ahead ? EVENT_KIND_MODEL_PRELOADED : EVENT_KIND_MODEL_LOADED, model.model(),
                 script::say(ahead ? PHRASE_EVENT_PRELOADED : PHRASE_EVENT_LOADED,
                             {script::ms(model.load_ms()), script::part(why)}));
        for (auto& load : *section.mutable_recent()) {
            if (load.model() != model.model() || load.ended_ms() != 0) continue;
            load.set_ended_ms(load.started_ms() + static_cast<std::int64_t>(model.load_ms()));
            load.set_outcome(LOAD_OUTCOME_OK);
            if (load.cause() == LOAD_CAUSE_PRELOAD)
                load.set_verdict(chance() < 0.95 ? PRELOAD_VERDICT_HIT : PRELOAD_VERDICT_WASTED);
            *fresh_.mutable_models()->add_recent() = load;
        }
    }
}

void FakeWorld::movePrediction()
{
    auto& prediction = *state_.mutable_models()->mutable_prediction();
    prediction.set_accuracy(move(accuracy_));
    prediction.set_accuracy_top3(std::min(0.99, accuracy_.value + 0.02));
    prediction.set_change_accuracy(accuracy_.value - 0.5);
    prediction.set_changes_total(prediction.changes_total() + 1);
    prediction.set_waited_loads_total(waitedLoads_);
    if (chance() < 0.2) prediction.set_lru_waited_loads_total(prediction.lru_waited_loads_total() + 1);
    prediction.set_hit_rate(move(hits_));
    prediction.set_warm_rate(0.996);
    prediction.set_lru_hit_rate(0.985);
    if (script::isStageBegin(elapsed())) prediction.set_hits(prediction.hits() + 1);
    if (chance() < 0.01) prediction.set_late(prediction.late() + 1);
    if (chance() < 0.02) prediction.set_wasted(prediction.wasted() + 1);
    if (prediction.transition_models_size() > 0) return;
    for (const char* name : kAfter) prediction.add_transition_models(name);
    for (const auto& row : kTransitions) {
        for (const int share : row) prediction.add_transitions(share / 100.0);
    }
}

ModelPhase FakeWorld::stateOf(const std::string& name) const
{
    for (const auto& model : state_.models().models()) {
        if (model.model() == name) return model.state();
    }
    return MODEL_PHASE_UNSPECIFIED;
}

bool FakeWorld::isPinned(const std::string& name) const
{
    for (const auto& model : state_.models().models()) {
        if (model.model() == name) return model.pinned();
    }
    return false;
}

bool FakeWorld::mayPreload(const std::string& name) const
{
    for (const auto& model : state_.models().models()) {
        if (model.model() == name) return !model.never_preloaded();
    }
    return false;
}

bool FakeWorld::setModelState(const std::string& name, ModelPhase state, LoadCause cause, const script::Sentence& why)
{
    auto& section = *state_.mutable_models();
    for (auto& model : *section.mutable_models()) {
        if (model.model() != name || !model.loadable()) continue;
        const ModelPhase before = model.state();
        if (before == state) return true;
        model.set_state(state);
        model.set_reason(state == MODEL_PHASE_COLD ? why.english : "");
        *model.mutable_reason_words() = state == MODEL_PHASE_COLD ? why.words : Sentence();
        if (state == MODEL_PHASE_LOADING || state == MODEL_PHASE_WARM) {
            LoadRecord load;
            load.set_id(nextId_++);
            load.set_model(name);
            load.set_cause(cause);
            load.set_queued_ms(nowMs_);
            load.set_started_ms(nowMs_);
            load.set_outcome(LOAD_OUTCOME_LOADING);
            const auto asked = cause == LOAD_CAUSE_PRELOAD ? chainWords(name)
                               : cause == LOAD_CAUSE_MANUAL
                                   ? script::say(PHRASE_MODEL_REQUESTED_MANUALLY)
                                   : script::say(PHRASE_MODEL_REQUESTED_BY, {script::name(clientOf(name))});
            load.set_why(asked.english);
            *load.mutable_why_words() = asked.words;
            if (state == MODEL_PHASE_WARM) {
                load.set_ended_ms(nowMs_ + static_cast<std::int64_t>(model.load_ms()));
                load.set_outcome(LOAD_OUTCOME_OK);
                model.set_loads_total(1);
            } else {
                model.set_eta_ms(model.load_ms());
                model.set_preloading(cause == LOAD_CAUSE_PRELOAD);
            }
            *section.add_recent() = load;
            *fresh_.mutable_models()->add_recent() = load;
            if (section.recent_size() > kRecentMax) section.mutable_recent()->DeleteSubrange(0, 1);
        } else if (before == MODEL_PHASE_WARM) {
            for (auto& load : *section.mutable_recent()) {
                if (load.model() != name || load.unloaded_ms() != 0) continue;
                load.set_unloaded_ms(nowMs_);
                load.set_unloaded_why(why.english);
                *load.mutable_unloaded_words() = why.words;
                *fresh_.mutable_models()->add_recent() = load;
            }
            addEvent(SEVERITY_INFO, EVENT_KIND_MODEL_EVICTED, name, why);
        }
        return true;
    }
    return false;
}

bool FakeWorld::pin(const std::string& name, bool pinned)
{
    for (auto& model : *state_.mutable_models()->mutable_models()) {
        if (model.model() != name) continue;
        model.set_pinned(pinned);
        return true;
    }
    return false;
}

bool FakeWorld::setPolicy(const SetModelPolicyRequest& request)
{
    for (auto& model : *state_.mutable_models()->mutable_models()) {
        if (model.model() != request.model()) continue;
        if (request.has_idle_ttl_ms()) model.set_idle_ttl_ms(request.idle_ttl_ms());
        if (request.idle_ttl_default()) model.clear_idle_ttl_ms();
        if (request.has_preload()) model.set_never_preloaded(!request.preload());
        if (model.state() == MODEL_PHASE_COLD) {
            const auto why = request.preload() ? script::Sentence() : script::say(PHRASE_MODEL_PRELOAD_OFF);
            model.set_reason(why.english);
            *model.mutable_reason_words() = why.words;
        }
        return model.loadable();
    }
    return false;
}

}  // namespace millrace::desktop
