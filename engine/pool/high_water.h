// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>

namespace millrace::pool {

/// A decaying maximum of the connections in use: rises at once with a burst, and decays exponentially after it.
///
/// Owner: Ledger.   Thread: one.
class HighWater {
public:
    static constexpr Duration kEvery = 5s;      ///< interval between decays
    static constexpr Duration kHalfLife = 15s;  ///< of the excess over the current need

    void rise(std::uint32_t needed) { value_ = std::max(value_, static_cast<double>(needed)); }
    /// Decays towards `needed`. False: not due yet.
    bool sink(TimePoint now, std::uint32_t needed)
    {
        if (!sunkAt_) sunkAt_ = now;
        if (now - *sunkAt_ < kEvery) return false;
        const double halves = std::chrono::duration<double>(now - *sunkAt_) / kHalfLife;
        value_ = needed + std::max(0.0, value_ - needed) * std::exp2(-halves);
        sunkAt_ = now;
        return true;
    }
    TimePoint sinksAt(TimePoint now) const { return sunkAt_.value_or(now) + kEvery; }
    double value() const { return value_; }
    std::uint32_t connections() const { return static_cast<std::uint32_t>(std::ceil(value_ - 0.05)); }

private:
    double value_ = 0;
    std::optional<TimePoint> sunkAt_;
};

}  // namespace millrace::pool
