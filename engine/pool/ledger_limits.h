// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "setting_defaults.h"

#include <cstdint>

namespace millrace::pool {

struct LedgerLimits {
    bool reuse = true;  ///< off: a new connection for each call
    std::uint32_t sizeMin = 0;
    std::uint32_t sizeMax = 1;
    std::uint32_t dialsMax = 1;
    std::uint32_t waitersMax = 0;  ///< beyond those for whom a dial is in flight
    Duration waitTimeout = defaults::pool::kWaitTimeout;
    Duration idleLimit = defaults::pool::kIdleTimeout;
    Duration ageMax = defaults::pool::kAgeMax;
    std::uint32_t callsAim = 1;  ///< calls a connection has before another one is opened
    std::uint32_t callsMax = 1;  ///< calls a connection may have at all
};

}  // namespace millrace::pool
