// SPDX-License-Identifier: GPL-3.0-or-later
#include "to_proto.h"

#include "enum_to_proto.h"
#include "phrases.h"
#include "serve/bottleneck.h"
#include "telemetry/sentence_message.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace millrace {

using telemetry::message;

namespace {

std::uint64_t wholeMs(Duration span)
{
    return static_cast<std::uint64_t>(
        std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::milliseconds>(span).count()));
}

}  // namespace

void toProto(const std::vector<pool::PoolSnapshot>& from, const Clock& clock, control::v1::PoolSection& to,
             const Sentence& listing)
{
    for (const auto& pool : from) {
        auto& out = *to.add_pools();
        out.set_backend(pool.backend);
        out.set_protocol(toProto(pool.protocol));
        out.set_address(pool.address);
        out.set_active(pool.active);
        out.set_idle(pool.idle);
        out.set_connecting(pool.connecting);
        out.set_draining(pool.draining);
        out.set_size_min(pool.sizeMin);
        out.set_size_max(pool.sizeMax);
        out.set_waiters(pool.waiters);
        out.set_created_total(pool.created);
        out.set_reused_total(pool.reused);
        out.set_failed_total(pool.failed);
        if (pool.reuseRate) out.set_reuse_rate(*pool.reuseRate);
        out.set_utilisation(pool.utilisation);
        out.set_headroom(pool.headroom);
        out.set_health_passed_total(pool.healthPassed);
        out.set_health_failed_total(pool.healthFailed);
        if (pool.healthLatency) out.set_health_latency_ms(toMs(*pool.healthLatency));
        out.set_health(toProto(pool.health));
        const Sentence health = Sentence::joined(pool.healthReason, listing);
        out.set_health_reason(health.english());
        *out.mutable_health_words() = message(health);
        if (pool.healthChecked) out.set_health_checked_ms(clock.unixMs(*pool.healthChecked));
        for (const auto& [reason, count] : pool.closed) {
            auto& closed = *out.add_closed_total();
            closed.set_reason(toProto(reason));
            closed.set_count(count);
        }
        for (const auto& connection : pool.connections) {
            auto& message = *out.add_connections();
            message.set_id(connection.id.value);
            message.set_state(toProto(connection.state));
            message.set_age_ms(wholeMs(connection.age));
            message.set_idle_ms(wholeMs(connection.idle));
            message.set_uses(connection.uses);
            message.set_calls(connection.calls);
            message.set_http2(connection.http2);
        }
        if (pool.createP99Ms) out.set_create_p99_ms(*pool.createP99Ms);
        if (pool.waitP99Ms) out.set_wait_p99_ms(*pool.waitP99Ms);
        out.set_idle_limit_ms(wholeMs(pool.idleLimit));
        out.set_idle_limit_why(pool.idleLimitWhy.english());
        *out.mutable_idle_limit_words() = message(pool.idleLimitWhy);
    }
}

std::uint64_t toProto(const batch::Batcher& from, const batch::Options& options, const HistogramData& sizes,
                      const Clock& clock, std::uint64_t cursor, control::v1::BatchSection& to)
{
    for (const auto& lane : from.lanes()) {
        auto& out = *to.add_lanes();
        out.set_model(lane.model);
        out.set_signature(lane.signature);
        out.set_waiting(lane.waiting);
        out.set_waiting_rows(lane.waitingRows);
        out.set_oldest_ms(toMs(lane.oldest));
        out.set_in_flight(lane.inFlight);
        out.set_size_limit(lane.sizeLimit);
        out.set_size_max(options.sizeMax);
        out.set_wait_limit_ms(toMs(lane.waitLimit));
        out.set_timeout_ms(toMs(options.timeout));
        if (lane.costBaseMs) out.set_cost_base_ms(*lane.costBaseMs);
        if (lane.costPerRowMs) out.set_cost_per_row_ms(*lane.costPerRowMs);
        out.set_batches_total(lane.batches);
        out.set_requests_total(lane.requests);
        out.set_rows_total(lane.rows);
        if (lane.batches > 0) out.set_rows_average(static_cast<double>(lane.rows) / static_cast<double>(lane.batches));
        out.set_rows_largest(lane.rowsLargest);
        for (const auto& [reason, count] : lane.closed) {
            auto& closed = *out.add_closed_total();
            closed.set_reason(toProto(reason));
            closed.set_count(count);
        }
        out.set_limit_why(lane.limitWhy.english());
        *out.mutable_limit_words() = message(lane.limitWhy);
        out.set_note(lane.note.english());
        *out.mutable_note_words() = message(lane.note);
    }
    const auto& recent = from.recent();
    for (auto position = std::max(cursor, recent.begin()); position < recent.end(); ++position) {
        const auto& batch = recent.at(position);
        auto& out = *to.add_recent();
        out.set_id(batch.id.value);
        out.set_model(batch.model);
        out.set_time_ms(clock.unixMs(batch.dispatchedAt));
        out.set_requests(batch.requests);
        out.set_rows(batch.rows);
        out.set_size_limit(batch.sizeLimit);
        out.set_why(toProto(batch.why));
        out.set_why_text(batch.whyText.english());
        *out.mutable_why_words() = message(batch.whyText);
        out.set_wait_ms(toMs(batch.wait));
        out.set_run_ms(toMs(batch.run));
        out.set_failed(batch.failed);
    }
    for (std::size_t i = 0; i < sizes.counts.size(); ++i) {
        auto& bucket = *to.add_sizes();
        bucket.set_le(i < sizes.bounds.size() ? sizes.bounds[i] : std::numeric_limits<double>::infinity());
        bucket.set_count(sizes.counts[i]);
    }
    return recent.end();
}

