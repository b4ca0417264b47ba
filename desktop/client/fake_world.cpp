// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/fake_world.h"

#include "client/fake_script.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace millrace::desktop {

using namespace control;

namespace {

constexpr int kRevisionAtMs = 480'000;  // into the ten minutes that lie before the start
constexpr int kFreshMax = 3000;         // requests of before the start that are handed over

}  // namespace

FakeWorld::FakeWorld(std::uint32_t seed, std::int64_t startMs)
    : random_(seed),
      startMs_(startMs - 600'000),
      nowMs_(startMs_),
      firstByte_{14, 5, 24, 4},
      reuse_{0.998, 0.985, 1, 0.003},
      limit_{120, 96, 140, 4},
      hits_{0.86, 0.82, 0.91, 0.008},
      accuracy_{0.96, 0.94, 0.98, 0.004}
{
    state_.set_boot_id("demo");
    state_.set_revision(3);
    makeModels();
    makePools();
    makeLanes();
    state_.mutable_streams()->set_buffered_bytes_max(10'485'760);
    addEvent(SEVERITY_NOTICE, EVENT_KIND_ENGINE_STARTED, "engine",
             script::say(PHRASE_ENGINE_LISTENS, {script::name("127.0.0.1:11500"), script::name("127.0.0.1:11501")}));
    for (const char* name : {script::kFast, script::kSlow, script::kEmbed, script::kChain.front()})
        setModelState(name, MODEL_PHASE_WARM, LOAD_CAUSE_DEMAND);
    advance(startMs);
    auto& requests = *fresh_.mutable_requests();
    if (requests.size() > kFreshMax) requests.DeleteSubrange(0, requests.size() - kFreshMax);
}

void FakeWorld::makeModels()
{
    auto& models = *state_.mutable_models();
    models.set_budget_bytes(4'294'967'296);
    models.set_concurrent_max(3);
    models.set_idle_ttl_ms(0);
    for (const auto& words : script::kModels) {
        auto& model = *models.add_models();
        model.set_model(words.name);
        model.set_kind(words.kind);
        model.set_backend("runtime");
        model.set_state(MODEL_PHASE_COLD);
        model.set_loadable(true);
        model.set_bytes(words.bytes);
        model.set_load_ms(words.loadMs);
    }
    auto& prediction = *models.mutable_prediction();
    prediction.set_preload(true);
    prediction.set_prediction(true);
    prediction.set_best_expert("order 2");
    prediction.set_threshold(0.25);
}

void FakeWorld::makePools()
{
    struct PoolWords {
        const char* backend;
        PoolProtocol protocol;
        const char* address;
        unsigned connections, low, high;
    };
    // The second one is there and healthy, and never the first choice.
    for (const PoolWords& words : {PoolWords{"runtime", POOL_PROTOCOL_GRPC, "unix:runtime.sock", 5, 5, 50},
                                   PoolWords{"runtime", POOL_PROTOCOL_HTTP, "127.0.0.1:41200", 10, 10, 100},
                                   PoolWords{"llama", POOL_PROTOCOL_HTTP, "127.0.0.1:8080", 10, 10, 100}}) {
        auto& pool = *state_.mutable_pools()->add_pools();
        pool.set_backend(words.backend);
        pool.set_protocol(words.protocol);
        pool.set_address(words.address);
        pool.set_size_min(words.low);
        pool.set_size_max(words.high);
        pool.set_health(BACKEND_HEALTH_HEALTHY);
        for (unsigned i = 0; i < words.connections; ++i) {
            auto& connection = *pool.add_connections();
            connection.set_id(nextId_++);
            connection.set_state(CONNECTION_PHASE_IDLE);
            connection.set_uses(20 + pick(4000));
            connection.set_age_ms(1000 + pick(500'000));
        }
    }
}

void FakeWorld::makeLanes()
{
    auto& batches = *state_.mutable_batches();
    for (const char* name : {"digits-l", "digits-m", script::kEmbed, script::kFast}) {
        auto& lane = *batches.add_lanes();
        const bool fast = std::string(name) == script::kFast;
        lane.set_model(name);
        lane.set_signature(std::string(name) == script::kEmbed ? "text, float" : fast ? "fp32 [·,16]" : "fp32 [·,784]");
        lane.set_size_limit(100);
        const auto why = script::say(PHRASE_SIZE_STARTED, {script::rows(100)});
        lane.set_limit_why(why.english);
        *lane.mutable_limit_words() = why.words;
        lane.set_size_max(200);
        lane.set_wait_limit_ms(6);
        lane.set_timeout_ms(50);
        lane.set_cost_base_ms(fast ? 2.4 : 0.9);
        lane.set_cost_per_row_ms(fast ? 0.05 : 0.3);
    }
    for (const double bound : {1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 96.0, 128.0, 160.0, 200.0})
        batches.add_sizes()->set_le(bound);
}

double FakeWorld::move(Wave& wave)
{
    // A random walk that is drawn back to its middle, so that it neither drifts nor sticks to a bound.
    const double middle = (wave.low + wave.high) / 2;
    wave.value += (chance() - 0.5) * 2 * wave.step + (middle - wave.value) * 0.04;
    wave.value = std::clamp(wave.value, wave.low, wave.high);
    return wave.value;
}

void FakeWorld::addEvent(Severity severity, EventKind kind, const std::string& subject, const script::Sentence& text)
{
    Event event;
    event.set_sequence(++eventSequence_);
    event.set_boot_id(state_.boot_id());
    event.set_time_ms(nowMs_);
    event.set_severity(severity);
    event.set_kind(kind);
    event.set_subject(subject);
    event.set_text(text.english);
    *event.mutable_words() = text.words;
    events_.push_back(event);
    if (events_.size() > 2000) events_.pop_front();
    *fresh_.add_events() = event;
}

void FakeWorld::advance(std::int64_t nowMs)
{
    while (nowMs_ + 1000 <= nowMs) {
        nowMs_ += 1000;
        moveSecond();
    }
}

void FakeWorld::moveSecond()
{
    if (nowMs_ - startMs_ == kRevisionAtMs) {
        addEvent(SEVERITY_NOTICE, EVENT_KIND_CONFIG_APPLIED, "configuration",
                 script::say(PHRASE_REVISION_CHANGE,
                             {script::name("batcher.timeout_ms"), script::name("50"), script::name("20")}));
    }
    moveModels();
    movePools();
    finishRequests();
    moveBatches();
    moveStreams();
    sample();
    followGuard();
    auto& engine = *state_.mutable_engine();
    engine.set_uptime_ms(static_cast<std::uint64_t>(nowMs_ - startMs_));
    engine.set_resident_bytes(static_cast<std::uint64_t>(41e6 + 1e6 * std::sin(static_cast<double>(nowMs_) / 40'000)));
    engine.set_idle_resident_bytes(32'000'000);
    engine.set_threads(18);
    engine.set_cpu_cores((script::isBurst(elapsed()) ? 0.14 : 0.02) + 0.02 * chance());
    state_.set_time_ms(nowMs_);
}

Frame FakeWorld::fullFrame() const
{
    Frame frame = state_;
    frame.set_full(true);
    frame.set_sequence(sequence_);
    return frame;
}

Frame FakeWorld::takeDelta()
{
    Frame frame = state_;
    frame.set_sequence(++sequence_);
    frame.mutable_batches()->mutable_recent()->Swap(fresh_.mutable_batches()->mutable_recent());
    frame.mutable_models()->mutable_recent()->Swap(fresh_.mutable_models()->mutable_recent());
    frame.mutable_events()->Swap(fresh_.mutable_events());
    frame.mutable_requests()->Swap(fresh_.mutable_requests());
    fresh_.Clear();
    return frame;
}

void FakeWorld::beginGuard(std::uint64_t revision)
{
    auto& guard = *state_.mutable_guard();
    guard.Clear();
    guard.set_revision(revision);
    guard.set_outcome(GUARD_OUTCOME_MEASURING);
    guard.set_began_ms(nowMs_);
    guard.set_judged_ms(nowMs_ + 30'000);
    guard.set_judged_latest_ms(nowMs_ + 60'000);
    guard.set_requests_needed(100);
    guard.set_requests_before(served_ * 60);
    for (const char* name : {"served_per_second", "error_share", "latency_tensor_p99_ms", "added_p50_ms"}) {
        const auto found = state_.sample().values().find(name);
        if (found != state_.sample().values().end()) (*guard.mutable_before())[name] = found->second;
    }
}

void FakeWorld::followGuard()
{
    if (state_.guard().outcome() != GUARD_OUTCOME_MEASURING) return;
    auto& guard = *state_.mutable_guard();
    guard.set_requests_after(guard.requests_after() + served_);
    for (const auto& [name, before] : guard.before()) {
        const auto found = state_.sample().values().find(name);
        if (found != state_.sample().values().end()) (*guard.mutable_after())[name] = found->second;
    }
    if (nowMs_ < guard.judged_ms()) return;
    guard.set_judged_ms(nowMs_);
    const auto number = script::name(std::to_string(guard.revision()));
    if (std::exchange(guardWorse_, false)) {
        guard.set_outcome(GUARD_OUTCOME_REVERTED);
        const auto why = script::say(PHRASE_GUARD_P99_TENSOR, {script::ms(11.2), script::ms(26.4)});
        guard.set_reason(why.english);
        *guard.mutable_reason_words() = why.words;
        addEvent(SEVERITY_WARNING, EVENT_KIND_CONFIG_REVERTED, "configuration",
                 script::say(PHRASE_REVISION_REVERTED, {number, script::part(why)}));
        return;
    }
    guard.set_outcome(GUARD_OUTCOME_KEPT);
    const auto latency = script::say(PHRASE_GUARD_P99_TENSOR, {script::ms(guard.before().at("latency_tensor_p99_ms")),
                                                               script::ms(guard.after().at("latency_tensor_p99_ms"))});
    const auto failed = script::say(PHRASE_GUARD_FAILED, {script::share(0), script::share(0)});
    const auto why = script::say(PHRASE_LIST, {script::part(latency), script::part(failed)});
    guard.set_reason(why.english);
    *guard.mutable_reason_words() = why.words;
    addEvent(SEVERITY_INFO, EVENT_KIND_CONFIG_KEPT, "configuration",
             script::say(PHRASE_REVISION_KEPT, {number, script::part(why)}));
}

void FakeWorld::setRevision(std::uint64_t revision, const std::string& what)
{
    state_.set_revision(revision);
    const auto applied = script::say(PHRASE_REVISION_APPLIED, {script::name(std::to_string(revision))});
    addEvent(SEVERITY_NOTICE, EVENT_KIND_CONFIG_APPLIED, "configuration",
             script::say(PHRASE_WITH_REASON, {script::part(applied), script::quote(what)}));
}

}  // namespace millrace::desktop
