// SPDX-License-Identifier: GPL-3.0-or-later
#include "pool/floor.h"

#include <algorithm>

namespace millrace::pool {

std::uint32_t Floor::kept(const LedgerLimits& limits, const HighWater& needed) const
{
    if (!limits.reuse || limits.idleLimit < kIdleMin) return 0;
    const std::uint32_t configured = std::min(limits.sizeMin, limits.sizeMax);
    return byDemand_ ? std::min(configured, std::max(1u, needed.connections())) : configured;
}

std::uint32_t Floor::wanted(const LedgerLimits& limits, const HighWater& needed) const
{
    const std::uint32_t most = kept(limits, needed);
    return std::min(most, cap_.value_or(most));
}

bool Floor::cap(std::optional<std::uint32_t> most)
{
    if (cap_ == most) return false;
    cap_ = most;
    return true;
}

void Floor::endedUnused(TimePoint now, const std::function<double()>& uniform)
{
    if (!byDemand_) {
        byDemand_ = true;
        tried_ = false;  // dial one at once: if that fails, it was an outage
        return;
    }
    // Connections opened together end together: one occasion.
    if (!tried_ || now < notBefore_) return;
    pause_ = std::clamp<Duration>(pause_ * 2, kPauseFirst, kPauseMax);
    const double share = 1.0 + kJitter * uniform();  // upwards only: never sooner
    notBefore_ = now + std::chrono::duration_cast<Duration>(pause_ * share);
}

void Floor::trust()
{
    byDemand_ = tried_ = false;
    pause_ = {};
    notBefore_ = TimePoint::min();
}

}  // namespace millrace::pool
