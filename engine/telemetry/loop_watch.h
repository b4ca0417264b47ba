// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/event_log.h"
#include "base/metrics.h"

#include <optional>
#include <string>
#include <vector>

namespace millrace::telemetry {

/// Notices that the engine's I/O thread stood still, which delays every request at once and looks from outside like
/// slow backends, and that the system's time jumped: the machine slept, or somebody set its clock.
///
///     co_spawn(strand, watchLoop(clock, registry, eventLog), detached);    // the shell; of the core alone:
///     for (const auto& found : watch.woke(due, clock.now(), clock.unixMs())) eventLog.append(found.severity, …);
///
/// Pure. Bound: one event about stalls a minute; those in between are added up.
class LoopWatch {
public:
    static constexpr Duration kEvery = 100ms;  ///< between looks; a stall is seen short by this at most
    static constexpr Duration kStall = 500ms;
    static constexpr Duration kQuiet = 1min;
    static constexpr Duration kJump = 2s;

    struct Found {
        Severity severity;
        const char* kind;
        Sentence text;
    };
    /// A wake-up that was asked for at `due` came at `now`. `unixMs`: the system's time at `now`.
    std::vector<Found> woke(TimePoint due, TimePoint now, std::int64_t unixMs);

private:
    struct Stalls {
        int count = 0;
        Duration longest{};
        Duration total{};
    };
    struct Look {
        TimePoint now;
        std::int64_t unixMs;
    };
    std::optional<Sentence> stalled(Duration late, TimePoint now);

    Stalls stalls_;           // since the latest event
    TimePoint quietUntil_{};  // no event about stalls before
    std::optional<Look> last_;
};

/// Looks each LoopWatch::kEvery, counts what it sees in `millrace_engine_loop_lag_seconds` and notes what is found.
/// Runs until it is cancelled or its context ends. Thread: the one that is watched.
net::awaitable<void> watchLoop(Clock& clock, Registry& registry, EventLog& eventLog);

}  // namespace millrace::telemetry
