// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "setting_defaults.h"

#include <cstdint>

namespace millrace::pool {

/// The settings of a backend's pools, as config.proto's Pool declares them. Sizes hold for each backend. Where 0 is not
/// mentioned, the declared minimum is above it.
struct Options {
    bool enabled = defaults::pool::kEnabled;                   ///< off: a connection for each request, for comparison
    std::uint32_t httpSizeMin = defaults::pool::kHttpSizeMin;  ///< 0: no warm floor
    std::uint32_t httpSizeMax = defaults::pool::kHttpSizeMax;
    std::uint32_t grpcSizeMin = defaults::pool::kGrpcSizeMin;  ///< 0: no warm floor
    std::uint32_t grpcSizeMax = defaults::pool::kGrpcSizeMax;
    Duration healthInterval = defaults::pool::kHealthInterval;
    Duration healthTimeout = defaults::pool::kHealthTimeout;
    Duration idleTimeout = defaults::pool::kIdleTimeout;
    Duration ageMax = defaults::pool::kAgeMax;
    std::uint32_t waitersMax = defaults::pool::kWaitersMax;  ///< 0: a request that finds no free connection is refused
    Duration waitTimeout = defaults::pool::kWaitTimeout;
    std::uint32_t dialsMax = defaults::pool::kDialsMax;
    Duration connectTimeout = defaults::pool::kConnectTimeout;
    /// Between lookups of a name with open connections; 0: at each dial only
    Duration resolveInterval = defaults::pool::kResolveInterval;
    bool http2 = defaults::pool::kHttp2;                               ///< offered to servers behind TLS
    std::uint32_t breakerFailures = defaults::pool::kBreakerFailures;  ///< consecutive
    Duration breakerOpen = defaults::pool::kBreakerOpen;               ///< from the ejection to the probe

    bool operator==(const Options&) const = default;
};

}  // namespace millrace::pool
