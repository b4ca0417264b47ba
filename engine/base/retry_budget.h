// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"

#include <algorithm>
#include <cstdint>

namespace millrace {

/// Retries may add `percent` to the requests of late, and a few a second whatever the traffic, so that a lone
/// request may be tried again while a storm is not doubled. Pure. Thread: one. Source: PROTOCOLS, "Retry safety".
class RetryBudget {
public:
    static constexpr double kFloorPerSecond = 2;  ///< granted without any traffic
    static constexpr double kBalanceMax = 100;    ///< what quiet times may save up

    explicit RetryBudget(std::uint32_t percent) : share_(percent / 100.0) {}

    void apply(std::uint32_t percent) { share_ = percent / 100.0; }
    void request() { balance_ = std::min(kBalanceMax, balance_ + share_); }
    /// Takes one retry out of the budget; false: there is none left.
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
    double balance() const { return balance_; }

private:
    double share_;
    double balance_ = kFloorPerSecond;
    TimePoint last_{};
};

}  // namespace millrace
