// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/fake_script.h"
#include "client/fake_world.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace millrace::desktop {

using namespace control;

namespace {

constexpr int kSamplesMax = 3600;

}  // namespace

void FakeWorld::sample()
{
    Sample& next = *state_.mutable_sample();
    next.Clear();
    next.set_time_ms(nowMs_);
    auto& values = *next.mutable_values();
    const bool burst = script::isBurst(elapsed());
    const double served = static_cast<double>(served_);
    const bool embeds = elapsed() % 7 % 3 == 0;
    const bool chats = chance() < 0.5;
    values["served_per_second"] = served;
    values["offered_per_second"] = served + (chance() < 0.3 ? 1 : 0);
    values["failed_per_second"] = 0;
    values["refused_per_second"] = 0;
    values["cancelled_per_second"] = 0;
    values["error_share"] = 0;
    values["requests_in_flight"] = static_cast<double>(state_.flow().requests_in_flight());
    values["served_generation_per_second"] = chats ? 1 : 0;
    values["served_embedding_per_second"] = embeds ? 1 : 0;
    values["served_tensor_per_second"] = std::max(0.0, served - (chats ? 1 : 0) - (embeds ? 1 : 0));
    const double p99 = burst ? 4.5 + 3.5 * chance() : 1.3 + 2.2 * chance();
    const double added = burst ? 1.8 + 1.6 * chance() : 0.25 + 0.7 * chance();
    values["latency_tensor_p50_ms"] = p99 * (0.4 + 0.1 * chance());
    values["latency_tensor_p99_ms"] = p99;
    if (embeds) {
        values["latency_embedding_p50_ms"] = 2.4 + 1.2 * chance();
        values["latency_embedding_p99_ms"] = values["latency_embedding_p50_ms"] * (1.2 + 0.8 * chance());
        values["added_embedding_p50_ms"] = 0.3 + 0.2 * chance();
        values["added_embedding_p99_ms"] = 0.6 + 0.3 * chance();
    }
    if (chats) {
        values["latency_generation_p50_ms"] = 5'800 + 200 * chance();
        values["latency_generation_p99_ms"] = 6'100 + 200 * chance();
        values["added_generation_p50_ms"] = 0.1 + 0.1 * chance();
        values["added_generation_p99_ms"] = 0.2 + 0.2 * chance();
        values["first_byte_p50_ms"] = move(firstByte_);
        values["first_byte_p99_ms"] = firstByte_.value * (1.3 + chance());
    }
    values["added_p50_ms"] = burst ? 0.5 + 0.3 * chance() : 0.15 + 0.1 * chance();
    values["added_p99_ms"] = added;
    values["added_tensor_p50_ms"] = values["added_p50_ms"];
    values["added_tensor_p99_ms"] = added;

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
    values["connections_created_per_second"] = chance() < 0.1 ? 1 : 0;
    values["connection_create_p99_ms"] = 0.8 + 1.4 * chance();
    values["connection_wait_p99_ms"] = 0.1 + 0.3 * chance();
    values["health_p99_ms"] = 0.6 + 0.4 * chance();
    values["health_checks"] = 120;
    values["connection_waiters"] = chance() < 0.05 ? 1 : 0;

    values["batch_rows_average"] = batches_ > 0 ? rows_ / batches_ : 1;
    values["batches_per_second"] = batches_;
    values["batch_rows_per_second"] = rows_;
    values["batch_size_limit"] = sensorLane().size_limit();
    values["batch_wait_p99_ms"] = burst ? 2 + 2 * chance() : 0.02 + 0.4 * chance();
    values["batch_run_p50_ms"] = burst ? 6 + 3 * chance() : 1.1 + 0.4 * chance();
    values["batch_efficiency"] = burst ? 0.93 + 0.06 * chance() : 1;
    values["batch_queue"] = burst ? static_cast<double>(pick(60)) : 0;
    values["batch_in_flight"] = burst ? 1 : 0;

    values["load_average_ms"] = 8 + 8 * chance();
    values["loads_per_second"] = script::isStageBegin(elapsed()) ? 1 : 0;
    values["load_queue"] = 0;
    values["load_loading"] = state_.models().loading();
    double warm = 0;
    for (const auto& model : state_.models().models()) warm += model.state() == MODEL_PHASE_WARM ? 1 : 0;
    values["resident_models"] = warm;
    values["resident_bytes"] = static_cast<double>(state_.models().resident_bytes());
    values["preload_hit_rate"] = hits_.value;
    values["prediction_accuracy"] = accuracy_.value;
    values["change_accuracy"] = accuracy_.value - 0.5;
    values["warm_rate"] = 0.996;
    values["lru_warm_rate"] = 0.985;
    values["waited_loads"] = 11;
    values["lru_waited_loads"] = 58;

    double in = 0, out = 0, events = 0;
    for (const auto& stream : state_.streams().streams()) {
        out += stream.bytes_per_second();
        in += stream.state() == STREAM_PHASE_PAUSED ? 0 : stream.bytes_per_second();
        events += stream.events_per_second();
    }
    values["streams_open"] = state_.streams().streams_size();
    values["streams_paused"] = state_.streams().paused();
    values["stream_bytes_out_per_second"] = out;
    values["stream_bytes_in_per_second"] = in;
    values["stream_buffered_bytes"] = static_cast<double>(state_.streams().buffered_bytes());
    values["stream_chunk_bytes_average"] = 9'000 + 3'000 * chance();
    values["stream_gap_p50_ms"] = 63 + 3 * chance();
    values["stream_gap_p99_ms"] = 70 + 12 * chance();
    values["stream_pauses_per_second"] = chance() < 0.05 ? 1 : 0;
    values["backpressure_rate"] = 0.002 + 0.004 * chance();
    values["compression_ratio"] = 3.6 + 0.3 * chance();
    values["stream_events_per_second"] = events;
    values["engine_resident_bytes"] = static_cast<double>(state_.engine().resident_bytes());
    values["engine_cpu_cores"] = state_.engine().cpu_cores();
    values["loop_lag_p99_ms"] = 0.2 + 0.2 * chance();
    values["busy_poll_share"] = 0;
    samples_.push_back(next);
    if (samples_.size() > kSamplesMax) samples_.pop_front();
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

}  // namespace millrace::desktop
