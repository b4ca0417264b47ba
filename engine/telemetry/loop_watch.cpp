// SPDX-License-Identifier: GPL-3.0-or-later
#include "telemetry/loop_watch.h"

#include "phrases.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace millrace::telemetry {

std::vector<LoopWatch::Found> LoopWatch::woke(TimePoint due, TimePoint now, std::int64_t unixMs)
{
    std::vector<Found> found;
    if (auto text = stalled(now - due, now)) found.push_back({Severity::Warning, "loop_stalled", *std::move(text)});
    if (last_) {
        const double jump = static_cast<double>(unixMs - last_->unixMs) - toMs(now - last_->now);
        if (std::abs(jump) >= toMs(kJump)) {
            found.push_back({Severity::Notice, "clock_jumped",
                             say(jump > 0 ? Phrase::ClockForward : Phrase::ClockBackward, Value::ms(std::abs(jump)))});
        }
    }
    last_ = Look{now, unixMs};
    return found;
}

std::optional<Sentence> LoopWatch::stalled(Duration late, TimePoint now)
{
    if (late >= kStall) {
        ++stalls_.count;
        stalls_.longest = std::max(stalls_.longest, late);
        stalls_.total += late;
    }
    if (stalls_.count == 0 || now < quietUntil_) return std::nullopt;
    const Stalls reported = std::exchange(stalls_, {});
    quietUntil_ = now + kQuiet;
    if (reported.count == 1) return say(Phrase::LoopBlocked, reported.longest);
    return say(Phrase::LoopBlockedOften, Value(reported.count, Unit::Times), reported.total, reported.longest);
}

net::awaitable<void> watchLoop(Clock& clock, Registry& registry, EventLog& eventLog)
{
    Histogram& lag = registry.histogram("millrace_engine_loop_lag_seconds",
                                        "Seconds by which the engine's I/O thread woke up late, sampled every 100 ms; "
                                        "half a second or more is an event, too.",
                                        buckets::latencySeconds());
    LoopWatch watch;
    for (;;) {
        const TimePoint due = clock.now() + LoopWatch::kEvery;
        clock.pulse().sleeps(due);
        co_await clock.sleepUntil(due);
        const TimePoint now = clock.now();
        clock.pulse().woke(now);
        lag.observe(std::max(0.0, toMs(now - due)) / 1000);
        for (auto& found : watch.woke(due, now, clock.unixMs()))
            eventLog.append(found.severity, found.kind, "engine", std::move(found.text));
    }
}

}  // namespace millrace::telemetry
