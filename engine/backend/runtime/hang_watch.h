// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"

#include <algorithm>
#include <cstdint>

namespace millrace::backend {

/// Whether a process hangs: consecutive health checks have failed, and none has passed for ten intervals, within
/// bounds. A driver or a deadlock never comes back; a process that is only busy answers in time.
///
///     HangWatch watch(now);
///     sleep(watch.pace(interval));
///     watch.failed(now, interval);          // or passed(now)
///     if (watch.hangs()) …
///
/// Pure core. `interval`: between the health checks of the settings.
class HangWatch {
public:
    static constexpr std::uint32_t kChecks = 3;
    static constexpr Duration kMin = 3s, kMax = 25s, kEvery = 5s;

    explicit HangWatch(TimePoint now) : passedAt_(now) {}

    /// Until the next check.
    static Duration pace(Duration interval) { return std::min(atLeast(interval), kEvery); }
    /// The same after one that has failed.
    static Duration paceAfterFailure(Duration interval) { return std::min<Duration>(pace(interval), 1s); }
    /// Whether the pools' own checks, of which none has failed, come often enough.
    bool mayLeaveToPools(Duration interval) const { return failures_ == 0 && atLeast(interval) <= kEvery; }
    /// A check has passed, or there is nothing to be checked.
    void passed(TimePoint now)
    {
        passedAt_ = now;
        failures_ = 0;
    }
    void failed(TimePoint now, Duration interval)
    {
        ++failures_;
        silent_ = now - passedAt_;
        hangs_ = failures_ >= kChecks && silent_ >= std::clamp<Duration>(10 * atLeast(interval), kMin, kMax);
    }
    bool hangs() const { return hangs_; }
    std::uint32_t failures() const { return failures_; }
    Duration silent() const { return silent_; }  ///< at the latest failure

private:
    static Duration atLeast(Duration interval) { return std::max<Duration>(interval, 100ms); }

    TimePoint passedAt_;
    Duration silent_{};
    std::uint32_t failures_ = 0;
    bool hangs_ = false;
};

}  // namespace millrace::backend
