// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "bench/recorder.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace millrace::bench {

/// Latencies of two configurations, measured in interleaved blocks.
struct PairedLatency {
    std::array<Recorder, 2> recorders;
    /// Of each pair of blocks that followed each other: the median of the first way ÷ that of the second. Median.
    double ratio = 0;
    double error = 0;  ///< the median of all such pairs lies within so much of it, at 95 %
    std::size_t pairs = 0;
};

/// One client, one request at a time, to one engine that alternates between two configurations: interleaved blocks of
/// requests, each pair in the opposite order of the one before. What drifts on the machine meets both alike, and
/// where memory lies is the same for both, which between two processes makes a percent or two.
/// `switchTo`: makes the engine work in this way, 0 or 1, and returns once it does.
/// Blocks for `span` and the switching. Unavailable: nothing was answered.
StatusOr<PairedLatency> runInterleaved(const std::string& engine, const std::string& model, std::uint64_t seed,
                                       std::function<Status(std::size_t way)> switchTo, Duration span);

}  // namespace millrace::bench
