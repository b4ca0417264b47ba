// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/revision_impact.h"

#include "phrases.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>

namespace millrace::control {

namespace {

constexpr std::array kSeries = {"served_per_second",
                                "failed_per_second",
                                "refused_per_second",
                                "rejected_per_second",
                                "error_share",
                                "latency_tensor_p50_ms",
                                "latency_tensor_p99_ms",
                                "latency_embedding_p50_ms",
                                "latency_embedding_p99_ms",
                                "latency_generation_p50_ms",
                                "latency_generation_p99_ms",
                                "first_byte_p50_ms",
                                "first_byte_p99_ms",
                                "added_p50_ms",
                                "added_p99_ms",
                                "connection_reuse",
                                "batch_rows_average",
                                "batch_wait_p99_ms",
                                "warm_rate",
                                "waited_loads",
                                "stream_gap_p99_ms",
                                "engine_cpu_cores",
                                "engine_resident_bytes"};

/// What a guarded revision is judged by, besides what was not served.
struct Latency {
    const char* series;
    Phrase phrase;
};
constexpr std::array kLatencies = {Latency{"latency_tensor_p99_ms", Phrase::GuardP99Tensor},
                                   Latency{"latency_embedding_p99_ms", Phrase::GuardP99Embedding},
                                   Latency{"latency_generation_p99_ms", Phrase::GuardP99Generation}};

// Below these a difference is noise.
constexpr double kLatencyWorse = 1.25;
constexpr double kLatencyWorseMs = 2;
constexpr double kFailedShareWorse = 0.01;
// Samples come each second; a longer step is not time in which requests were served.
constexpr std::int64_t kStepMs = 10'000;

double valueOf(const RevisionImpact::Values& values, const char* name)
{
    const auto found = values.find(name);
    return found == values.end() ? 0 : found->second;
}

/// By how many standard errors the share after is above the one before, by what they are shares of.
double sharesAbove(double before, double beforeOf, double after, double afterOf)
{
    const double pooled = (before + after) / (beforeOf + afterOf);
    const double variance = pooled * (1 - pooled) * (1 / beforeOf + 1 / afterOf);
    return variance > 0 ? (after / afterOf - before / beforeOf) / std::sqrt(variance) : 0;
}

}  // namespace

RevisionImpact::Window RevisionImpact::window(std::int64_t fromMs, std::int64_t toMs) const
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
        for (std::size_t i = 0; i < kSeries.size(); ++i) {
            if (std::isnan(point.values[i])) continue;
            Collected& collected = series[kSeries[i]];
            collected.all.add(point.values[i]);
            // Counted back from the end, so that the newest block is whole.
            collected.blocks[(toMs - point.timeMs) / kBlockMs].add(point.values[i]);
        }
    }
    Window out;
    // Rates of one second each: their sums are counts.
    out.served = series["served_per_second"].all.total;
    out.unserved = series["failed_per_second"].all.total + series["refused_per_second"].all.total +
                   series["rejected_per_second"].all.total;
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

RevisionImpact::Values RevisionImpact::noise(const Window& after) const
{
    Values out;
    for (const auto& [name, error] : after.errors) {
        const auto before = before_.errors.find(name);
        if (before != before_.errors.end()) out[name] = kErrorsMin * std::hypot(before->second, error);
    }
    return out;
}

/// The wall clock was set, or the machine slept: what is kept is moved along, as if that time had not been.
void RevisionImpact::follow(std::int64_t nowMs)
{
    if (points_.empty()) return;
    const std::int64_t step = nowMs - points_.back().timeMs;
    if (step >= -kStepMs && step <= kStepMs) return;
    for (auto& point : points_) point.timeMs += step;
    if (revision_ != 0) began_ += step;
}

RevisionImpact::Values RevisionImpact::before(std::int64_t nowMs) const
{
    // What came before the last revision says nothing about this one's change.
    return window(std::max(nowMs - kWindowMs, revision_ == 0 ? 0 : began_), nowMs).means;
}

RevisionImpact::Begun RevisionImpact::begin(std::uint64_t revision, std::int64_t nowMs, bool guarded)
{
    follow(nowMs);
    Begun begun;
    const Window after = window(began_ + kSettleMs, nowMs);
    if (revision_ != 0) begun.ended = Result{revision_, after.means, noise(after)};
    if (guarded_) {
        begun.judged = evaluate(after);
        begun.judged->why =
            say(Phrase::GuardFollowed, begun.judged->why, revision, Value::ms(static_cast<double>(nowMs - began_)));
    }
    before_ = window(std::max(nowMs - kWindowMs, revision_ == 0 ? 0 : began_), nowMs);
    revision_ = revision;
    began_ = nowMs;
    guarded_ = guarded;
    return begun;
}

