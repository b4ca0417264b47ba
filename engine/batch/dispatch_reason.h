// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>

namespace millrace::batch {

/// Why a batch was dispatched.
enum class DispatchReason {
    Full,      ///< no more fit in
    Idle,      ///< the backend had nothing to do, and waiting would gain nothing
    Timeout,   ///< its oldest member had waited as long as the settings allow
    Deadline,  ///< a member would have missed its deadline
    Flush,     ///< draining, or merging was switched off
};
inline constexpr std::array kDispatchReasons{DispatchReason::Full, DispatchReason::Idle, DispatchReason::Timeout,
                                             DispatchReason::Deadline, DispatchReason::Flush};
const char* nameOf(DispatchReason why);  ///< as the label of metrics: "full", "idle" …

}  // namespace millrace::batch
