// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "pool/health_monitor.h"
#include "pool/snapshot.h"

#include <optional>
#include <string>

namespace millrace::pool {

/// Whether requests may be sent to an upstream, by what its pool was told to do and by its health: in words.
///
/// Owner: PoolBase.   Thread: its strand.
struct Availability {
    const std::string& backend;
    const HealthMonitor& health;
    bool started = false, draining = false, enabled = true, stopped = false;
    std::optional<std::string> down{};  ///< it is known to be gone, and why

    /// Empty: nothing that the pool was told is in the way.
    std::optional<std::string> blockedWhy() const;
    /// `why` may be null.
    bool available(std::string* why) const;
    /// For those whom an ejected upstream refuses.
    Status ejectedStatus(TimePoint now) const;
    Health state(std::string* reason) const;
};

}  // namespace millrace::pool
