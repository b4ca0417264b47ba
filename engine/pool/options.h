// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"

#include <cstdint>

namespace millrace::pool {

/// The settings of a backend's pools, as config.proto's Pool declares them. Sizes hold for each backend. Where 0 is not
/// mentioned, the declared minimum is above it.
struct Options {
    bool enabled = true;             ///< off: a connection for each request, for comparison
    std::uint32_t httpSizeMin = 10;  ///< 0: no warm floor
    std::uint32_t httpSizeMax = 100;
    std::uint32_t grpcSizeMin = 5;  ///< 0: no warm floor
    std::uint32_t grpcSizeMax = 50;
    Duration healthInterval = 30s;
    Duration healthTimeout = 2s;
    Duration idleTimeout = 300s;
    Duration ageMax = 600s;
    std::uint32_t waitersMax = 4096;  ///< 0: a request that finds no free connection is refused
    Duration waitTimeout = 10s;
    std::uint32_t dialsMax = 16;
    Duration connectTimeout = 3s;
    Duration resolveInterval = 10s;     ///< between lookups of a name with open connections; 0: at each dial only
    bool http2 = true;                  ///< offered to servers behind TLS
    std::uint32_t breakerFailures = 5;  ///< consecutive
    Duration breakerOpen = 2s;          ///< from the ejection to the probe

    bool operator==(const Options&) const = default;
};

}  // namespace millrace::pool
