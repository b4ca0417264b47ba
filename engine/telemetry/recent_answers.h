// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/metrics.h"

#include <cstdint>
#include <deque>
#include <utility>

namespace millrace::telemetry {

/// The answers of one kind over which a percentile is computed: those of the newest second, extended into the past
/// until there are kLeast. Otherwise the p99 of a second with one chat would be that chat.
///
///     recent.add(observedSinceLastSecond, lastSecond, now);
///     if (const HistogramData data = recent.pooled(now); data.count > 0) publish(data);
///
/// There is no result with fewer than kLeast answers within kSpanMax, nor after a silence as long as the pooled span.
/// So the line of a kind with many answers a second ends when they end, and that of a kind with few has no gaps.
///
/// Pure core; called once a second. Bound: the seconds within kSpanMax, and no more than kLeast needs.
class RecentAnswers {
public:
    static constexpr std::uint64_t kLeast = 20;
    static constexpr Duration kSpanMax = 1min;

    /// Adds the observations made between `began` and `now`.
    void add(HistogramData observed, TimePoint began, TimePoint now)
    {
        if (observed.count > 0) {
            count_ += observed.count;
            seconds_.push_back({began, now, std::move(observed)});
        }
        while (!seconds_.empty() &&
               (seconds_.front().began < now - kSpanMax - kSlack || count_ - seconds_.front().data.count >= kLeast)) {
            count_ -= seconds_.front().data.count;
            seconds_.pop_front();
        }
    }

    /// count == 0: too few.
    HistogramData pooled(TimePoint now) const
    {
        if (count_ < kLeast) return {};
        const Duration silence = now - seconds_.back().ended;
        if (silence + kSlack > seconds_.back().ended - seconds_.front().began) return {};
        HistogramData all = seconds_.front().data;
        for (auto second = seconds_.begin() + 1; second != seconds_.end(); ++second) all.merge(second->data);
        return all;
    }

private:
    static constexpr Duration kSlack = 500ms;  // seconds are not always as long as each other
    struct Second {
        TimePoint began, ended;
        HistogramData data;
    };
    std::deque<Second> seconds_;  // with answers, oldest first
    std::uint64_t count_ = 0;     // in all of them
};

}  // namespace millrace::telemetry
