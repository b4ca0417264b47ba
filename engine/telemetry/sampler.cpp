// SPDX-License-Identifier: GPL-3.0-or-later
#include "telemetry/sampler.h"

#include "load/preload_hit_rate.h"

#include <algorithm>

namespace millrace::telemetry {

namespace {

/// Below this many requests the engine's own caches and buffers would be counted as theirs.
constexpr double kInFlightMeasured = 8;

/// Kinds of requests (serve::RequestClass) whose times are series; the rest is too mixed.
constexpr const char* kClasses[] = {"tensor", "embedding", "generation"};

constexpr auto kLongWindow = 5min;
// A take that comes a little early or late still counts as "a window ago".
constexpr auto kSlack = 500ms;

void share(Sample& sample, const char* series, double part, double whole)
{
    // Two counters are not read in the same instant; a part is never more than the whole.
    if (whole > 0) sample.values[series] = std::clamp(part / whole, 0.0, 1.0);
}

std::optional<double> milliseconds(std::optional<double> seconds)
{
    return seconds ? std::optional(*seconds * 1000) : std::nullopt;
}

}  // namespace

std::map<std::string, double> unpooledValues(const Sample& sample)
{
    auto out = sample.values;
    for (const auto& [series, value] : sample.unpooled) {
        if (value)
            out[series] = *value;
        else
            out.erase(series);
    }
    return out;
}

Sampler::Window Sampler::windowOf(const Reading& reading, TimePoint now)
{
    const auto total = [&reading](const char* name, const Labels& match = {}) {
        return reading.counter(name, match).value_or(0);
    };
    Window out;
    out.time = now;
    out.preloadHits = total("millrace_load_preloads_total", {{"verdict", "hit"}});
    out.demandLoads = total("millrace_load_loads_total", {{"cause", "demand"}});
    out.predictedRight = total("millrace_load_predictions_total", {{"result", "top1"}});
    out.predicted = total("millrace_load_predictions_total");
    out.warm = total("millrace_load_acquires_total", {{"warmth", "warm"}});
    out.acquired = total("millrace_load_acquires_total");
    out.lruWarm = total("millrace_load_lru_warm_total");
    out.changesRight = total("millrace_load_change_predictions_total", {{"result", "top1"}});
    out.changes = total("millrace_load_change_predictions_total");
    out.preloadsLate = total("millrace_load_preloads_total", {{"verdict", "late"}});
    // A preload that came late was waited for like any other load.
    out.waitedLoads = out.demandLoads + out.preloadsLate;
    out.health = reading.histogram("millrace_pool_health_seconds").value_or(HistogramData{});
    return out;
}

const Sampler::Window& Sampler::before(TimePoint now, Duration span) const
{
    // The newest one that is at least a window old; while the engine is younger, the oldest there is.
    const auto found = std::find_if(windows_.rbegin(), windows_.rend(),
                                    [&](const Window& window) { return window.time <= now - span + kSlack; });
    return found == windows_.rend() ? windows_.front() : *found;
}

std::optional<double> Sampler::grown(const std::string& name, const Labels& match) const
{
    const auto now = now_.counter(name, match);
    if (!now) return std::nullopt;
    return std::max(0.0, *now - last_.counter(name, match).value_or(0));
}

HistogramData Sampler::observed(const std::string& name, const Labels& match) const
{
    return now_.histogram(name, match)
        .value_or(HistogramData{})
        .since(last_.histogram(name, match).value_or(HistogramData{}));
}

void Sampler::rate(Sample& sample, const std::string& series, double seconds, const std::string& name,
                   const Labels& match) const
{
    if (const auto amount = grown(name, match)) sample.values[series] = *amount / seconds;
}

void Sampler::state(Sample& sample, const char* series, const std::string& name, const Labels& match) const
{
    if (const auto value = now_.gauge(name, match)) sample.values[series] = *value;
}

void Sampler::quantileMs(Sample& sample, const std::string& series, const HistogramData& data, double share) const
{
    if (const auto value = milliseconds(data.quantile(share))) sample.values[series] = *value;
}

Sample Sampler::take(TimePoint now, std::int64_t unixMs)
{
    now_ = Reading(registry_);
    Sample sample;
    sample.timeMs = unixMs;
    const double seconds = first_ ? 0 : std::chrono::duration<double>(now - lastTime_).count();
    windows_.push_back(windowOf(now_, now));
    while (windows_.size() > 1 && windows_[1].time <= now - kLongWindow) windows_.pop_front();

    process(sample, seconds);
    requests(sample, seconds, now);
    connections(sample, seconds, now);
    batches(sample, seconds);
    models(sample, seconds, now);
    streams(sample, seconds);

    last_ = std::move(now_);
    lastTime_ = now;
    first_ = false;
    return sample;
}

void Sampler::process(Sample& sample, double seconds)
{
    state(sample, "engine_resident_bytes", "process_resident_memory_bytes");
    const auto resident = now_.gauge("process_resident_memory_bytes");
    const auto inFlight = now_.gauge("millrace_requests_in_flight");
    const double offered = now_.counter("millrace_requests_offered_total").value_or(0);
    const auto anonymous = now_.gauge("millrace_engine_anonymous_bytes");
    if (resident && offered == 0) idleResident_ = resident;
    if (anonymous && offered == 0) idleAnonymous_ = anonymous;
    // Code that is used again after a rest, or for the first time, is not counted as memory of requests.
    if (anonymous && idleAnonymous_ && inFlight && *inFlight >= kInFlightMeasured)
        sample.values["memory_per_request_bytes"] = std::max(0.0, *anonymous - *idleAnonymous_) / *inFlight;
    if (seconds <= 0) return;
    quantileMs(sample, "loop_lag_p99_ms", observed("millrace_engine_loop_lag_seconds"), 0.99);
    const auto part = [&](const char* name) -> std::optional<double> {
        const auto total = now_.gauge(name), before = last_.gauge(name);
        if (!total || !before) return std::nullopt;
        return std::max(0.0, *total - *before) / seconds;
    };
    if (const auto cores = part("process_cpu_seconds_total")) sample.values["engine_cpu_cores"] = *cores;
    if (const auto polled = part("millrace_engine_busy_poll_seconds_total"))
        sample.values["busy_poll_share"] = std::min(1.0, *polled);
}

void Sampler::requests(Sample& sample, double seconds, TimePoint now)
{
    state(sample, "requests_in_flight", "millrace_requests_in_flight");
    if (seconds <= 0) return;
    rate(sample, "offered_per_second", seconds, "millrace_requests_offered_total");
    const std::string ended = "millrace_requests_total";
    rate(sample, "served_per_second", seconds, ended, {{"outcome", "ok"}});
    rate(sample, "failed_per_second", seconds, ended, {{"outcome", "failed"}});
    rate(sample, "refused_per_second", seconds, ended, {{"outcome", "refused"}});
    rate(sample, "cancelled_per_second", seconds, ended, {{"outcome", "cancelled"}});
    rate(sample, "rejected_per_second", seconds, ended, {{"outcome", "rejected"}});
    // What was refused or rejected had no chance to fail.
    share(sample, "error_share", grown(ended, {{"outcome", "failed"}}).value_or(0),
          grown(ended).value_or(0) - grown(ended, {{"outcome", "refused"}}).value_or(0) -
              grown(ended, {{"outcome", "rejected"}}).value_or(0));
    latencies(sample, now);
    for (const char* kind : kClasses) {
        const auto count = observed("millrace_request_duration_seconds", {{"class", kind}}).count;
        if (now_.declared("millrace_request_duration_seconds"))
            sample.values[std::string("served_") + kind + "_per_second"] = static_cast<double>(count) / seconds;
    }
}

/// Of requests that succeeded. Never of several classes together, but for what we added: that can be compared.
void Sampler::latencies(Sample& sample, TimePoint now)
{
    const auto both = [&](const std::string& family, const HistogramData& data) {
        quantileMs(sample, family + "_p50_ms", data, 0.5);
        quantileMs(sample, family + "_p99_ms", data, 0.99);
    };
    // A class may have an answer every few seconds.
    const auto pooled = [&](const std::string& family, const HistogramData& data) {
        RecentAnswers& recent = recent_[family];
        recent.add(data, lastTime_, now);
        both(family, recent.pooled(now));
        sample.unpooled[family + "_p50_ms"] = milliseconds(data.quantile(0.5));
        sample.unpooled[family + "_p99_ms"] = milliseconds(data.quantile(0.99));
    };
    for (const char* kind : kClasses) {
        const Labels match{{"class", kind}};
        pooled(std::string("latency_") + kind, observed("millrace_request_duration_seconds", match));
        pooled(std::string("added_") + kind, observed("millrace_added_seconds", match));
    }
    both("added", observed("millrace_added_seconds"));
    both("first_byte", observed("millrace_time_to_first_byte_seconds"));
}

void Sampler::connections(Sample& sample, double seconds, TimePoint now)
{
    const std::string gauge = "millrace_pool_connections";
    state(sample, "connections_active", gauge, {{"state", "active"}});
    state(sample, "connections_idle", gauge, {{"state", "idle"}});
    state(sample, "connections_connecting", gauge, {{"state", "connecting"}});
    const auto all = now_.gauge(gauge);
    // Open ones: a connection that is still being opened is none yet.
    if (all) sample.values["connections_open"] = *all - now_.gauge(gauge, {{"state", "connecting"}}).value_or(0);
    state(sample, "connection_waiters", "millrace_pool_waiters");
    const HistogramData checks = windows_.back().health.since(before(now, kLongWindow).health);
    quantileMs(sample, "health_p99_ms", checks, 0.99);
    if (now_.declared("millrace_pool_health_seconds"))
        sample.values["health_checks"] = static_cast<double>(checks.count);
    if (seconds <= 0) return;
    rate(sample, "connections_created_per_second", seconds, "millrace_pool_connections_created_total");
    share(sample, "connection_reuse", grown("millrace_pool_connections_reused_total").value_or(0),
          grown("millrace_pool_acquired_total").value_or(0));
    quantileMs(sample, "connection_create_p99_ms", observed("millrace_pool_create_seconds"), 0.99);
    quantileMs(sample, "connection_wait_p99_ms", observed("millrace_pool_wait_seconds"), 0.99);
}

void Sampler::batches(Sample& sample, double seconds)
{
    state(sample, "batch_queue", "millrace_batch_queue");
    state(sample, "batch_in_flight", "millrace_batch_in_flight");

    const std::string rowsName = "millrace_batch_rows_total";
    // Not the busiest of each second: the series would jump from one model's limit to another's.
    std::string busiest;
    double most = -1;
    for (const auto& [model, rows] : now_.byLabel(rowsName, "model")) {
        if (rows <= most) continue;
        most = rows;
        busiest = model;
    }
    if (const auto limit = now_.gaugeOf("millrace_batch_size_limit", "model", busiest); limit && !busiest.empty())
        sample.values["batch_size_limit"] = *limit;

    if (seconds <= 0) return;
    const std::string batchesName = "millrace_batch_batches_total";
    rate(sample, "batches_per_second", seconds, batchesName);
    rate(sample, "batch_rows_per_second", seconds, rowsName);
    const double batches = grown(batchesName).value_or(0);
    if (batches > 0) sample.values["batch_rows_average"] = grown(rowsName).value_or(0) / batches;
    share(sample, "batch_efficiency",
          grown(batchesName, {{"reason", "full"}}).value_or(0) + grown(batchesName, {{"reason", "idle"}}).value_or(0),
          batches);
    quantileMs(sample, "batch_wait_p99_ms", observed("millrace_batch_wait_seconds"), 0.99);
    quantileMs(sample, "batch_run_p50_ms", observed("millrace_batch_run_seconds"), 0.5);
}

void Sampler::models(Sample& sample, double seconds, TimePoint now)
{
    state(sample, "load_queue", "millrace_load_queue");
    state(sample, "load_loading", "millrace_load_loading");
    state(sample, "resident_models", "millrace_load_resident_models");
    state(sample, "resident_bytes", "millrace_load_resident_bytes");
    const Window& end = windows_.back();
    const Window& start = before(now, kLongWindow);
    if (const auto rate = load::preloadHitRate(end.preloadHits - start.preloadHits, end.demandLoads - start.demandLoads,
                                               end.preloadsLate - start.preloadsLate))
        sample.values["preload_hit_rate"] = *rate;
    if (now_.declared("millrace_load_predictions_total"))
        sample.values["predicted_requests"] = end.predicted - start.predicted;
    share(sample, "prediction_accuracy", end.predictedRight - start.predictedRight, end.predicted - start.predicted);
    share(sample, "warm_rate", end.warm - start.warm, end.acquired - start.acquired);
    share(sample, "change_accuracy", end.changesRight - start.changesRight, end.changes - start.changes);
    const double acquired = end.acquired - start.acquired;
    if (now_.declared("millrace_load_lru_warm_total") && acquired > 0) {
        const double lruWarm = std::min(end.lruWarm - start.lruWarm, acquired);
        sample.values["lru_warm_rate"] = lruWarm / acquired;
        // Each request that LRU would have let wait is a load there.
        sample.values["waited_loads"] = end.waitedLoads - start.waitedLoads;
        sample.values["lru_waited_loads"] = acquired - lruWarm;
    }
    if (seconds <= 0) return;
    rate(sample, "loads_per_second", seconds, "millrace_load_loads_total");
    if (const auto mean = observed("millrace_load_seconds").mean()) sample.values["load_average_ms"] = *mean * 1000;
}

void Sampler::streams(Sample& sample, double seconds)
{
    state(sample, "streams_open", "millrace_stream_streams");
    state(sample, "streams_paused", "millrace_stream_streams", {{"state", "paused"}});
    state(sample, "stream_buffered_bytes", "millrace_stream_buffered_bytes");
    if (seconds <= 0) return;
    rate(sample, "stream_bytes_in_per_second", seconds, "millrace_stream_bytes_in_total");
    rate(sample, "stream_bytes_out_per_second", seconds, "millrace_stream_bytes_out_total");
    rate(sample, "stream_pauses_per_second", seconds, "millrace_stream_pauses_total");
    rate(sample, "stream_events_per_second", seconds, "millrace_stream_events_total");
    share(sample, "backpressure_rate", grown("millrace_stream_pauses_total").value_or(0),
          grown("millrace_stream_chunks_sent_total").value_or(0));
    if (const auto mean = observed("millrace_stream_chunk_bytes").mean())
        sample.values["stream_chunk_bytes_average"] = *mean;
    const auto gap = observed("millrace_stream_gap_seconds");
    quantileMs(sample, "stream_gap_p50_ms", gap, 0.5);
    quantileMs(sample, "stream_gap_p99_ms", gap, 0.99);
    const double sent = grown("millrace_stream_compressed_sent_bytes_total").value_or(0);
    if (sent > 0)
        sample.values["compression_ratio"] = grown("millrace_stream_compressed_raw_bytes_total").value_or(0) / sent;
}

}  // namespace millrace::telemetry
