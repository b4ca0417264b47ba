// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

namespace millrace::runtime {

/// Blocks until `ready`, to simulate a load of that duration. Cancelled: `stop` was set.
inline Status takeUntil(std::chrono::steady_clock::time_point ready, const std::atomic<bool>& stop)
{
    using Clock = std::chrono::steady_clock;
    while (Clock::now() < ready) {
        if (stop.load()) return cancelled("stopped while loading");
        std::this_thread::sleep_until(std::min(ready, Clock::now() + std::chrono::milliseconds(20)));
    }
    return absl::OkStatus();
}

}  // namespace millrace::runtime
