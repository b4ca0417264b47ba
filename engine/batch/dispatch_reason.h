// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>

namespace millrace::batch {

/// Why a batch was dispatched.
enum class DispatchReason {
    Full,      ///< reached its size limit
    Idle,      ///< the backend was idle, and waiting would have gained nothing
    Timeout,   ///< its oldest member had waited for batcher.timeout_ms
    Deadline,  ///< a member would have missed its deadline
    Flush,     ///< draining, or batching was disabled
};
inline constexpr std::array kDispatchReasons{DispatchReason::Full, DispatchReason::Idle, DispatchReason::Timeout,
                                             DispatchReason::Deadline, DispatchReason::Flush};
const char* nameOf(DispatchReason why);  ///< label in metrics: "full", "idle" …

}  // namespace millrace::batch