RevisionImpact::Outcome RevisionImpact::add(std::int64_t timeMs, const Values& values)
{
    static_assert(kSeries.size() == kSeriesCount);
    follow(timeMs);
    Point point{timeMs, {}};
    for (std::size_t i = 0; i < kSeries.size(); ++i) {
        const auto found = values.find(kSeries[i]);
        const bool known = found != values.end() && std::isfinite(found->second);
        point.values[i] = known ? found->second : std::numeric_limits<double>::quiet_NaN();
    }
    points_.push_back(point);
    while (points_.front().timeMs < timeMs - 2 * kWindowMs) points_.pop_front();

    Outcome outcome;
    if (revision_ == 0) return outcome;
    const bool over = timeMs >= began_ + kWindowMs;
    const Window now = after();
    if (guarded_ && timeMs >= began_ + kGuardMs) {
        Verdict verdict = evaluate(now);
        if (over || verdict.kind != Verdict::Kind::NotJudged) {
            guarded_ = false;
            outcome.judged = std::move(verdict);
        }
    }
    if (over) {
        outcome.measured = Result{revision_, now.means, noise(now)};
        revision_ = 0;
    }
    return outcome;
}

RevisionImpact::Window RevisionImpact::after() const
{
    return points_.empty() ? Window() : window(began_ + kSettleMs, points_.back().timeMs + 1);
}

std::optional<RevisionImpact::Progress> RevisionImpact::progress() const
{
    if (!guarded_) return std::nullopt;
    const Window now = after();
    Progress out;
    out.revision = revision_;
    out.beganMs = began_;
    out.judgedMs = began_ + kGuardMs;
    out.latestMs = began_ + kWindowMs;
    out.requestsBefore = static_cast<std::uint64_t>(std::llround(before_.ended()));
    out.requestsAfter = static_cast<std::uint64_t>(std::llround(now.ended()));
    out.before = before_.means;
    out.after = now.means;
    return out;
}

RevisionImpact::Verdict RevisionImpact::evaluate(const Window& after) const
{
    using Kind = Verdict::Kind;
    Verdict verdict{revision_, Kind::NotJudged, {}};
    for (const auto& [ended, phrase] :
         {std::pair(before_.ended(), Phrase::GuardFewBefore), std::pair(after.ended(), Phrase::GuardFewAfter)}) {
        if (ended >= static_cast<double>(kRequestsNeeded)) continue;
        verdict.why = say(phrase, Value(ended, Unit::Requests), kRequestsNeeded);
        return verdict;
    }
    for (const auto* side : {&before_, &after}) {
        if (side->means.contains("served_per_second")) continue;
        verdict.why = say(Phrase::GuardNoFigures);
        return verdict;
    }
    const double failedBefore = before_.unserved / before_.ended(), failedAfter = after.unserved / after.ended();
    const Sentence failed = say(Phrase::GuardFailed, Value::share(failedBefore), Value::share(failedAfter));
    const double sure = sharesAbove(before_.unserved, before_.ended(), after.unserved, after.ended());
    if (failedAfter > failedBefore + kFailedShareWorse && sure > kErrorsMin) {
        verdict.kind = Kind::Worse;
        verdict.why = failed;
        return verdict;
    }
    const Values chances = noise(after);
    Sentence compared;
    for (const Latency& latency : kLatencies) {
        const double was = valueOf(before_.means, latency.series), is = valueOf(after.means, latency.series);
        if (was <= 0 || is <= 0) continue;
        const double chance = valueOf(chances, latency.series);
        const Sentence words = say(latency.phrase, Value::ms(was), Value::ms(is));
        const bool slower = is > was * kLatencyWorse + kLatencyWorseMs;
        if (slower && is - was > chance) {
            verdict.kind = Kind::Worse;
            verdict.why = words;
            return verdict;
        }
        const Sentence judged = slower ? say(Phrase::GuardWithin, words, Value::ms(chance)) : words;
        compared = compared.empty() ? judged : say(Phrase::List, compared, judged);
    }
    verdict.kind = Kind::Kept;
    verdict.why = compared.empty() ? failed : say(Phrase::List, compared, failed);
    return verdict;
}

}  // namespace millrace::control
