// SPDX-License-Identifier: GPL-3.0-or-later
#include "load/load_reports.h"

#include "phrases.h"

namespace millrace::load {
namespace {

Counter& acquires(Registry& registry, const char* warmth)
{
    return registry.counter("millrace_load_acquires_total",
                            "Requests by whether their model was in memory (warm) or not (cold).",
                            {{"warmth", warmth}});
}

std::array<Counter*, 3> byResult(Registry& registry, const char* name, const char* help)
{
    const auto counter = [&](const char* result) { return &registry.counter(name, help, {{"result", result}}); };
    return {counter("miss"), counter("top1"), counter("top3")};
}

/// A pin is the operator's wish, too.
const char* metricCause(Cause cause)
{
    return cause == Cause::Pin ? name(Cause::Manual) : name(cause);
}

}  // namespace

LoadReports::LoadReports(Registry& registry, EventLog& eventLog)
    : registry_(registry),
      eventLog_(eventLog),
      warm_(acquires(registry, "warm")),
      cold_(acquires(registry, "cold")),
      lruWarm_(registry.counter("millrace_load_lru_warm_total",
                                "Requests that plain LRU with the same memory would have served from memory.")),
      seconds_(registry.histogram("millrace_load_seconds", "Seconds that successful model loads took.",
                                  buckets::latencySeconds())),
      queue_(registry.gauge("millrace_load_queue", "Model loads waiting, up to loader.queue_max.")),
      depth_(registry.histogram("millrace_load_queue_depth",
                                "Model loads waiting, observed at each change of their number.", buckets::depth())),
      loading_(registry.gauge("millrace_load_loading", "Model loads running, up to loader.concurrent_max.")),
      leases_(registry.gauge("millrace_model_leases", "Requests that hold a model in memory.")),
      residentModels_(registry.gauge("millrace_load_resident_models",
                                     "Models in memory; of one backend up to loader.resident_max.")),
      residentBytes_(registry.gauge("millrace_load_resident_bytes", "Bytes of memory used by models.")),
      budget_(registry.gauge("millrace_load_budget_bytes",
                             "Bytes of memory that the models of one backend may use (loader.budget_bytes).")),
      predictions_(byResult(registry, "millrace_load_predictions_total",
                            "Predictions compared with the next model requested; top1 is not counted in top3 again.")),
      changes_(byResult(registry, "millrace_load_change_predictions_total",
                        "Predictions of a change of model compared with the model requested next."))
{}

void LoadReports::measure(const LoadScheduler& scheduler)
{
    const std::uint32_t queued = scheduler.queued();
    if (queued != queue_.value()) depth_.observe(queued);
    queue_.set(queued);
    loading_.set(scheduler.loading());
    residentModels_.set(scheduler.residentModels());
    residentBytes_.set(static_cast<double>(scheduler.residentBytes()));
}

void LoadReports::report(const LoadEnded& ended, const std::string* model)
{
    registry_
        .counter("millrace_load_loads_total", "Model loads that ended.",
                 {{"cause", metricCause(ended.cause)}, {"outcome", name(ended.outcome)}})
        .add();
    if (!model) return;
    if (ended.outcome == LoadOutcome::Ok) {
        seconds_.observe(std::chrono::duration<double>(ended.took).count());
        const bool preloaded = ended.cause == Cause::Preload;
        eventLog_.append(Severity::Info, preloaded ? "model_preloaded" : "model_loaded", *model,
                         say(preloaded ? Phrase::EventPreloaded : Phrase::EventLoaded, ended.took, ended.why));
    } else if (ended.outcome != LoadOutcome::Cancelled) {
        eventLog_.append(Severity::Warning, "model_load_failed", *model,
                         say(Phrase::EventLoadFailed, ended.took, ended.why));
    }
}

void LoadReports::report(const Unloaded& unloaded, const std::string* model)
{
    registry_.counter("millrace_load_unloads_total", "Models unloaded.", {{"reason", name(unloaded.reason)}}).add();
    if (!model || !unloaded.wasWarm) return;
    // Evicted: the policy took its memory; unloaded: on request, or because it was not used.
    const bool evicted = unloaded.reason == UnloadReason::Evicted || unloaded.reason == UnloadReason::Preload;
    eventLog_.append(Severity::Info, evicted ? "model_evicted" : "model_unloaded", *model, unloaded.why);
}

void LoadReports::report(const Judged& judged)
{
    registry_.counter("millrace_load_preloads_total", "Preloads by their outcome.", {{"verdict", name(judged.verdict)}})
        .add();
}

}  // namespace millrace::load
