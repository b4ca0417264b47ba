// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/call_context.h"
#include "base/clock.h"
#include "serve/serve.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

namespace millrace::serve {

/// Request statistics per model since the start, for KServe's ModelStatistics. Pure. Thread: one.
/// Bound: kModelsMax models; further ones are not counted.
class ModelStatisticsTable {
public:
    static constexpr std::size_t kModelsMax = 4096;

    void add(const std::string& model, bool succeeded, Duration total, const Trace& trace, TimePoint now)
    {
        auto place = models_.find(model);
        if (place == models_.end()) {
            if (models_.size() >= kModelsMax) return;
            place = models_.try_emplace(model).first;
        }
        auto& [known, batches, next, last] = place->second;
        last = now;
        if (!succeeded) {
            ++known.failed;
            known.failTime += total;
            return;
        }
        ++known.succeeded;
        known.successTime += total;
        known.queueTime += trace.spent(Phase::Queued) + trace.spent(Phase::Model) + trace.spent(Phase::Batching);
        known.runTime += trace.spent(Phase::Running);
        if (isNewRun(trace, batches, next)) ++known.executions;
    }
    /// Without ModelStatistics::lastMs, which is wall-clock time: see last().
    ModelStatistics of(const std::string& model) const
    {
        const auto found = models_.find(model);
        return found == models_.end() ? ModelStatistics() : found->second.known;
    }
    /// The end of its latest request; empty: none.
    std::optional<TimePoint> last(const std::string& model) const
    {
        const auto found = models_.find(model);
        return found == models_.end() ? std::nullopt : std::optional(found->second.last);
    }

private:
    /// Recent batches: members of a batch end close together, and a few batches may overlap.
    using Batches = std::array<std::uint64_t, 16>;
    struct Entry {
        ModelStatistics known;
        Batches batches{};
        std::size_t next = 0;
        TimePoint last;
    };

    static bool isNewRun(const Trace& trace, Batches& batches, std::size_t& next)
    {
        if (trace.batchRows == 0) return true;
        for (const auto seen : batches)
            if (seen == trace.batch.value) return false;
        batches[next++ % batches.size()] = trace.batch.value;
        return true;
    }

    std::unordered_map<std::string, Entry> models_;
};

}  // namespace millrace::serve
