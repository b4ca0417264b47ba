// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"

#include <algorithm>
#include <cstdint>

namespace millrace {

/// Limits retries to a percentage of the recent requests, plus a few per second regardless of traffic: a single request
/// can be retried, but an overload is not amplified.
///
///     budget.request();                                     // for each request
///     if (retryable(status) && budget.spend(clock.now())) …  // retry
///
/// Pure. Thread: one. Not here: whether a request is safe to retry (isUnsent(), HttpRequest::replaySafe).
class RetryBudget {
public:
    static constexpr double kFloorPerSecond = 2;  ///< granted without any traffic
    static constexpr double kBalanceMax = 100;    ///< retries that may accumulate while few are needed

    /// `percent` of the requests; 0: no retries at all.
    explicit RetryBudget(std::uint32_t percent) : share_(percent / 100.0) {}

    void apply(std::uint32_t percent) { share_ = percent / 100.0; }
    void request() { balance_ = std::min(kBalanceMax, balance_ + share_); }
    /// Takes one retry from the budget. False: exhausted, do not retry.
    bool spend(TimePoint now)
    {
        if (share_ <= 0) return false;
        if (last_ != TimePoint{})
            balance_ = std::min(kBalanceMax, balance_ + kFloorPerSecond * toMs(now - last_) / 1000);
        last_ = now;
        if (balance_ < 1) return false;
        balance_ -= 1;
        return true;
    }

private:
    double share_;
    double balance_ = kFloorPerSecond;
    TimePoint last_{};
};

}  // namespace millrace
