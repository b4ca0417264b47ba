// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "load/load_effects.h"
#include "load/preload_hit_rate.h"
#include "load/types.h"

#include <cstdint>
#include <optional>

namespace millrace::load {

/// How well the loader works: how often a requested model was in memory, how often it would have been with LRU, and how
/// many loads requests had to wait for.
///
/// Pure core. Owner: LoadCore. Rates cover the last few thousand requests and few hundred loads: all counts are halved
/// when they grow large.
class LoadScore {
public:
    void request(bool warm, bool lruWarm)
    {
        requests_ += 1;
        warm_ += warm ? 1 : 0;
        lruWarm_ += lruWarm ? 1 : 0;
        lruLoads_ += lruWarm ? 0 : 1;
        if (requests_ <= kRequestsWindow) return;
        requests_ /= 2;
        warm_ /= 2;
        lruWarm_ /= 2;
    }
    /// After a load of a request's own.
    void demandLoad()
    {
        ++demandLoads_;
        demand_ += 1;
        shrink();
    }
    void preload(Verdict verdict)
    {
        if (verdict == Verdict::Hit) hits_ += 1;
        if (verdict == Verdict::Late) {  // a request waited nevertheless
            late_ += 1;
            ++lateLoads_;
        }
        shrink();
    }

    std::uint64_t demandLoads() const { return demandLoads_; }
    void fill(PredictionSnapshot& out) const
    {
        out.hitRate = preloadHitRate(hits_, demand_, late_);
        out.lruHitRate = share(lruWarm_);
        out.warmRate = share(warm_);
        out.waitedLoads = demandLoads_ + lateLoads_;
        out.lruWaitedLoads = lruLoads_;
    }

private:
    static constexpr double kRequestsWindow = 4000;
    static constexpr double kLoadsWindow = 400;

    void shrink()
    {
        if (hits_ + demand_ + late_ <= kLoadsWindow) return;
        hits_ /= 2;
        demand_ /= 2;
        late_ /= 2;
    }
    std::optional<double> share(double part) const
    {
        return requests_ > 0 ? std::optional(part / requests_) : std::nullopt;
    }

    double requests_ = 0, warm_ = 0, lruWarm_ = 0;
    double hits_ = 0, demand_ = 0, late_ = 0;
    std::uint64_t demandLoads_ = 0, lateLoads_ = 0, lruLoads_ = 0;
};

}  // namespace millrace::load
