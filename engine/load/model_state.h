// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <utility>

namespace millrace::load {

/// The state machine of a model at a backend: the table below is complete, and transition() enforces it.
enum class ModelState : std::uint8_t {
    Cold,       ///< not in memory, not requested
    Queued,     ///< requested; waiting for a slot, for memory, or for an unload to end
    Loading,    ///< being loaded by the backend
    Warm,       ///< in memory
    Unloading,  ///< being unloaded by the backend
    Failed,     ///< the latest load failed; not retried before the back-off is over
};

struct Transition {
    ModelState from, to;
    const char* when;
};

inline constexpr std::array kTransitions{
    Transition{ModelState::Cold, ModelState::Queued, "a load is requested"},
    Transition{ModelState::Cold, ModelState::Warm, "the backend says that it has it"},
    Transition{ModelState::Queued, ModelState::Loading, "a slot and memory are there"},
    Transition{ModelState::Queued, ModelState::Cold, "no request waits for it any more, or it was refused"},
    Transition{ModelState::Queued, ModelState::Warm, "the backend says that it has it"},
    Transition{ModelState::Loading, ModelState::Warm, "the load succeeded"},
    Transition{ModelState::Loading, ModelState::Failed, "the load failed"},
    Transition{ModelState::Loading, ModelState::Unloading, "cancelled or timed out: what the backend has is dropped"},
    Transition{ModelState::Loading, ModelState::Cold, "its backend went down"},
    Transition{ModelState::Warm, ModelState::Unloading, "evicted, expired or unloaded on request"},
    Transition{ModelState::Warm, ModelState::Cold, "its backend went down or dropped it"},
    Transition{ModelState::Unloading, ModelState::Cold, "it is gone"},
    Transition{ModelState::Unloading, ModelState::Warm, "the unload failed: it is still there"},
    Transition{ModelState::Unloading, ModelState::Failed, "gone after a load that timed out"},
    Transition{ModelState::Failed, ModelState::Queued, "requested after the pause, or manually"},
    Transition{ModelState::Failed, ModelState::Cold, "its backend went down"},
    Transition{ModelState::Failed, ModelState::Warm, "the backend says that it has it"},
};

/// Label in metrics, and in responses to clients: "cold" …
constexpr const char* name(ModelState state)
{
    switch (state) {
        case ModelState::Cold:
            return "cold";
        case ModelState::Queued:
            return "queued";
        case ModelState::Loading:
            return "loading";
        case ModelState::Warm:
            return "warm";
        case ModelState::Unloading:
            return "unloading";
        case ModelState::Failed:
            return "failed";
    }
    return "";
}

bool allowed(ModelState from, ModelState to);
/// Changes `state`. Aborts unless allowed().
void transition(ModelState& state, ModelState to);

}  // namespace millrace::load
