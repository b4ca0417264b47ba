// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/event_log.h"
#include "base/metrics.h"

#include <optional>
#include <string>
#include <vector>

namespace millrace::telemetry {

/// Detects that the engine's event loop was blocked, which delays all requests and looks like slow backends from
/// outside, and that the system's clock jumped (suspend, or the clock was set).
///
///     co_spawn(strand, watchLoop(clock, registry, eventLog), detached);    // the shell; of the core alone:
///     for (const auto& found : watch.woke(due, clock.now(), clock.unixMs())) eventLog.append(found.severity, …);
///
/// Pure. Thread: one. Bound: one event about stalls per minute, which sums up those in between.
class LoopWatch {
public:
    static constexpr Duration kEvery = 100ms;  ///< interval of wake-ups, and the error of a measured stall
    static constexpr Duration kStall = 500ms;
    static constexpr Duration kQuiet = 1min;
    static constexpr Duration kJump = 2s;

    struct Found {
        Severity severity;
        const char* kind;
        Sentence text;
    };
    /// A wake-up requested for `due` came at `now`, at wall-clock time `unixMs`. Returns what to report.
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
    TimePoint quietUntil_{};  // no stall event before
    std::optional<Look> last_;
};

/// The shell: wakes up each LoopWatch::kEvery, observes `millrace_engine_loop_lag_seconds`, logs findings, and
/// maintains Clock::pulse(). Runs until cancelled. Thread: the strand being watched.
net::awaitable<void> watchLoop(Clock& clock, Registry& registry, EventLog& eventLog);

}  // namespace millrace::telemetry
