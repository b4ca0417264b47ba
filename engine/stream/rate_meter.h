// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"

#include <algorithm>
#include <cmath>

namespace millrace::stream {

/// A recent rate per second, with exponential decay and without a timer. Pure. Thread: one.
class RateMeter {
public:
    static constexpr double kFadeSeconds = 2.0;  ///< time constant: an amount counts for 1/e after this

    explicit RateMeter(TimePoint start) : start_(start), last_(start) {}

    void add(double amount, TimePoint now)
    {
        recent_ = recent_ * fade(now) + amount;
        last_ = std::max(now, last_);
    }
    double perSecond(TimePoint now) const
    {
        const double age = std::chrono::duration<double>(now - start_).count();
        if (age <= 0) return 0;
        // Corrects for a meter younger than the time constant, which would report too low a rate.
        return recent_ * fade(now) / (kFadeSeconds * (1 - std::exp(-age / kFadeSeconds)));
    }

private:
    double fade(TimePoint now) const
    {
        const double seconds = std::chrono::duration<double>(now - last_).count();
        return seconds <= 0 ? 1 : std::exp(-seconds / kFadeSeconds);
    }

    TimePoint start_;
    TimePoint last_;
    double recent_ = 0;
};

}  // namespace millrace::stream