void toProto(const load::ModelSnapshot& from, const Clock& clock, control::v1::ModelState& to)
{
    to.set_model(from.model);
    to.set_backend(from.backend);
    to.set_state(toProto(from.state));
    to.set_preloading(from.preloading);
    to.set_pinned(from.pinned);
    to.set_loadable(from.loadable);
    to.set_bytes(from.bytes);
    if (from.loadMs) to.set_load_ms(*from.loadMs);
    if (from.etaMs) to.set_eta_ms(*from.etaMs);
    if (from.used) to.set_used_ms(clock.unixMs(*from.used));
    to.set_leases(from.leases);
    to.set_next_probability(from.nextProbability);
    to.set_next_why(from.nextWhy.english());
    *to.mutable_next_words() = message(from.nextWhy);
    to.set_reason(from.reason.english());
    *to.mutable_reason_words() = message(from.reason);
    to.set_requests_total(from.requests);
    to.set_loads_total(from.loads);
    to.set_kind(toProto(from.kind));
    if (from.policy.idleTtl) to.set_idle_ttl_ms(static_cast<std::uint64_t>(std::llround(toMs(*from.policy.idleTtl))));
    to.set_never_preloaded(!from.policy.preload);
}

void toProto(const load::Loader& from, const load::Options& options, const Clock& clock, control::v1::ModelSection& to)
{
    for (const auto& model : from.models()) toProto(model, clock, *to.add_models());
    for (const auto& load : from.records().values()) {
        auto& out = *to.add_recent();
        out.set_id(load.id.value);
        out.set_model(load.model);
        out.set_cause(toProto(load.cause));
        out.set_queued_ms(clock.unixMs(load.queued));
        if (load.started) out.set_started_ms(clock.unixMs(*load.started));
        if (load.ended) out.set_ended_ms(clock.unixMs(*load.ended));
        out.set_outcome(toProto(load.outcome));
        out.set_why(load.why.english());
        *out.mutable_why_words() = message(load.why);
        if (load.unloaded) out.set_unloaded_ms(clock.unixMs(*load.unloaded));
        out.set_unloaded_why(load.unloadedWhy.english());
        *out.mutable_unloaded_words() = message(load.unloadedWhy);
        if (load.verdict) out.set_verdict(toProto(*load.verdict));
        if (load.unloadedFor) out.set_unload_reason(toProto(*load.unloadedFor));
    }
    const auto prediction = from.prediction();
    auto& out = *to.mutable_prediction();
    out.set_preload(options.preload);
    out.set_prediction(options.prediction);
    if (prediction.accuracy) out.set_accuracy(*prediction.accuracy);
    if (prediction.accuracyTop3) out.set_accuracy_top3(*prediction.accuracyTop3);
    if (prediction.hitRate) out.set_hit_rate(*prediction.hitRate);
    if (prediction.lruHitRate) out.set_lru_hit_rate(*prediction.lruHitRate);
    if (prediction.warmRate) out.set_warm_rate(*prediction.warmRate);
    if (prediction.changeAccuracy) out.set_change_accuracy(*prediction.changeAccuracy);
    out.set_changes_total(prediction.changes);
    out.set_waited_loads_total(prediction.waitedLoads);
    out.set_lru_waited_loads_total(prediction.lruWaitedLoads);
    out.set_hits(prediction.hits);
    out.set_late(prediction.late);
    out.set_wasted(prediction.wasted);
    out.set_threshold(prediction.threshold);
    out.set_best_expert(prediction.bestExpert);
    for (const auto& name : prediction.transitionModels) out.add_transition_models(name);
    for (const auto share : prediction.transitions) out.add_transitions(share);
    to.set_budget_bytes(options.budgetBytes);
    to.set_resident_bytes(from.residentBytes());
    to.set_loading(from.loading());
    to.set_queued(from.queued());
    to.set_concurrent_max(options.concurrentMax);
    to.set_idle_ttl_ms(static_cast<std::uint64_t>(std::llround(toMs(options.idleTtl))));
}

