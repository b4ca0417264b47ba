// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"

#include <algorithm>
#include <cstdint>

namespace millrace::backend {

/// How long to wait before a process that ended is started again. One that had been well for a while starts at once;
/// one that keeps ending waits twice as long each time.
class RestartPolicy {
public:
    static constexpr Duration kWell = 10s, kFirst = 200ms, kMax = 5s;

    /// It ended after it had been ready for `ranFor` (zero: it never was).
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
