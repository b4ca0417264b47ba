// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"

#include <algorithm>
#include <cstdint>

namespace millrace::backend {

/// The delay before a process that exited is restarted: none after it had been healthy for kWell, otherwise doubled
/// with each exit. Pure. Thread: one.
class RestartPolicy {
public:
    static constexpr Duration kWell = 10s, kFirst = 200ms, kMax = 5s;

    /// It exited after it had been ready for `ranFor` (zero: never). Returns the delay.
    Duration ended(Duration ranFor)
    {
        if (ranFor >= kWell) failures_ = 0;
        const std::uint32_t failures = failures_++;
        if (failures == 0) return Duration::zero();
        return std::min<Duration>(kMax, kFirst * (1u << std::min(failures - 1, 10u)));
    }
    std::uint32_t failures() const { return failures_; }

private:
    std::uint32_t failures_ = 0;
};

}  // namespace millrace::backend
