// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>

/// Why models come and go, and how that turned out; each with its word in the labels of metrics.
namespace millrace::load {

/// Why a model is loaded.
enum class Cause { Demand, Preload, Manual, Pin };
inline constexpr std::array kCauses{Cause::Demand, Cause::Preload, Cause::Manual, Cause::Pin};
const char* name(Cause cause);

enum class LoadOutcome { Queued, Loading, Ok, Failed, Timeout, Cancelled };
inline constexpr std::array kLoadOutcomes{LoadOutcome::Queued, LoadOutcome::Loading, LoadOutcome::Ok,
                                          LoadOutcome::Failed, LoadOutcome::Timeout, LoadOutcome::Cancelled};
const char* name(LoadOutcome outcome);

/// How a preload turned out.
enum class Verdict {
    Hit,
    Late,    ///< it helped, but not enough: requested before it was loaded
    Wasted,  ///< unloaded without having been used
};
inline constexpr std::array kVerdicts{Verdict::Hit, Verdict::Late, Verdict::Wasted};
const char* name(Verdict verdict);

enum class UnloadReason {
    Evicted,  ///< to make room for a request
    Preload,  ///< to make room for a preload
    Ttl,      ///< not used for long
    Manual,   ///< on request
    Backend,  ///< the backend lost it
    Failed,   ///< these three: what is left of a load that ended so
    Timeout,
    Cancelled,
};
inline constexpr std::array kUnloadReasons{UnloadReason::Evicted, UnloadReason::Preload,  UnloadReason::Ttl,
                                           UnloadReason::Manual,  UnloadReason::Backend,  UnloadReason::Failed,
                                           UnloadReason::Timeout, UnloadReason::Cancelled};
const char* name(UnloadReason reason);
/// Of what a load has left that did not succeed.
UnloadReason reasonAfter(LoadOutcome outcome);

}  // namespace millrace::load
