// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "bench/mix_sequence.h"
#include "bench/recorder.h"
#include "bench/scrape.h"
#include "bench/workload.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace millrace::bench {

/// Makes the model repository of the mix below `folder`: links to the sample models in `samples`, and the agent's.
Status makeMixRepository(const MixOptions& options, const std::filesystem::path& samples,
                         const std::filesystem::path& folder);

/// What a run of the mix gave.
struct MixResult {
    Recorder recorder;
    double seconds = 0;
    std::uint64_t steps = 0;      ///< the agent's, while it counted
    std::uint64_t idleBytes = 0;  ///< of the engine, at rest, having served a thousand requests, four at a time
    std::uint64_t meanBytes = 0;  ///< while it ran
    std::uint64_t peakBytes = 0;
    /// How much a metric grew in between, over its label sets that contain `label`.
    double grew(const std::string& metric, const std::string& label = {}) const
    {
        return sum(after, metric, label) - sum(before, metric, label);
    }
    MetricValues before, after;                       ///< /metrics around what counts
    std::uint64_t streamPayload = 0, streamWire = 0;  ///< bytes of streamed bodies without and with their framing
};

/// Runs the mix against `http`: each kind, one at a time, then `warmupSeconds`, then `seconds` that count. Both end
/// where the agent begins anew: runs of a slow engine would otherwise hold more of its steps, or more of its staying.
/// `resident` returns the engine's memory.
StatusOr<MixResult> runMix(const MixOptions& options, const std::string& http, double warmupSeconds, double seconds,
                           const std::function<std::uint64_t()>& resident);

}  // namespace millrace::bench
