// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "pool/health_monitor.h"
#include "pool/snapshot.h"

#include <optional>
#include <string>

namespace millrace::pool {

/// Whether requests may be sent to an upstream, by the state that the operator set and by its health, with the reason.
///
/// Owner: PoolBase.   Thread: its strand.
struct Availability {
    const std::string& backend;
    const HealthMonitor& health;
    bool started = false, draining = false, enabled = true, stopped = false;
    std::optional<std::string> down{};  ///< it is known to be gone, and why

    /// Why the operator or a stop blocks requests; empty: they do not.
    std::optional<std::string> blockedWhy() const;
    /// `why` may be null.
    bool available(std::string* why) const;
    /// For those whom an ejected upstream refuses.
    Status ejectedStatus(TimePoint now) const;
    Health state(std::string* reason) const;
};

}  // namespace millrace::pool
