// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/revision_meter.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace millrace::control {

namespace {

constexpr std::array kSeries = {"requests_per_second", "failed_per_second",    "latency_p50_ms",     "latency_p99_ms",
                                "first_byte_p99_ms",   "connection_reuse",     "batch_rows_average", "warm_rate",
                                "engine_cpu_cores",    "engine_resident_bytes"};

// Below these a difference is noise.
constexpr double kLatencyWorse = 1.25;
constexpr double kLatencyWorseMs = 2;
constexpr double kFailedShareWorse = 0.01;
// Samples come each second; a longer step is not time in which requests were served.
constexpr std::int64_t kStepMs = 10'000;

double valueOf(const RevisionMeter::Values& values, const char* name)
{
    const auto found = values.find(name);
    return found == values.end() ? 0 : found->second;
}

std::string plain(double value)
{
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.3g", value);
    return text.data();
}

}  // namespace

RevisionMeter::Values RevisionMeter::means(std::int64_t fromMs, std::int64_t toMs) const
{
    Values totals;
    std::map<std::string, double> counts;
    for (const auto& point : points_) {
        if (point.timeMs < fromMs || point.timeMs >= toMs) continue;
        for (const auto& [name, value] : point.values) {
            totals[name] += value;
            counts[name] += 1;
        }
    }
    Values out;
    for (const auto& [name, total] : totals)
        if (counts[name] >= kSamplesLeast) out[name] = total / counts[name];
    return out;
}

/// The wall clock was set, or the machine slept: what is kept is moved along, as if that time had not been.
void RevisionMeter::follow(std::int64_t nowMs)
{
    if (points_.empty()) return;
    const std::int64_t step = nowMs - points_.back().timeMs;
    if (step >= -kStepMs && step <= kStepMs) return;
    for (auto& point : points_) point.timeMs += step;
    if (revision_ != 0) began_ += step;
}

RevisionMeter::Values RevisionMeter::before(std::int64_t nowMs) const
{
    // What came before the last revision says nothing about this one's change.
    return means(std::max(nowMs - kWindowMs, revision_ == 0 ? 0 : began_), nowMs);
}

RevisionMeter::Begun RevisionMeter::begin(std::uint64_t revision, std::int64_t nowMs, bool guarded)
{
    follow(nowMs);
    Begun begun;
    if (revision_ != 0) begun.ended = Result{revision_, means(began_ + kSettleMs, nowMs)};
    if (guarded_) {
        const auto& after = begun.ended->after;
        const std::string early = "revision " + std::to_string(revision) + " followed it after " +
                                  std::to_string((nowMs - began_) / 1000) + " s";
        begun.judged = after.count("requests_per_second") != 0
                           ? judge(after)
                           : Verdict{revision_, Verdict::Kind::NotJudged, "before there were figures to compare"};
        begun.judged->why += " (" + early + ')';
    }
    before_ = before(nowMs);
    revision_ = revision;
    began_ = nowMs;
    guarded_ = guarded;
    return begun;
}

RevisionMeter::Outcome RevisionMeter::add(std::int64_t timeMs, const Values& values)
{
    follow(timeMs);
    Point point{timeMs, {}};
    for (const char* name : kSeries) {
        const auto found = values.find(name);
        if (found != values.end() && std::isfinite(found->second)) point.values.insert(*found);
    }
    points_.push_back(std::move(point));
    // By number too: a clock that jumps must not make this grow.
    while (points_.front().timeMs < timeMs - 2 * kWindowMs || points_.size() > 240) points_.pop_front();

    Outcome outcome;
    if (revision_ == 0) return outcome;
    const Values after = means(began_ + kSettleMs, timeMs + 1);
    if (guarded_ && timeMs >= began_ + kGuardMs) {
        guarded_ = false;
        outcome.judged = judge(after);
    }
    if (timeMs >= began_ + kWindowMs) {
        outcome.measured = Result{revision_, after};
        revision_ = 0;
    }
    return outcome;
}

RevisionMeter::Verdict RevisionMeter::judge(const Values& after) const
{
    Verdict verdict{revision_, Verdict::Kind::Kept, {}};
    const double requestsBefore = valueOf(before_, "requests_per_second");
    const double requestsAfter = valueOf(after, "requests_per_second");
    if (requestsBefore <= 0 || requestsAfter <= 0) {
        verdict.why = "kept: too little traffic to compare";
        return verdict;
    }
    const double failedBefore = valueOf(before_, "failed_per_second") / requestsBefore;
    const double failedAfter = valueOf(after, "failed_per_second") / requestsAfter;
    const std::string failed =
        "failed requests " + plain(failedBefore * 100) + " % → " + plain(failedAfter * 100) + " %";
    if (failedAfter > failedBefore + kFailedShareWorse) {
        verdict.kind = Verdict::Kind::Worse;
        verdict.why = failed;
        return verdict;
    }
    const double latencyBefore = valueOf(before_, "latency_p99_ms");
    const double latencyAfter = valueOf(after, "latency_p99_ms");
    const std::string latency = "p99 " + plain(latencyBefore) + " ms → " + plain(latencyAfter) + " ms";
    const bool slower = latencyBefore > 0 && latencyAfter > latencyBefore * kLatencyWorse + kLatencyWorseMs;
    if (slower) verdict.kind = Verdict::Kind::Worse;
    verdict.why = slower ? latency : "kept: " + latency + ", " + failed;
    return verdict;
}

}  // namespace millrace::control
