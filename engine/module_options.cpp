// SPDX-License-Identifier: GPL-3.0-or-later
#include "module_options.h"

#include "log.h"

namespace millrace {

namespace {

Duration ms(std::uint64_t value)
{
    return std::chrono::milliseconds(value);
}

backend::BackendKind kindOf(config::v1::BackendKind kind)
{
    switch (kind) {
        case config::v1::BACKEND_KIND_RUNTIME:
            return backend::BackendKind::Runtime;
        case config::v1::BACKEND_KIND_OPENAI:
        case config::v1::BackendKind_INT_MIN_SENTINEL_DO_NOT_USE_:
        case config::v1::BackendKind_INT_MAX_SENTINEL_DO_NOT_USE_:
            break;
    }
    return backend::BackendKind::OpenAi;
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
    to.completions = from.completions();
    to.queueMax = from.queue_max();
    to.retryBudgetPercent = config.limits().retry_budget_percent();
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

serve::Options serveOptions(const config::v1::Config& config, std::string viaName)
{
    const auto& from = config.limits();
    serve::Options to;
    to.requestsMax = from.requests_max();
    to.queueMax = from.queue_max();
    to.requestTimeout = ms(from.request_timeout_ms());
    to.retryBudgetPercent = from.retry_budget_percent();
    to.busyPoll = fromMs(from.busy_poll_ms());
    to.viaName = std::move(viaName);
    return to;
}

pool::Options poolOptions(const config::v1::Config& config)
{
    const auto& from = config.pool();
    pool::Options to;
    to.enabled = from.enabled();
    to.httpSizeMin = from.http_size_min();
    to.httpSizeMax = from.http_size_max();
    to.grpcSizeMin = from.grpc_size_min();
    to.grpcSizeMax = from.grpc_size_max();
    to.healthInterval = ms(from.health_interval_ms());
    to.healthTimeout = ms(from.health_timeout_ms());
    to.idleTimeout = ms(from.idle_timeout_ms());
    to.ageMax = ms(from.age_max_ms());
    to.waitersMax = from.waiters_max();
    to.waitTimeout = ms(from.wait_timeout_ms());
    to.dialsMax = from.dials_max();
    to.connectTimeout = ms(from.connect_timeout_ms());
    to.breakerFailures = from.breaker_failures();
    to.breakerOpen = ms(from.breaker_open_ms());
    to.resolveInterval = ms(from.resolve_interval_ms());
    to.http2 = from.http2();
    return to;
}

front::Options frontOptions(const config::v1::Config& config)
{
    const auto& from = config.limits();
    front::Options to;
    to.bodyBytesMax = from.body_bytes_max();
    to.bodiesBytesMax = from.bodies_bytes_max();
    to.headerBytesMax = from.header_bytes_max();
    to.headerTimeout = ms(from.header_timeout_ms());
    to.bodyTimeout = ms(from.body_timeout_ms());
    to.keepaliveTimeout = ms(from.keepalive_timeout_ms());
    to.clientsMax = from.clients_max();
    to.hostsAllowed.assign(config.security().hosts_allowed().begin(), config.security().hosts_allowed().end());
    to.heartbeat = ms(config.streamer().heartbeat_ms());
    return to;
}

backend::BackendOptions backendOptions(const config::v1::Backend& from, const config::v1::Config& config,
                                       const std::string& runtimeProgram, const std::string& sampleModels)
{
    backend::BackendOptions to;
    to.name = from.name();
    to.kind = kindOf(from.kind());
    to.address = from.address();
    to.enabled = from.enabled();
    to.models.assign(from.models().begin(), from.models().end());
    to.apiKeyEnv = from.api_key_env();
    to.modelRepositories = {from.model_repository().empty() ? sampleModels : from.model_repository()};
    to.threads = from.threads();
    to.runtimeBinary = runtimeProgram;
    to.log = [name = from.name()](const std::string& line) { log::childLine(name, line); };
    to.pool = poolOptions(config);
    return to;
}

}  // namespace millrace
