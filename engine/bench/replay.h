// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "bench/model_sequence.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace millrace::bench {

/// Shares of the requests, 0 … 1.
struct CapacityResult {
    std::uint32_t places = 0;
    double ours = 0, lru = 0, lfu100 = 0, bound = 0;  ///< served warm; bound: clairvoyant, without loading ahead
    double oursOnDemand = 0;                          ///< ours with preloading off: the choice of victims alone
    double oursOnChanges = 0, lruOnChanges = 0;       ///< of the requests that ask for another model than the last
    double preloadHits = 0;  ///< hits / (hits + demand loads + late); hit: the first request for one that was preloaded
    std::uint64_t loads = 0, lruLoads = 0, preloads = 0, wasted = 0, hits = 0, demandLoads = 0, late = 0;
    std::uint64_t evictedInUse = 0;  ///< models evicted while a request held them; must be 0
};
struct SequenceResult {
    std::string name;
    std::uint64_t requests = 0, models = 0;
    double top1 = 0, top3 = 0, repeatLast = 0, bestExpert = 0;
    std::string bestExpertName;
    std::optional<double> best;  ///< ModelSequence::best
    std::vector<CapacityResult> capacities;
};

/// Gap between requests of a sequence without times: long against any load.
inline constexpr double kReplayGapSeconds = 60;
/// What a load takes. A preload that is not done when its model is requested counts as cold.
inline constexpr Duration kReplayLoad = std::chrono::milliseconds(200);

/// Runs a sequence through the loader's own cores, in virtual time, for each number of places.
SequenceResult replay(const ModelSequence& sequence, const std::vector<std::uint32_t>& places);

}  // namespace millrace::bench
