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

RevisionMeter::Window RevisionMeter::window(std::int64_t fromMs, std::int64_t toMs) const
{
    struct Sum {
        double total = 0;
        double count = 0;
        double mean() const { return total / count; }
        void add(double value)
        {
            total += value;
            count += 1;
        }
    };
    struct Collected {
        Sum all;
        std::map<std::int64_t, Sum> blocks;  // by their place in time
    };
    std::map<std::string, Collected> series;
    for (const auto& point : points_) {
        if (point.timeMs < fromMs || point.timeMs >= toMs) continue;
        for (const auto& [name, value] : point.values) {
            series[name].all.add(value);
            // Counted back from the end, so that the newest block is whole.
            series[name].blocks[(toMs - point.timeMs) / kBlockMs].add(value);
        }
    }
    Window out;
    for (const auto& [name, collected] : series) {
        if (collected.all.count < kSamplesLeast) continue;
        out.means[name] = collected.all.mean();
        const auto blocks = collected.blocks.size();
        if (blocks < kBlocksLeast) continue;
        Sum middle, squares;
        for (const auto& [place, block] : collected.blocks) middle.add(block.mean());
        for (const auto& [place, block] : collected.blocks) squares.add(std::pow(block.mean() - middle.mean(), 2));
        out.errors[name] = std::sqrt(squares.total / static_cast<double>(blocks - 1) / static_cast<double>(blocks));
    }
    return out;
}

RevisionMeter::Values RevisionMeter::noise(const Window& after) const
{
    Values out;
    for (const auto& [name, error] : after.errors) {
        const auto before = before_.errors.find(name);
        if (before != before_.errors.end()) out[name] = kErrorsMin * std::hypot(before->second, error);
    }
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
    return window(std::max(nowMs - kWindowMs, revision_ == 0 ? 0 : began_), nowMs).means;
}

RevisionMeter::Begun RevisionMeter::begin(std::uint64_t revision, std::int64_t nowMs, bool guarded)
{
    follow(nowMs);
    Begun begun;
    const Window after = window(began_ + kSettleMs, nowMs);
    if (revision_ != 0) begun.ended = Result{revision_, after.means, noise(after)};
    if (guarded_) {
        const std::string early = "revision " + std::to_string(revision) + " followed it after " +
                                  std::to_string((nowMs - began_) / 1000) + " s";
        begun.judged = after.means.count("requests_per_second") != 0
                           ? judge(after)
                           : Verdict{revision_, Verdict::Kind::NotJudged, "before there were figures to compare"};
        begun.judged->why += " (" + early + ')';
    }
    before_ = window(std::max(nowMs - kWindowMs, revision_ == 0 ? 0 : began_), nowMs);
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
    const Window after = window(began_ + kSettleMs, timeMs + 1);
    if (guarded_ && timeMs >= began_ + kGuardMs) {
        guarded_ = false;
        outcome.judged = judge(after);
    }
    if (timeMs >= began_ + kWindowMs) {
        outcome.measured = Result{revision_, after.means, noise(after)};
        revision_ = 0;
    }
    return outcome;
}

RevisionMeter::Verdict RevisionMeter::judge(const Window& window) const
{
    const Values& before = before_.means;
    const Values& after = window.means;
    Verdict verdict{revision_, Verdict::Kind::Kept, {}};
    const double requestsBefore = valueOf(before, "requests_per_second");
    const double requestsAfter = valueOf(after, "requests_per_second");
    if (requestsBefore <= 0 || requestsAfter <= 0) {
        verdict.why = "too little traffic to compare";
        return verdict;
    }
    const double failedBefore = valueOf(before, "failed_per_second") / requestsBefore;
    const double failedAfter = valueOf(after, "failed_per_second") / requestsAfter;
    const std::string failed =
        "failed requests " + plain(failedBefore * 100) + " % → " + plain(failedAfter * 100) + " %";
    if (failedAfter > failedBefore + kFailedShareWorse) {
        verdict.kind = Verdict::Kind::Worse;
        verdict.why = failed;
        return verdict;
    }
    const double latencyBefore = valueOf(before, "latency_p99_ms");
    const double latencyAfter = valueOf(after, "latency_p99_ms");
    const std::string latency = "p99 " + plain(latencyBefore) + " ms → " + plain(latencyAfter) + " ms";
    const double chance = valueOf(noise(window), "latency_p99_ms");
    const bool slower = latencyBefore > 0 && latencyAfter > latencyBefore * kLatencyWorse + kLatencyWorseMs;
    if (slower && latencyAfter - latencyBefore <= chance) {
        verdict.why = latency + " is within what it varies by itself (± " + plain(chance) + " ms), " + failed;
        return verdict;
    }
    if (slower) verdict.kind = Verdict::Kind::Worse;
    verdict.why = slower ? latency : latency + ", " + failed;
    return verdict;
}

}  // namespace millrace::control
