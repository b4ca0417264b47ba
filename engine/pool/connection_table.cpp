// SPDX-License-Identifier: GPL-3.0-or-later
#include "pool/connection_table.h"

namespace millrace::pool {

std::string_view stateName(State state)
{
    switch (state) {
        case State::Connecting:
            return "connecting";
        case State::Idle:
            return "idle";
        case State::Active:
            return "active";
        case State::Draining:
            return "draining";
    }
    return "?";
}

std::string_view reasonName(CloseReason reason)
{
    switch (reason) {
        case CloseReason::Idle:
            return "idle";
        case CloseReason::Age:
            return "age";
        case CloseReason::Shrink:
            return "shrink";
        case CloseReason::ServerClosed:
            return "server_closed";
        case CloseReason::Error:
            return "error";
        case CloseReason::Evicted:
            return "evicted";
        case CloseReason::Drain:
            return "drain";
        case CloseReason::Unhealthy:
            return "unhealthy";
        case CloseReason::OneShot:
            return "one_shot";
        case CloseReason::Cancelled:
            return "cancelled";
        case CloseReason::Moved:
            return "moved";
    }
    return "?";
}

std::string ConnectionTable::audit(std::uint32_t callsMax) const
{
    std::size_t held = 0;
    std::uint64_t calls = 0;
    for (std::size_t i = 0; i < kStates; ++i) {
        for (const Entry& entry : lists_[i]) {
            ++held;
            calls += entry.calls;
            if (entry.state != static_cast<State>(i)) return "an entry is in the list of another state";
            if (find(entry.id) != &entry) return "an entry is not found by its id";
            const bool carries = entry.state == State::Active || entry.state == State::Draining;
            if (carries != (entry.calls > 0)) return "calls do not fit the state";
            if (entry.calls > callsMax && entry.state != State::Draining) return "too many calls";
        }
    }
    if (held != places_.size()) return "index and lists differ";
    if (calls != calls_) return "calls are miscounted";
    return {};
}

}  // namespace millrace::pool
