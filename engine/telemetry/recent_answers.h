// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/metrics.h"

#include <cstdint>
#include <deque>
#include <utility>

namespace millrace::telemetry {

/// The answers of one kind that a percentile is taken of: those of the newest second, and where these are few, of as
/// many seconds before it as it takes for kLeast. A second with one chat would have that chat as its p99.
///
/// Too few within kSpanMax: none. Nor are there any after a silence as long as what was pooled, for they say nothing of
/// now; so a kind with many answers a second ends with them, and one with an answer now and then has no gaps.
/// Pure core: time comes in, once a second. Bound: kSpanMax of seconds, and no more of them than kLeast needs.
class RecentAnswers {
public:
    static constexpr std::uint64_t kLeast = 20;
    static constexpr Duration kSpanMax = 1min;

    /// What was observed from `began` to `now`.
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

    /// Empty: there are too few.
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
