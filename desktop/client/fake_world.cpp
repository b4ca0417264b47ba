// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/fake_world.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace millrace::desktop {
namespace {

using namespace control;

constexpr int kSamplesMax = 3600;
constexpr int kRevisionAtMs = 480'000;  // into the ten minutes that lie before the start
constexpr int kRecentMax = 240;

struct ModelWords {
    const char* name;
    const char* kind;
    double megabytes;
    double loadMs;
};
constexpr std::array<ModelWords, 7> kModels = {{{"digits-s", "torchscript", 1.2, 12},
                                                {"digits-m", "torchscript", 6.4, 31},
                                                {"digits-l", "torchscript", 24, 84},
                                                {"embed-mini", "torchscript", 46, 120},
                                                {"scribe", "torchscript", 18, 74},
                                                {"synthetic-a", "synthetic", 300, 180},
                                                {"synthetic-b", "synthetic", 420, 240}}};
constexpr std::array<const char*, 5> kClients = {"agent", "editor", "indexer", "notebook", "curl"};

std::string text(const char* format, double a, double b = 0)
{
    std::array<char, 200> buffer{};
    std::snprintf(buffer.data(), buffer.size(), format, a, b);
    return buffer.data();
}

/// The sums of a request's phases.
void settle(RequestRecord& request)
{
    const double added = request.processing_ms() + request.queued_ms() + request.model_ms() - request.load_ms() +
                         request.batch_ms() + request.connect_ms();
    const double before = request.receive_ms() + added + request.load_ms() + request.run_ms();
    request.set_added_ms(added);
    if (request.stream_ms() > 0) request.set_first_byte_ms(before);
    request.set_total_ms(before + request.stream_ms());
}

}  // namespace

