// SPDX-License-Identifier: GPL-3.0-or-later
#include "series/goal_evaluator.h"

#include <algorithm>

namespace millrace::desktop {
namespace {

/// Seconds that must have been measured before a goal is called missed: a few in ten are not ten seconds.
constexpr int kMeasuredLeast = 5;

bool isMeant(const goals::Goal& goal, const GoalSecond& second)
{
    return *goal.load == '\0' || second.load.value_or(0) >= goal.loadMin;
}

}  // namespace

GoalState evaluate(const goals::Goal& goal, const QList<GoalSecond>& seconds)
{
    const auto first = seconds.size() > kEvaluatedSeconds ? seconds.end() - kEvaluatedSeconds : seconds.begin();
    int meant = 0, measured = 0, met = 0;
    for (auto second = first; second != seconds.end(); ++second) {
        if (!isMeant(goal, *second)) continue;
        ++meant;
        if (!second->value) continue;
        ++measured;
        if (goal.isMet(*second->value)) ++met;
    }
    if (meant == 0) return first == seconds.end() ? GoalState::None : GoalState::NeedsLoad;
    if (met > 0) return GoalState::Met;
    // Load that has only begun, or seconds that were not measured, do not make ten seconds out of goal.
    const bool throughout = meant == kEvaluatedSeconds && measured >= kMeasuredLeast;
    return throughout ? GoalState::Missed : GoalState::None;
}

GoalState evaluate(const goals::Goal& goal, const SeriesStore& series, qint64 whenMs)
{
    // One sample a second: the nearest ones before `whenMs`, each once.
    const auto read = [&](const char* name) {
        QList<std::optional<double>> out(kEvaluatedSeconds);
        if (*name == '\0') return out;
        if (series.stepMs() > SeriesStore::kSecondMs) {
            // Means of a longer span: one stands for each of its seconds.
            for (qint64 i = 0; i < kEvaluatedSeconds; ++i)
                out[i] =
                    series.at(QString::fromLatin1(name), whenMs - (kEvaluatedSeconds - 1 - i) * 1000, series.stepMs());
            return out;
        }
        const auto& points = series.points(QString::fromLatin1(name));
        const auto end =
            std::upper_bound(points.begin(), points.end(), whenMs,
                             [](qint64 time, const SeriesStore::Point& point) { return time < point.timeMs; });
        for (auto point = end; point != points.begin();) {
            --point;
            const qint64 back = (whenMs - point->timeMs + 500) / 1000;
            if (back >= kEvaluatedSeconds) break;
            auto& slot = out[kEvaluatedSeconds - 1 - back];
            if (!slot) slot = point->value;
        }
        return out;
    };
    const qint64 oldest = series.oldestMs();
    if (oldest == 0 || whenMs < oldest) return GoalState::None;
    const auto values = read(goal.series), loads = read(goal.load);
    const qint64 known = std::min<qint64>(kEvaluatedSeconds, (whenMs - oldest + 500) / 1000 + 1);
    QList<GoalSecond> seconds;
    for (qint64 i = kEvaluatedSeconds - known; i < kEvaluatedSeconds; ++i) seconds.append({values.at(i), loads.at(i)});
    return evaluate(goal, seconds);
}

}  // namespace millrace::desktop
