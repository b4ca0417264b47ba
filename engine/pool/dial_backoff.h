// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"

#include <algorithm>
#include <cstdint>

namespace millrace::pool {

/// Exponential back-off after failed dials, with jitter.
///
/// Owner: Ledger.   Thread: one.
class DialBackoff {
public:
    static constexpr Duration kFirst = 100ms;
    static constexpr Duration kMax = 1s;  ///< short, so that a restarted upstream is found quickly
    static constexpr double kJitter = 0.1;

    /// `uniform`: a number in [0, 1).
    void failed(TimePoint now, double uniform)
    {
        const auto doubled = kFirst * (1u << std::min(failures_, 10u));
        ++failures_;
        const double share = 1.0 - kJitter * uniform;  // downwards only: never beyond kMax
        notBefore_ = now + std::chrono::duration_cast<Duration>(std::min<Duration>(doubled, kMax) * share);
    }
    void reset()
    {
        failures_ = 0;
        notBefore_ = TimePoint::min();
    }
    TimePoint notBefore() const { return notBefore_; }  ///< min(): no failure since the last reset()

private:
    TimePoint notBefore_ = TimePoint::min();
    std::uint32_t failures_ = 0;
};

}  // namespace millrace::pool
