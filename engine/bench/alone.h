// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "bench/recorder.h"

#include <array>
#include <cstdint>
#include <string>

namespace millrace::bench {

struct Alternated {
    std::array<Recorder, 2> recorders;
    /// Of each pair of requests that followed each other: what the first engine took ÷ what the second took. Median.
    double ratio = 0;
};

/// One client, one request at a time, to two engines by turns: what drifts on the machine meets both alike, and small
/// differences show. Blocks for `warmup` and `span`. Unavailable: one of them answered nothing.
StatusOr<Alternated> askInTurns(const std::array<std::string, 2>& engines, const std::string& model, std::uint64_t seed,
                                Duration warmup, Duration span);

}  // namespace millrace::bench
