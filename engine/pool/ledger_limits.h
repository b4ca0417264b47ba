// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "setting_defaults.h"

#include <cstdint>

namespace millrace::pool {

/// The limits of a Ledger. pool_limits.h derives them from the settings.
struct LedgerLimits {
    bool reuse = true;  ///< false: a new connection for each call
    std::uint32_t sizeMin = 0;
    std::uint32_t sizeMax = 1;
    std::uint32_t dialsMax = 1;
    std::uint32_t waitersMax = 0;  ///< in addition to those whose connection is being dialled
    Duration waitTimeout = defaults::pool::kWaitTimeout;
    Duration idleLimit = defaults::pool::kIdleTimeout;
    Duration ageMax = defaults::pool::kAgeMax;
    std::uint32_t callsAim = 1;  ///< calls per connection before another one is opened
    std::uint32_t callsMax = 1;  ///< calls per connection at most
};

}  // namespace millrace::pool