void toProto(const stream::Streamer& from, const Clock& clock, control::v1::StreamSection& to)
{
    std::uint32_t paused = 0;
    for (const auto& stream : from.streams()) {
        auto& out = *to.add_streams();
        out.set_id(stream.id.value);
        out.set_request_id(stream.request.value);
        out.set_client(stream.client);
        out.set_model(stream.model);
        out.set_protocol(stream.eventStream ? control::v1::STREAM_PROTOCOL_SSE : control::v1::STREAM_PROTOCOL_HTTP);
        out.set_started_ms(clock.unixMs(stream.started));
        out.set_bytes_in(stream.bytesIn);
        out.set_bytes_out(stream.bytesOut);
        out.set_events(stream.events);
        out.set_bytes_per_second(stream.bytesPerSecond);
        out.set_events_per_second(stream.eventsPerSecond);
        out.set_buffered_bytes(stream.buffered);
        out.set_window_bytes(stream.window);
        out.set_state(toProto(stream.state));
        out.set_paused_by(toProto(stream.pausedBy));
        out.set_paused_ms(toMs(stream.paused));
        out.set_pauses(stream.pauses);
        out.set_chunk_bytes(stream.chunkBytes);
        if (stream.compressionRatio) out.set_compression_ratio(*stream.compressionRatio);
        if (stream.firstByte) out.set_first_byte_ms(toMs(*stream.firstByte));
        if (stream.state == stream::Progress::Paused) ++paused;
    }
    to.set_buffered_bytes(from.bufferedBytes());
    to.set_buffered_bytes_max(from.bufferedBytesMax());
    to.set_paused(paused);
    for (const auto& [client, seconds] : from.pausedSecondsByClient())
        (*to.mutable_paused_seconds_by_client())[client] = seconds;
}

void toProto(const serve::RequestRecord& from, const Clock& clock, control::v1::RequestRecord& to)
{
    to.set_id(from.id.value);
    to.set_time_ms(clock.unixMs(from.arrived));
    to.set_client(from.client.str());
    to.set_model(from.model);
    to.set_route(from.route);
    to.set_phase(toProto(from.trace.phase()));
    to.set_outcome(toProto(from.outcome));
    to.set_request_class(toProto(from.kind));
    to.set_total_ms(toMs(from.total));
    const auto spent = [&from](Phase phase) { return toMs(from.trace.spent(phase)); };
    to.set_receive_ms(spent(Phase::Receiving));
    to.set_processing_ms(spent(Phase::Processing));
    to.set_queued_ms(spent(Phase::Queued));
    to.set_model_ms(spent(Phase::Model));
    to.set_load_ms(toMs(from.trace.loading));
    to.set_batch_ms(spent(Phase::Batching));
    to.set_connect_ms(spent(Phase::Connecting));
    to.set_run_ms(spent(Phase::Running));
    to.set_stream_ms(spent(Phase::Streaming));
    to.set_client_reads_ms(spent(Phase::ClientReads));
    to.set_added_ms(toMs(from.trace.added()));
    if (from.firstByte) to.set_first_byte_ms(toMs(*from.firstByte));
    to.set_bytes_out(from.bytesOut);
    to.set_events_out(from.trace.events);
    to.set_batch_rows(from.trace.batchRows);
    to.set_batch_id(from.trace.batch.value);
    to.set_connection_reused(from.trace.connectionReused);
    to.set_own(from.own);
    to.set_status(from.status);
    to.set_reason(from.reason);
    for (const Decision& decision : from.trace.decisions) to.add_decisions(decision.text());
}

void toProto(const serve::Gateway& from, const Clock& clock, control::v1::Flow& to)
{
    to.set_requests_in_flight(from.inFlight());
    to.set_requests_total(from.total());
    to.set_requests_failed_total(from.count(serve::Outcome::Failed));
    to.set_requests_cancelled_total(from.count(serve::Outcome::Cancelled));
    to.set_requests_refused_total(from.count(serve::Outcome::Refused));
    to.set_requests_rejected_total(from.count(serve::Outcome::Rejected));
    to.set_requests_served_total(from.count(serve::Outcome::Ok));

    const auto found = serve::bottleneckOf(from.ended(), clock.now());
    if (!found) return;
    const auto [stage, phrase] = [&]() -> std::pair<config::v1::Stage, Phrase> {
        using Stage = serve::Bottleneck::Stage;
        switch (found->stage) {
            case Stage::Connections:
                return {config::v1::STAGE_CONNECTIONS, Phrase::BottleneckConnections};
            case Stage::Batches:
                return {config::v1::STAGE_BATCHES, Phrase::BottleneckBatches};
            case Stage::Models:
                return {config::v1::STAGE_MODELS, Phrase::BottleneckModels};
            case Stage::Inference:
                return {config::v1::STAGE_INFERENCE, Phrase::BottleneckInference};
            case Stage::Streams:
                return {config::v1::STAGE_STREAMS, Phrase::BottleneckStreams};
        }
        return {config::v1::STAGE_UNSPECIFIED, Phrase::BottleneckInference};
    }();
    to.set_bottleneck_stage(stage);
    const Sentence why = say(phrase, Value::share(found->share), Value(found->requests, Unit::Requests));
    to.set_bottleneck_why(why.english());
    *to.mutable_bottleneck_words() = message(why);
}

}  // namespace millrace
