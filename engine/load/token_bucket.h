// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"

#include <algorithm>

namespace millrace::load {

/// Limits a rate per second, with bursts of twice as many: bounds the cost of learning in a flood.
class TokenBucket {
public:
    static constexpr double kPerSecond = 250;
    static constexpr double kBurst = 2 * kPerSecond;

    bool take(TimePoint now)
    {
        if (at_ != TimePoint::min()) {
            const double seconds = std::chrono::duration<double>(now - at_).count();
            tokens_ = std::min(kBurst, tokens_ + seconds * kPerSecond);
        }
        at_ = now;
        if (tokens_ < 1) return false;
        tokens_ -= 1;
        return true;
    }

private:
    double tokens_ = kBurst;
    TimePoint at_ = TimePoint::min();
};

}  // namespace millrace::load
