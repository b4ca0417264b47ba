// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>

/// Reasons and outcomes of loads and unloads; name() is the label in metrics.
namespace millrace::load {

/// Why a model is loaded.
enum class Cause { Demand, Preload, Manual, Pin };
inline constexpr std::array kCauses{Cause::Demand, Cause::Preload, Cause::Manual, Cause::Pin};
const char* name(Cause cause);

enum class LoadOutcome { Queued, Loading, Ok, Failed, Timeout, Cancelled };
inline constexpr std::array kLoadOutcomes{LoadOutcome::Queued, LoadOutcome::Loading, LoadOutcome::Ok,
                                          LoadOutcome::Failed, LoadOutcome::Timeout, LoadOutcome::Cancelled};
const char* name(LoadOutcome outcome);

/// The outcome of a preload.
enum class Verdict {
    Hit,     ///< loaded when it was requested
    Late,    ///< still loading when it was requested
    Wasted,  ///< unloaded without having been used
};
inline constexpr std::array kVerdicts{Verdict::Hit, Verdict::Late, Verdict::Wasted};
const char* name(Verdict verdict);

enum class UnloadReason {
    Evicted,  ///< to make room for a request
    Preload,  ///< to make room for a preload
    Ttl,      ///< unused for its idle TTL
    Manual,   ///< on request
    Backend,  ///< the backend dropped it
    Failed,   ///< this and the next two: cleaning up after a load with that outcome
    Timeout,
    Cancelled,
};
inline constexpr std::array kUnloadReasons{UnloadReason::Evicted, UnloadReason::Preload,  UnloadReason::Ttl,
                                           UnloadReason::Manual,  UnloadReason::Backend,  UnloadReason::Failed,
                                           UnloadReason::Timeout, UnloadReason::Cancelled};
const char* name(UnloadReason reason);
/// The reason for cleaning up after an unsuccessful load.
UnloadReason reasonAfter(LoadOutcome outcome);

}  // namespace millrace::load
