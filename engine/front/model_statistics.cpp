// SPDX-License-Identifier: GPL-3.0-or-later
#include "front/model_statistics.h"

#include "inference.pb.h"
#include "serve/serve.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <unordered_map>

namespace millrace::front {

namespace {

void setDuration(inference::StatisticDuration& to, std::uint64_t count, Duration total)
{
    to.set_count(count);
    to.set_ns(static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(total).count()));
}

void addMemory(const serve::ModelEntry& model, inference::ModelStatistics& to)
{
    if (model.info.bytes == 0 || !model.info.loaded) return;
    auto& memory = *to.add_memory_usage();
    memory.set_type("CPU");
    memory.set_byte_size(model.info.bytes);
}

void fill(const serve::ModelEntry& model, const serve::ModelStatistics& known, inference::ModelStatistics& to)
{
    if (!to.name().empty()) return addMemory(model, to);  // at another backend: requests are counted once
    to.set_name(model.name);
    to.set_version(model.info.version.empty() ? "1" : model.info.version);
    to.set_last_inference(static_cast<std::uint64_t>(known.lastMs));
    to.set_inference_count(known.succeeded);
    to.set_execution_count(known.executions);
    auto& stats = *to.mutable_inference_stats();
    setDuration(*stats.mutable_success(), known.succeeded, known.successTime);
    setDuration(*stats.mutable_fail(), known.failed, known.failTime);
    setDuration(*stats.mutable_queue(), known.succeeded, known.queueTime);
    setDuration(*stats.mutable_compute_infer(), known.succeeded, known.runTime);
    addMemory(model, to);
}

}  // namespace

StatusOr<std::unique_ptr<inference::ModelStatisticsResponse>> modelStatistics(const serve::Service& service,
                                                                              const std::string& model,
                                                                              const std::string& version)
{
    if (!model.empty())
        if (Status known = service.known(model, version); !known.ok()) return known;
    auto response = std::make_unique<inference::ModelStatisticsResponse>();
    std::unordered_map<std::string, inference::ModelStatistics*> places;
    for (const auto& entry : service.models()) {
        if (!model.empty() && model != entry.name) continue;
        auto& place = places[entry.name];
        if (place == nullptr) place = response->add_model_stats();
        fill(entry, service.modelStatistics(entry.name), *place);
    }
    return response;
}

}  // namespace millrace::front
