// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"

#include <cstdint>

namespace millrace::pool {

/// The settings of a backend's pools, as config.proto's Pool declares them. Sizes hold for each backend.
struct Options {
    bool enabled = true;  ///< off: a connection for each request, to compare
    std::uint32_t httpSizeMin = 10;
    std::uint32_t httpSizeMax = 100;
    std::uint32_t grpcSizeMin = 5;
    std::uint32_t grpcSizeMax = 50;
    Duration healthInterval = 30s;
    Duration healthTimeout = 2s;
    Duration idleTimeout = 300s;
    Duration ageMax = 600s;
    std::uint32_t waitersMax = 4096;
    Duration waitTimeout = 10s;
    std::uint32_t dialsMax = 16;
    Duration connectTimeout = 3s;
    Duration resolveInterval = 10s;  ///< how often a name's addresses are looked up again; zero: for each dial only
    bool http2 = true;               ///< is offered to servers behind TLS
    std::uint32_t breakerFailures = 5;
    Duration breakerOpen = 2s;

    bool operator==(const Options&) const = default;
};

}  // namespace millrace::pool
