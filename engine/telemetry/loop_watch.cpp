// SPDX-License-Identifier: GPL-3.0-or-later
#include "telemetry/loop_watch.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

namespace millrace::telemetry {

namespace {

std::string span(double ms)
{
    char text[32];
    if (ms < 1000)
        std::snprintf(text, sizeof text, "%.0f ms", ms);
    else if (ms < 120e3)
        std::snprintf(text, sizeof text, "%.1f s", ms / 1000);
    else if (ms < 7200e3)
        std::snprintf(text, sizeof text, "%.0f min", ms / 60e3);
    else
        std::snprintf(text, sizeof text, "%.1f h", ms / 3600e3);
    return text;
}

}  // namespace

std::vector<LoopWatch::Found> LoopWatch::woke(TimePoint due, TimePoint now, std::int64_t unixMs)
{
    std::vector<Found> found;
    if (auto text = stalled(now - due, now)) found.push_back({Severity::Warning, "loop_stalled", *std::move(text)});
    if (last_) {
        const double jump = static_cast<double>(unixMs - last_->unixMs) - toMs(now - last_->now);
        if (std::abs(jump) >= toMs(kJump)) {
            found.push_back(
                {Severity::Notice, "clock_jumped",
                 "the system's time moved by " + span(std::abs(jump)) +
                     (jump > 0 ? " ahead: the machine slept, or its clock was set" : " back: its clock was set")});
        }
    }
    last_ = Look{now, unixMs};
    return found;
}

std::optional<std::string> LoopWatch::stalled(Duration late, TimePoint now)
{
    if (late >= kStall) {
        ++stalls_.count;
        stalls_.longest = std::max(stalls_.longest, late);
        stalls_.total += late;
    }
    if (stalls_.count == 0 || now < quietUntil_) return std::nullopt;
    const Stalls told = std::exchange(stalls_, {});
    quietUntil_ = now + kQuiet;
    if (told.count == 1) return "the engine stood still for " + span(toMs(told.longest)) + ": every request waited";
    return "the engine stood still " + std::to_string(told.count) + " times, for " + span(toMs(told.total)) +
           " in all, at most " + span(toMs(told.longest)) + ": every request waited";
}

net::awaitable<void> watchLoop(Clock& clock, Registry& registry, Journal& journal)
{
    Histogram& lag = registry.histogram("millrace_engine_loop_lag_seconds", "How late the engine's loop woke up",
                                        buckets::latencySeconds());
    LoopWatch watch;
    for (;;) {
        const TimePoint due = clock.now() + LoopWatch::kEvery;
        co_await clock.sleepUntil(due);
        const TimePoint now = clock.now();
        lag.observe(std::max(0.0, toMs(now - due)) / 1000);
        for (auto& found : watch.woke(due, now, clock.unixMs()))
            journal.note(found.severity, found.kind, "engine", std::move(found.text));
    }
}

}  // namespace millrace::telemetry
