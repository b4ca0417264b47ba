// SPDX-License-Identifier: GPL-3.0-or-later
#include "backend/trial.h"

#include "base/text.h"

#include <algorithm>
#include <utility>

namespace millrace::backend {

namespace {

/// It answered, and not with a list of models.
bool hasAnswered(const Status& status)
{
    return !absl::IsUnavailable(status) && !absl::IsDeadlineExceeded(status) && !absl::IsCancelled(status) &&
           !absl::IsResourceExhausted(status);
}

}  // namespace

boost::asio::awaitable<TrialResult> tryBackend(BackendOptions options, Strand strand, Clock& clock, Duration most)
{
    TrialResult result;
    if (options.kind != BackendKind::OpenAi) {
        result.reason = "a runtime is started by the engine once it is configured; it cannot be tested before";
        co_return result;
    }
    if (options.name.empty()) options.name = "backend";
    options.enabled = true;
    options.models.clear();  // what the server says itself
    options.pool.httpSizeMin = 0;
    options.pool.connectTimeout = std::min(options.pool.connectTimeout, most);
    options.pool.healthTimeout = std::min(options.pool.healthTimeout, most);
    if (const Status status = checkBackend(options); !status.ok()) {
        result.reason = text(status);
        co_return result;
    }
    Registry registry;
    EventLog eventLog(clock, 16);
    const TimePoint begun = clock.now();
    CallContext context;
    context.deadline = begun + most;
    context.silenceMax = most;
    auto created = makeBackend(std::move(options), strand, clock, registry, eventLog);
    if (!created.ok()) {
        result.reason = text(created.status());
        co_return result;
    }
    const std::shared_ptr<Backend> backend = *std::move(created);  // its end breaks off what is still in flight
    backend->start();
    const auto models = co_await backend->listModels(std::move(context));
    result.latency = clock.now() - begun;
    result.reachable = models.ok() || hasAnswered(models.status());
    if (!models.ok()) {
        result.reason = text(models.status());
        co_return result;
    }
    for (const ModelInfo& model : *models) result.models.push_back(model.name);
    if (result.models.empty()) result.reason = "the server lists no models";
    co_return result;
}

}  // namespace millrace::backend
