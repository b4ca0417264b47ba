// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "pool/health_monitor.h"
#include "pool/snapshot.h"

#include <optional>
#include <string>

namespace millrace::pool {

/// Whether requests may be sent to an upstream, from the operator's switches and its health, with the reason.
///
/// Owner: PoolBase.   Thread: its strand.
struct Availability {
    const std::string& backend;
    const HealthMonitor& health;
    bool started = false, draining = false, enabled = true, stopped = false;
    std::optional<std::string> down{};  ///< known to be down, and why; empty: not

    /// Why requests are blocked by the operator or by a stop; empty: they are not.
    std::optional<std::string> blockedWhy() const;
    /// `why` may be null.
    bool available(std::string* why) const;
    /// The error for requests that arrive while the upstream is ejected, with the time until the next probe.
    Status ejectedStatus(TimePoint now) const;
    Health state(std::string* reason) const;
};

}  // namespace millrace::pool
