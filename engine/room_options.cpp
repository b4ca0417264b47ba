// SPDX-License-Identifier: GPL-3.0-or-later
#include "room_options.h"

namespace millrace {

namespace {

Duration ms(std::uint64_t value)
{
    return std::chrono::milliseconds(value);
}

}  // namespace

batch::Options batchOptions(const config::v1::Config& config)
{
    const auto& from = config.batcher();
    batch::Options to;
    to.enabled = from.enabled();
    to.sizeInitial = from.size_initial();
    to.sizeMin = from.size_min();
    to.sizeMax = from.size_max();
    to.timeout = ms(from.timeout_ms());
    to.adaptive = from.adaptive();
    to.latencyGoal = fromMs(from.latency_goal_ms());
    to.preserveOrder = from.preserve_order();
    to.idleDispatch = from.idle_dispatch();
    to.inFlightMax = from.in_flight_max();
    to.queueMax = from.queue_max();
    return to;
}

load::Options loadOptions(const config::v1::Config& config)
{
    const auto& from = config.loader();
    load::Options to;
    to.preload = from.preload();
    to.prediction = from.prediction();
    to.concurrentMax = from.concurrent_max();
    to.timeout = ms(from.timeout_ms());
    to.historyMax = from.history_max();
    to.queueMax = from.queue_max();
    to.budgetBytes = from.budget_bytes();
    to.residentMax = from.resident_max();
    to.residencyMin = ms(from.residency_min_ms());
    to.idleTtl = ms(from.idle_ttl_ms());
    to.preloadThreshold = from.preload_threshold();
    to.failedBackoff = ms(from.failed_backoff_ms());
    return to;
}

stream::Options streamOptions(const config::v1::Config& config)
{
    const auto& from = config.streamer();
    stream::Options to;
    to.enabled = from.enabled();
    to.chunkBytes = from.chunk_bytes();
    to.chunkAdaptive = from.chunk_adaptive();
    to.compression = from.compression();
    to.compressionBytesMin = from.compression_bytes_min();
    to.compressionSavingMin = from.compression_saving_min();
    to.backpressureBytesMax = from.backpressure_bytes_max();
    to.windowBytes = from.window_bytes();
    to.heartbeat = ms(from.heartbeat_ms());
    return to;
}

serve::Options serveOptions(const config::v1::Config& config)
{
    const auto& from = config.limits();
    serve::Options to;
    to.requestsMax = from.requests_max();
    to.queueMax = from.queue_max();
    to.requestTimeout = ms(from.request_timeout_ms());
    to.retryBudgetPercent = from.retry_budget_percent();
    return to;
}

}  // namespace millrace