FakeWorld::FakeWorld(std::uint32_t seed, std::int64_t startMs)
    : random_(seed),
      startMs_(startMs - 600'000),
      nowMs_(startMs_),
      rate_{3200, 2300, 4100, 160},
      p99_{8.1, 5.2, 11.5, 0.7},
      p50_{3.1, 1.9, 4.4, 0.3},
      firstByte_{41, 30, 58, 3},
      memory_{28'000, 20'000, 36'000, 1500},
      reuse_{0.992, 0.982, 0.999, 0.002},
      rows_{112, 72, 164, 9},
      wait_{4.2, 1.5, 9, 0.8},
      run_{5.6, 3.2, 8.4, 0.4},
      hits_{0.9, 0.82, 0.97, 0.012},
      accuracy_{0.88, 0.8, 0.94, 0.01},
      buffered_{2.4e6, 2e5, 7.5e6, 8e5},
      out_{64e6, 22e6, 120e6, 9e6}
{
    state_.set_boot_id("demo");
    state_.set_revision(3);
    auto& models = *state_.mutable_models();
    models.set_budget_bytes(1'000'000'000);
    models.set_concurrent_max(3);
    for (const auto& words : kModels) {
        auto& model = *models.add_models();
        model.set_model(words.name);
        model.set_kind(words.kind);
        model.set_backend("runtime");
        model.set_state("cold");
        model.set_loadable(true);
        model.set_bytes(static_cast<std::uint64_t>(words.megabytes * 1e6));
        model.set_load_ms(words.loadMs);
    }
    auto& chat = *models.add_models();
    chat.set_model("chat-8b");
    chat.set_kind("openai");
    chat.set_backend("llama");
    chat.set_state("warm");
    chat.set_loadable(false);
    chat.set_reason("the server keeps it loaded");
    auto& prediction = *models.mutable_prediction();
    prediction.set_preload(true);
    prediction.set_prediction(true);
    prediction.set_best_expert("order 2");
    prediction.set_threshold(0.25);

    struct PoolWords {
        const char *backend, *protocol, *address;
        unsigned active, idle, low, high;
    };
    for (const PoolWords& words : {PoolWords{"runtime", "grpc", "unix:runtime.sock", 6, 4, 5, 50},
                                   PoolWords{"runtime", "http", "127.0.0.1:41200", 3, 9, 10, 100},
                                   PoolWords{"llama", "http", "127.0.0.1:8080", 2, 8, 10, 100}}) {
        auto& pool = *state_.mutable_pools()->add_pools();
        pool.set_backend(words.backend);
        pool.set_protocol(words.protocol);
        pool.set_address(words.address);
        pool.set_size_min(words.low);
        pool.set_size_max(words.high);
        pool.set_health("healthy");
        for (unsigned i = 0; i < words.active + words.idle; ++i) {
            auto& connection = *pool.add_connections();
            connection.set_id(nextId_++);
            connection.set_state(i < words.active ? "active" : "idle");
            connection.set_uses(20 + pick(4000));
            connection.set_age_ms(1000 + pick(500'000));
        }
    }
    for (const char* name : {"digits-l", "embed-mini", "digits-s"}) {
        auto& lane = *state_.mutable_batches()->add_lanes();
        lane.set_model(name);
        lane.set_signature(std::string(name) == "embed-mini" ? "text, float" : "fp32 [·,784]");
        lane.set_size_limit(100);
        lane.set_size_max(200);
        lane.set_wait_limit_ms(6);
        lane.set_timeout_ms(50);
        lane.set_cost_base_ms(0.31);
        lane.set_cost_per_row_ms(0.018);
    }
    auto& batches = *state_.mutable_batches();
    for (const double bound : {1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 96.0, 128.0, 160.0, 200.0}) {
        batches.add_sizes()->set_le(bound);
    }
    state_.mutable_streams()->set_buffered_bytes_max(10'485'760);
    addEvent(SEVERITY_NOTICE, "engine_started", "engine", "engine started");
    for (const char* name : {"digits-l", "embed-mini", "scribe"}) setModelState(name, "warm", "asked for");
    advance(startMs);
}

double FakeWorld::move(Wave& wave)
{
    // A random walk that is drawn back to its middle, so that it neither drifts nor sticks to a bound.
    const double middle = (wave.low + wave.high) / 2;
    wave.value += (chance() - 0.5) * 2 * wave.step + (middle - wave.value) * 0.04;
    wave.value = std::clamp(wave.value, wave.low, wave.high);
    return wave.value;
}

void FakeWorld::addEvent(Severity severity, const std::string& kind, const std::string& subject,
                         const std::string& text)
{
    Event event;
    event.set_sequence(++eventSequence_);
    event.set_boot_id(state_.boot_id());
    event.set_time_ms(nowMs_);
    event.set_severity(severity);
    event.set_kind(kind);
    event.set_subject(subject);
    event.set_text(text);
    events_.push_back(event);
    if (events_.size() > 2000) events_.pop_front();
    *fresh_.add_events() = event;
}

void FakeWorld::advance(std::int64_t nowMs)
{
    while (nowMs_ + 1000 <= nowMs) {
        nowMs_ += 1000;
        second();
    }
}

void FakeWorld::second()
{
    if (nowMs_ - startMs_ == kRevisionAtMs) {
        addEvent(SEVERITY_NOTICE, "config_applied", "configuration", "batcher.timeout_ms 50 → 20");
    }
    moveModels();
    movePools();
    leaveBatches();
    moveStreams();
    finishRequests();
    sample();
    followGuard();
    auto& engine = *state_.mutable_engine();
    engine.set_uptime_ms(static_cast<std::uint64_t>(nowMs_ - startMs_));
    engine.set_resident_bytes(static_cast<std::uint64_t>(96e6 + 4e6 * std::sin(static_cast<double>(nowMs_) / 40'000)));
    engine.set_idle_resident_bytes(34'000'000);
    engine.set_threads(9);
    engine.set_cpu_cores(0.8 + 0.3 * chance());
    state_.set_time_ms(nowMs_);
}

void FakeWorld::moveModels()
{
    auto& section = *state_.mutable_models();
    const auto second = (nowMs_ - startMs_) / 1000;
    // The probabilities lean towards the model that follows in the sample load's round.
    static const std::array<int, 6> kRound = {2, 3, 4, 2, 5, 3};
    const int next = kRound[static_cast<std::size_t>(second / 7) % kRound.size()];
    for (int i = 0; i < section.models_size(); ++i) {
        auto& model = *section.mutable_models(i);
        const double wanted = i == next ? 0.62 + 0.2 * chance() : 0.02 + 0.08 * chance();
        model.set_next_probability(model.next_probability() * 0.6 + wanted * 0.4);
        if (model.next_probability() > 0.3) {
            model.set_next_why(text("after digits-l, it came %.0f of %.0f times", 20 + std::floor(chance() * 12), 43));
        } else {
            model.set_next_why("seldom after the last one");
        }
        if (model.state() == "warm") {
            model.set_requests_total(model.requests_total() + pick(400));
            if (i == next || chance() < 0.3) model.set_used_ms(nowMs_ - static_cast<std::int64_t>(pick(900)));
            model.set_leases(static_cast<std::uint32_t>(pick(9)));
        } else {
            model.set_leases(0);
        }
        if (model.state() == "loading") {
            model.set_state("warm");
            model.clear_eta_ms();
            model.set_reason("");
            model.set_loads_total(model.loads_total() + 1);
            addEvent(SEVERITY_INFO, "model_loaded", model.model(),
                     model.model() + text(" loaded in %.0f ms", model.load_ms()));
            for (auto& load : *section.mutable_recent()) {
                if (load.model() != model.model() || load.ended_ms() != 0) continue;
                load.set_ended_ms(load.started_ms() + static_cast<std::int64_t>(model.load_ms()));
                load.set_outcome("ok");
                if (load.cause() == "preload") load.set_verdict(chance() < 0.9 ? "hit" : "wasted");
                *fresh_.mutable_models()->add_recent() = load;
            }
            model.set_preloading(false);
        }
    }
    if (second % 11 == 0) {
        const int i = 5 + static_cast<int>(pick(2));
        auto& model = *section.mutable_models(i);
        if (model.state() == "cold") {
            setModelState(model.model(), "loading", chance() < 0.7 ? "preload" : "demand");
        } else if (model.state() == "warm" && !model.pinned()) {
            setModelState(model.model(), "cold", "least worth keeping: 4 % × 180 ms");
        }
    }
    std::uint64_t resident = 0;
    std::uint32_t loading = 0;
    for (const auto& model : section.models()) {
        if (model.state() == "warm") resident += model.bytes();
        if (model.state() == "loading") ++loading;
    }
    section.set_resident_bytes(resident);
    section.set_loading(loading);
    auto& prediction = *section.mutable_prediction();
    prediction.set_accuracy(move(accuracy_));
    prediction.set_accuracy_top3(std::min(0.99, accuracy_.value + 0.07));
    prediction.set_change_accuracy(accuracy_.value - 0.02);
    prediction.set_changes_total(prediction.changes_total() + 1);
    if (chance() < 0.02) prediction.set_waited_loads_total(prediction.waited_loads_total() + 1);
    if (chance() < 0.14) prediction.set_lru_waited_loads_total(prediction.lru_waited_loads_total() + 1);
    prediction.set_hit_rate(move(hits_));
    prediction.set_warm_rate(0.96);
    prediction.set_lru_hit_rate(0.63);
    prediction.set_hits(prediction.hits() + pick(2));
    if (chance() < 0.03) prediction.set_late(prediction.late() + 1);
    if (chance() < 0.04) prediction.set_wasted(prediction.wasted() + 1);
    if (prediction.transition_models_size() == 0) {
        for (int i = 0; i < 6; ++i) prediction.add_transition_models(kModels[static_cast<std::size_t>(i)].name);
        for (int row = 0; row < 6; ++row) {
            double left = 1;
            for (int column = 0; column < 6; ++column) {
                const double share = column == 5 ? left : left * (column == (row * 2 + 1) % 6 ? 0.7 : 0.2 * chance());
                prediction.add_transitions(share);
                left -= share;
            }
        }
    }
}

bool FakeWorld::setModelState(const std::string& name, const std::string& state, const std::string& why)
{
    auto& section = *state_.mutable_models();
    for (auto& model : *section.mutable_models()) {
        if (model.model() != name || !model.loadable()) continue;
        const std::string before = model.state();
        if (before == state) return true;
        model.set_state(state);
        model.set_reason(state == "cold" ? why : "");
        if (state == "loading" || state == "warm") {
            LoadRecord load;
            load.set_id(nextId_++);
            load.set_model(name);
            load.set_cause(why == "preload" ? "preload" : why == "manual" ? "manual" : "demand");
            load.set_queued_ms(nowMs_);
            load.set_started_ms(nowMs_);
            load.set_outcome("loading");
            load.set_why(why == "preload" ? "needed next with 71 %" : "asked for");
            if (state == "warm") {
                load.set_ended_ms(nowMs_ + static_cast<std::int64_t>(model.load_ms()));
                load.set_outcome("ok");
                model.set_loads_total(1);
            } else {
                model.set_eta_ms(model.load_ms());
                model.set_preloading(why == "preload");
            }
            *section.add_recent() = load;
            *fresh_.mutable_models()->add_recent() = load;
            if (section.recent_size() > kRecentMax) section.mutable_recent()->DeleteSubrange(0, 1);
        } else if (before == "warm") {
            for (auto& load : *section.mutable_recent()) {
                if (load.model() != name || load.unloaded_ms() != 0) continue;
                load.set_unloaded_ms(nowMs_);
                load.set_unloaded_why(why);
                *fresh_.mutable_models()->add_recent() = load;
            }
            addEvent(SEVERITY_INFO, "model_evicted", name, name + " unloaded: " + why);
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

void FakeWorld::movePools()
{
    for (auto& pool : *state_.mutable_pools()->mutable_pools()) {
        std::uint32_t active = 0, idle = 0;
        for (auto& connection : *pool.mutable_connections()) {
            connection.set_age_ms(connection.age_ms() + 1000);
            const bool busy = pool.health() != "draining" && chance() < 0.45;
            connection.set_state(busy ? "active" : "idle");
            connection.set_idle_ms(busy ? 0 : connection.idle_ms() + 1000);
            if (busy) connection.set_uses(connection.uses() + 1 + pick(40));
            (busy ? active : idle) += 1;
        }
        pool.set_active(active);
        pool.set_idle(idle);
        pool.set_connecting(chance() < 0.1 ? 1 : 0);
        pool.set_utilisation(static_cast<double>(active) / pool.size_max());
        pool.set_headroom(pool.health() == "draining" ? 0 : pool.size_max() - active);
        pool.set_reused_total(pool.reused_total() + 800 + pick(400));
        if (chance() < 0.08 && pool.connections_size() > 4) {
            // One reaches its age and another takes its place.
            static const std::array<const char*, 5> kReasons = {"idle", "age", "age", "shrink", "server_closed"};
            ++(*pool.mutable_closed_total())[kReasons[pick(kReasons.size())]];
            pool.set_created_total(pool.created_total() + 1);
            auto& connection =
                *pool.mutable_connections(static_cast<int>(pick(static_cast<std::uint64_t>(pool.connections_size()))));
            connection.set_id(nextId_++);
            connection.set_age_ms(0);
            connection.set_uses(0);
        }
        pool.set_reuse_rate(reuse_.value);
        pool.set_create_p99_ms(0.6 + chance());
        pool.set_wait_p99_ms(0.1 + 0.2 * chance());
        if ((nowMs_ / 1000) % 30 == 0) {
            pool.set_health_passed_total(pool.health_passed_total() + 1);
            pool.set_health_latency_ms(0.4 + chance());
            pool.set_health_checked_ms(nowMs_);
        }
        if (pool.backend() == "llama") {
            pool.set_idle_limit_ms(4000);
            pool.set_idle_limit_why("closes idle after 5 s (learned, 41 seen): we leave at 4 s");
        }
    }
}

std::uint32_t FakeWorld::evict(const std::string& backend, std::vector<std::uint64_t> ids)
{
    std::uint32_t count = 0;
    for (auto& pool : *state_.mutable_pools()->mutable_pools()) {
        if (pool.backend() != backend) continue;
        auto& connections = *pool.mutable_connections();
        for (int i = connections.size() - 1; i >= 0; --i) {
            const bool named = std::find(ids.begin(), ids.end(), connections.Get(i).id()) != ids.end();
            if (ids.empty() ? connections.Get(i).state() != "idle" : !named) continue;
            connections.DeleteSubrange(i, 1);
            ++(*pool.mutable_closed_total())["evicted"];
            ++count;
        }
    }
    return count;
}

bool FakeWorld::drain(const std::string& backend, bool draining)
{
    bool any = false;
    for (auto& pool : *state_.mutable_pools()->mutable_pools()) {
        if (pool.backend() != backend) continue;
        pool.set_health(draining ? "draining" : "healthy");
        any = true;
    }
    return any;
}

void FakeWorld::leaveBatches()
{
    auto& section = *state_.mutable_batches();
    const double average = move(rows_);
    for (auto& lane : *section.mutable_lanes()) {
        lane.set_waiting(static_cast<std::uint32_t>(pick(48)));
        lane.set_waiting_rows(lane.waiting());
        lane.set_oldest_ms(lane.waiting() ? 0.2 + 3 * chance() : 0);
        lane.set_in_flight(1);
        lane.set_size_limit(static_cast<std::uint32_t>(std::clamp(average * 1.25, 60.0, 200.0)));
        lane.set_limit_why("grew 8 s ago: members took 6.1 of 25 ms");
        for (int i = 0; i < 6; ++i) {
            BatchRecord batch;
            batch.set_id(nextId_++);
            batch.set_model(lane.model());
            batch.set_time_ms(nowMs_ - 1000 + 160 * i + static_cast<std::int64_t>(pick(100)));
            const double luck = chance();
            batch.set_why(luck < 0.72 ? "size" : luck < 0.93 ? "idle" : luck < 0.985 ? "timeout" : "deadline");
            const double fill = batch.why() == "size" ? 1 : 0.15 + 0.6 * chance();
            batch.set_size_limit(lane.size_limit());
            batch.set_rows(static_cast<std::uint32_t>(std::max(1.0, lane.size_limit() * fill)));
            batch.set_requests(batch.rows());
            batch.set_wait_ms(batch.why() == "timeout" ? 50 : 1 + (1 - fill) * 9 * chance() + 2 * chance());
            batch.set_run_ms(0.31 + 0.018 * batch.rows() + 2 * chance());
            batch.set_why_text(batch.why() == "size"      ? "the size limit was reached"
                               : batch.why() == "idle"    ? "the backend was idle: nothing to gain by waiting"
                               : batch.why() == "timeout" ? "the maximum wait was reached"
                                                          : "a member's deadline was near");
            ++(*lane.mutable_closed_total())[batch.why()];
            lane.set_batches_total(lane.batches_total() + 1);
            lane.set_requests_total(lane.requests_total() + batch.requests());
            lane.set_rows_total(lane.rows_total() + batch.rows());
            lane.set_rows_largest(std::max(lane.rows_largest(), batch.rows()));
            for (auto& bucket : *section.mutable_sizes()) {
                if (batch.rows() > bucket.le()) continue;
                bucket.set_count(bucket.count() + 1);
                break;
            }
            *section.add_recent() = batch;
            *fresh_.mutable_batches()->add_recent() = batch;
        }
        lane.set_rows_average(static_cast<double>(lane.rows_total()) / static_cast<double>(lane.batches_total()));
    }
    if (section.recent_size() > kRecentMax)
        section.mutable_recent()->DeleteSubrange(0, section.recent_size() - kRecentMax);
}

void FakeWorld::moveStreams()
{
    auto& section = *state_.mutable_streams();
    for (int i = section.streams_size() - 1; i >= 0; --i) {
        auto& stream = *section.mutable_streams(i);
        stream.set_bytes_out(stream.bytes_out() + static_cast<std::uint64_t>(stream.bytes_per_second()));
        stream.set_bytes_in(stream.bytes_out() + stream.buffered_bytes());
        if (stream.events() > 0)
            stream.set_events(stream.events() + static_cast<std::uint64_t>(stream.events_per_second()));
        const bool slow = stream.client() == "notebook";
        if (slow && chance() < 0.3) {
            const bool paused = stream.state() == "paused";
            stream.set_state(paused ? "streaming" : "paused");
            stream.set_paused_by(paused ? "" : "client");
            stream.set_paused_ms(0);
            if (!paused) {
                stream.set_pauses(stream.pauses() + 1);
                stream.set_buffered_bytes(stream.window_bytes());
                if (chance() < 0.15) {
                    addEvent(SEVERITY_WARNING, "stream_paused", stream.client(),
                             "reading is slow: 1 MB waits for it, the backend is held");
                }
            }
        }
        if (stream.state() == "paused") {
            stream.set_paused_ms(stream.paused_ms() + 1000);
            (*section.mutable_paused_seconds_by_client())[stream.client()] += 1;
        } else {
            stream.set_buffered_bytes(
                static_cast<std::uint64_t>(static_cast<double>(stream.window_bytes()) * 0.4 * chance()));
        }
        if (chance() < 0.04) section.mutable_streams()->DeleteSubrange(i, 1);
    }
    while (section.streams_size() < 7) {
        auto& stream = *section.add_streams();
        const auto client = pick(kClients.size());
        const bool tokens = chance() < 0.6;
        stream.set_id(nextId_++);
        stream.set_request_id(stream.id());
        stream.set_client(kClients[client]);
        stream.set_model(tokens ? (chance() < 0.5 ? "scribe" : "chat-8b") : "embed-mini");
        stream.set_protocol(tokens ? "sse" : "http");
        stream.set_started_ms(nowMs_);
        stream.set_events(tokens ? 1 : 0);
        stream.set_bytes_per_second(tokens ? 4'000 + chance() * 3000 : 2e6 + chance() * 3e7);
        stream.set_events_per_second(tokens ? 30 + chance() * 25 : 0);
        stream.set_window_bytes(1'048'576);
        stream.set_state("streaming");
        stream.set_chunk_bytes(tokens ? 0 : 65'536u << pick(4));
        if (!tokens && chance() < 0.6) stream.set_compression_ratio(2.5 + 2 * chance());
        stream.set_first_byte_ms(firstByte_.value);
    }
    section.set_buffered_bytes(static_cast<std::uint64_t>(move(buffered_)));
    std::uint32_t paused = 0;
    for (const auto& stream : section.streams()) paused += stream.state() == "paused" ? 1 : 0;
    section.set_paused(paused);
}

void FakeWorld::finishRequests()
{
    for (int i = 0; i < 5; ++i) {
        RequestRecord request;
        request.set_id(nextId_++);
        request.set_time_ms(nowMs_ - 900 + i * 180);
        const auto client = pick(kClients.size());
        request.set_client(kClients[client]);
        const double luck = chance();
        const bool chat = luck < 0.3;
        const bool digits = luck >= 0.6;
        request.set_model(chat ? "scribe" : digits ? "digits-l" : "embed-mini");
        request.set_route(chat ? "POST /v1/chat/completions" : digits ? "ModelInfer" : "POST /v1/embeddings");
        request.set_queued_ms(0.05 + 0.1 * chance());
        const bool cold = chance() < 0.06;
        request.set_model_ms(cold ? 60 + 120 * chance() : 0);
        request.set_batch_ms(chat ? 0 : 0.5 + 4 * chance());
        const bool fresh = chance() < 0.02;
        request.set_connect_ms(fresh ? 0.8 + chance() : 0);
        request.set_run_ms(chat ? 30 + 30 * chance() : 2 + 4 * chance());
        request.set_stream_ms(chat ? 400 + 1800 * chance() : 0.1 + 0.3 * chance());
        request.set_load_ms(request.model_ms());
        request.set_receive_ms(0.02);
        request.set_processing_ms(0.06 + 0.04 * chance());
        request.set_request_class(chat     ? REQUEST_CLASS_GENERATION
                                  : digits ? REQUEST_CLASS_TENSOR
                                           : REQUEST_CLASS_EMBEDDING);
        settle(request);
        request.set_connection_reused(!fresh);
        request.set_batch_rows(chat ? 0 : static_cast<std::uint32_t>(rows_.value * (0.6 + 0.4 * chance())));
        request.set_events_out(chat ? 20 + pick(120) : 0);
        request.set_bytes_out(chat ? 3000 + pick(9000) : digits ? 180 : 6200);
        request.set_own(false);
        request.set_phase("done");
        request.set_status(200);
        request.add_story("admitted at once: 41 of 4,096 under way");
        if (cold) {
            request.add_story(request.model() + " was not in memory: loaded on demand");
        } else {
            request.add_story(request.model() + " was warm");
        }
        if (request.batch_rows() > 0)
            request.add_story(text("left in a batch of %.0f rows: size", request.batch_rows()));
        request.add_story(fresh ? "a new connection: none was free" : "connection reused");
        const double fate = chance();
        if (fate < 0.02) {
            request.set_phase("failed");
            request.set_status(504);
            request.set_reason("the backend did not answer within 30 s");
            request.add_story("failed: the backend did not answer within 30 s");
        } else if (fate < 0.05) {
            request.set_phase("cancelled");
            request.set_status(499);
            request.set_reason("the client disconnected");
        }
        *fresh_.add_requests() = request;
    }
    // Those under way: some leave, others come.
    open_.erase(std::remove_if(open_.begin(), open_.end(),
                               [&](RequestRecord& request) {
                                   request.set_stream_ms(request.stream_ms() + 1000);
                                   settle(request);
                                   request.set_phase("streaming");
                                   request.set_events_out(request.events_out() + 35);
                                   if (chance() > 0.25) return false;
                                   request.set_phase("done");
                                   request.set_status(200);
                                   *fresh_.add_requests() = request;
                                   return true;
                               }),
                open_.end());
    while (open_.size() < 4) {
        RequestRecord request;
        request.set_id(nextId_++);
        request.set_time_ms(nowMs_);
        request.set_client(kClients[pick(kClients.size())]);
        request.set_model("scribe");
        request.set_route("POST /v1/chat/completions");
        request.set_phase("running");
        request.set_queued_ms(0.1);
        request.set_run_ms(42);
        request.set_request_class(REQUEST_CLASS_GENERATION);
        settle(request);
        request.set_connection_reused(true);
        open_.push_back(request);
    }
    auto& flow = *state_.mutable_flow();
    flow.set_requests_in_flight(40 + pick(30));
    flow.set_requests_total(flow.requests_total() + static_cast<std::uint64_t>(rate_.value));
    flow.set_requests_served_total(flow.requests_total() - flow.requests_in_flight());
    flow.set_narrowest_stage("inference");
    flow.set_narrowest_why("batches wait 4.2 ms for the backend, longer than anywhere else");
}

void FakeWorld::sample()
{
    Sample& next = *state_.mutable_sample();
    next.Clear();
    next.set_time_ms(nowMs_);
    auto& values = *next.mutable_values();
    const double rate = move(rate_);
    const double failed = chance() < 0.1 ? 3 * chance() : 0;
    values["served_per_second"] = rate;
    values["offered_per_second"] = rate * (1 + 0.06 * (chance() - 0.3));
    values["failed_per_second"] = failed;
    values["refused_per_second"] = 0;
    values["cancelled_per_second"] = chance() < 0.2 ? 1 : 0;
    values["error_share"] = failed / (rate + failed);
    values["requests_in_flight"] = static_cast<double>(state_.flow().requests_in_flight());
    values["served_generation_per_second"] = 2;
    values["served_embedding_per_second"] = std::round(rate * 0.1);
    values["served_tensor_per_second"] = rate - 2 - std::round(rate * 0.1);
    values["latency_tensor_p50_ms"] = move(p50_);
    values["latency_tensor_p99_ms"] = std::max(move(p99_), p50_.value + 1);
    values["latency_embedding_p50_ms"] = p50_.value * 1.4;
    values["latency_embedding_p99_ms"] = p99_.value * 1.3;
    values["latency_generation_p50_ms"] = 620 + 80 * chance();
    values["latency_generation_p99_ms"] = 1900 + 300 * chance();
    values["added_p50_ms"] = 0.6 + 0.3 * chance();
    values["added_p99_ms"] = wait_.value + 0.5;
    values["added_tensor_p50_ms"] = values["added_p50_ms"];
    values["added_tensor_p99_ms"] = values["added_p99_ms"];
    values["added_embedding_p50_ms"] = values["added_p50_ms"] * 1.2;
    values["added_embedding_p99_ms"] = values["added_p99_ms"] * 1.1;
    values["added_generation_p50_ms"] = 0.2 + 0.1 * chance();
    values["added_generation_p99_ms"] = 0.5 + 0.2 * chance();
    values["first_byte_p50_ms"] = move(firstByte_);
    values["first_byte_p99_ms"] = firstByte_.value * 1.8;
    values["memory_per_request_bytes"] = move(memory_);
    double active = 0, idle = 0, connecting = 0;
    for (const auto& pool : state_.pools().pools()) {
        active += pool.active();
        idle += pool.idle();
        connecting += pool.connecting();
    }
    values["connections_active"] = active;
    values["connections_idle"] = idle;
    values["connections_connecting"] = connecting;
    values["connections_open"] = active + idle;
    values["connection_reuse"] = move(reuse_);
    values["connections_created_per_second"] = chance() < 0.2 ? 1 : 0;
    values["connection_create_p99_ms"] = 0.8 + 1.4 * chance();
    values["connection_wait_p99_ms"] = 0.1 + 0.3 * chance();
    values["health_p99_ms"] = 0.6 + 0.4 * chance();
    values["connection_waiters"] = chance() < 0.1 ? 1 : 0;
    values["batch_rows_average"] = rows_.value;
    values["batches_per_second"] = rate / rows_.value;
    values["batch_rows_per_second"] = rate;
    values["batch_size_limit"] = state_.batches().lanes(0).size_limit();
    values["batch_wait_p99_ms"] = move(wait_);
    values["batch_run_p50_ms"] = move(run_);
    values["batch_efficiency"] = 0.94 + 0.05 * chance();
    values["batch_queue"] = static_cast<double>(pick(60));
    values["batch_in_flight"] = 2;
    values["load_average_ms"] = 120 + 60 * chance();
    values["loads_per_second"] = chance() < 0.1 ? 1 : 0;
    values["load_queue"] = chance() < 0.1 ? 1 : 0;
    values["load_loading"] = state_.models().loading();
    double warm = 0;
    for (const auto& model : state_.models().models()) warm += model.state() == "warm" ? 1 : 0;
    values["resident_models"] = warm;
    values["resident_bytes"] = static_cast<double>(state_.models().resident_bytes());
    values["preload_hit_rate"] = hits_.value;
    values["prediction_accuracy"] = accuracy_.value;
    values["change_accuracy"] = accuracy_.value - 0.02;
    values["warm_rate"] = 0.96;
    values["lru_warm_rate"] = 0.63;
    values["waited_loads"] = 6;
    values["lru_waited_loads"] = 96;
    values["streams_open"] = state_.streams().streams_size();
    values["streams_paused"] = state_.streams().paused();
    values["stream_bytes_out_per_second"] = move(out_);
    values["stream_bytes_in_per_second"] = out_.value * (0.97 + 0.06 * chance());
    values["stream_buffered_bytes"] = buffered_.value;
    values["stream_chunk_bytes_average"] = 180'000 + 60'000 * chance();
    values["stream_gap_p50_ms"] = 20 + 4 * chance();
    values["stream_gap_p99_ms"] = 40 + 20 * chance();
    values["stream_pauses_per_second"] = chance() < 0.1 ? 1 : 0;
    values["backpressure_rate"] = 0.002 + 0.004 * chance();
    values["compression_ratio"] = 3.6 + 0.3 * chance();
    values["stream_events_per_second"] = 140 + 40 * chance();
    values["engine_resident_bytes"] = static_cast<double>(state_.engine().resident_bytes());
    values["engine_cpu_cores"] = state_.engine().cpu_cores();
    values["loop_lag_p99_ms"] = 0.2 + 0.2 * chance();
    samples_.push_back(next);
    if (samples_.size() > kSamplesMax) samples_.pop_front();
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

History FakeWorld::history() const
{
    History history;
    std::map<std::string, History::Series*> series;
    for (const auto& sample : samples_) {
        for (const auto& [name, value] : sample.values()) {
            auto& entry = series[name];
            if (!entry) {
                entry = history.add_series();
                entry->set_name(name);
            }
            while (entry->values_size() < history.times_ms_size()) entry->add_values(std::nan(""));
            entry->add_values(value);
        }
        history.add_times_ms(sample.time_ms());
    }
    for (const auto& event : events_) *history.add_events() = event;
    return history;
}

History FakeWorld::history(const GetHistoryRequest& request) const
{
    constexpr std::int64_t kDayMs = 86'400'000;
    const std::int64_t to = request.to_ms() == 0 ? nowMs_ : request.to_ms();
    const std::int64_t from = request.from_ms();
    const auto most = static_cast<std::int64_t>(request.points_max() == 0 ? 300 : request.points_max());
    const std::int64_t resolution = nowMs_ - from > kDayMs ? 60'000 : nowMs_ - from > 3'600'000 ? 10'000 : 1'000;
    const std::int64_t step = ((std::max<std::int64_t>(to - from, 1) / most) / resolution + 1) * resolution;
    const std::int64_t start = from / step * step;
    const auto count = static_cast<int>((to - start) / step + 1);

    struct Sum {
        std::vector<double> totals, weights;
        double mean = 0, seen = 0;
    };
    std::map<std::string, Sum> sums;
    const auto wanted = [&](const std::string& name) {
        return request.names().empty() ||
               std::find(request.names().begin(), request.names().end(), name) != request.names().end();
    };
    for (const auto& sample : samples_) {
        for (const auto& [name, value] : sample.values()) {
            if (!wanted(name)) continue;
            Sum& sum = sums[name];
            sum.totals.resize(static_cast<std::size_t>(count));
            sum.weights.resize(static_cast<std::size_t>(count));
            sum.mean += value;
            sum.seen += 1;
            const std::int64_t at = (sample.time_ms() - start) / step;
            if (sample.time_ms() < start || at >= count) continue;
            sum.totals[static_cast<std::size_t>(at)] += value;
            sum.weights[static_cast<std::size_t>(at)] += 1;
        }
    }
    History history;
    for (int i = 0; i < count; ++i) history.add_times_ms(start + i * step);
    const std::int64_t oldest = samples_.empty() ? nowMs_ : samples_.front().time_ms();
    for (auto& [name, sum] : sums) {
        auto& series = *history.add_series();
        series.set_name(name);
        for (int i = 0; i < count; ++i) {
            const std::int64_t when = start + i * step;
            const auto at = static_cast<std::size_t>(i);
            // Days and nights of one that was busy before.
            const double wave = 0.72 + 0.28 * std::sin(2 * 3.14159265 * static_cast<double>(when % kDayMs) / kDayMs);
            const bool before = when < oldest && when >= startMs_ - kPastMs;
            series.add_values(sum.weights[at] > 0 ? sum.totals[at] / sum.weights[at]
                              : before            ? sum.mean / sum.seen * wave
                                                  : std::nan(""));
        }
    }
    for (const auto& event : events_) {
        if (event.time_ms() >= from && event.time_ms() <= to) *history.add_events() = event;
    }
    return history;
}

Requests FakeWorld::openRequests() const
{
    Requests out;
    for (const auto& request : open_) *out.add_requests() = request;
    return out;
}

bool FakeWorld::cancel(std::uint64_t id)
{
    const auto found =
        std::find_if(open_.begin(), open_.end(), [id](const auto& request) { return request.id() == id; });
    if (found == open_.end()) {
        auto& streams = *state_.mutable_streams()->mutable_streams();
        const auto stream =
            std::find_if(streams.begin(), streams.end(), [id](const auto& entry) { return entry.request_id() == id; });
        if (stream == streams.end()) return false;
        streams.erase(stream);
        return true;
    }
    found->set_phase("cancelled");
    found->set_reason("cancelled by the operator");
    *fresh_.add_requests() = *found;
    open_.erase(found);
    return true;
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
    guard.set_requests_before(static_cast<std::uint64_t>(rate_.value * 60));
    for (const char* name : {"served_per_second", "error_share", "latency_tensor_p99_ms", "added_p50_ms"}) {
        const auto found = state_.sample().values().find(name);
        if (found != state_.sample().values().end()) (*guard.mutable_before())[name] = found->second;
    }
}

void FakeWorld::followGuard()
{
    if (state_.guard().outcome() != GUARD_OUTCOME_MEASURING) return;
    auto& guard = *state_.mutable_guard();
    guard.set_requests_after(guard.requests_after() + static_cast<std::uint64_t>(rate_.value));
    for (const auto& [name, before] : guard.before()) {
        const auto found = state_.sample().values().find(name);
        if (found != state_.sample().values().end()) (*guard.mutable_after())[name] = found->second;
    }
    if (nowMs_ < guard.judged_ms()) return;
    guard.set_judged_ms(nowMs_);
    if (std::exchange(guardWorse_, false)) {
        guard.set_outcome(GUARD_OUTCOME_REVERTED);
        guard.set_reason("p99 of tensor calls 11.2 ms → 26.4 ms");
        addEvent(SEVERITY_WARNING, "config_reverted", "configuration",
                 "guarded revision " + std::to_string(guard.revision()) + " is taken back: " + guard.reason());
        return;
    }
    guard.set_outcome(GUARD_OUTCOME_KEPT);
    guard.set_reason(text("p99 of tensor calls %.1f ms → %.1f ms, requests failed, refused or rejected 0 %% → 0 %%",
                          guard.before().at("latency_tensor_p99_ms"), guard.after().at("latency_tensor_p99_ms")));
    addEvent(SEVERITY_INFO, "config_kept", "configuration",
             "guarded revision " + std::to_string(guard.revision()) + " kept: " + guard.reason());
}

void FakeWorld::setRevision(std::uint64_t revision, const std::string& what)
{
    state_.set_revision(revision);
    addEvent(SEVERITY_NOTICE, "config_applied", "configuration", what);
}

}  // namespace millrace::desktop
