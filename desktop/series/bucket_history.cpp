// SPDX-License-Identifier: GPL-3.0-or-later
#include "series/bucket_history.h"

#include <algorithm>

namespace millrace::desktop {

void BucketHistory::add(const QByteArray& boot, qint64 startedMs, qint64 timeMs, const QList<quint64>& totals)
{
    const qsizetype count = totals.size();
    if (points_.empty() && startedMs > 0 && startedMs < timeMs) {
        points_.push_back({startedMs, QList<quint64>(count, 0)});
        fromStart_ = true;
    }
    if (boot != boot_) latest_.clear();
    boot_ = boot;
    latest_.resize(count);
    QList<quint64> sum = points_.empty() ? QList<quint64>() : points_.back().totals;
    sum.resize(count);
    bool more = points_.size() <= (fromStart_ ? 1U : 0U);  // the first that is known is a separate moment
    for (qsizetype i = 0; i < count; ++i) {
        const quint64 fresh = totals.at(i) >= latest_.at(i) ? totals.at(i) - latest_.at(i) : totals.at(i);
        sum[i] += fresh;
        more = more || fresh > 0;
    }
    latest_ = totals;
    if (!more) return;
    // Within a step the newest stands for all; never the first known one, from which the others are counted.
    const std::size_t first = fromStart_ ? 2 : 1;
    if (points_.size() > first && timeMs - points_[points_.size() - 2].timeMs < kStepMs) points_.pop_back();
    points_.push_back({timeMs, std::move(sum)});
    if (points_.size() > kMost) {
        points_.pop_front();
        fromStart_ = false;
    }
}

std::optional<BucketHistory::Counted> BucketHistory::within(const TimeSpan& span) const
{
    const std::size_t known = fromStart_ ? 1 : 0;
    if (points_.size() <= known || span.endMs < points_[known].timeMs) return std::nullopt;
    const auto after = [this](qint64 when) {
        return std::upper_bound(points_.begin(), points_.end(), when,
                                [](qint64 moment, const Point& point) { return moment < point.timeMs; });
    };
    const Point& last = *std::prev(after(span.endMs));
    Counted out{last.totals, span.beginMs};
    const auto begin = after(span.beginMs);
    const Point* base = nullptr;  // none: from zero, the span holds the engine's whole life
    if (begin == points_.begin()) {
        if (!fromStart_) base = &points_.front();
    } else {
        base = &*std::prev(begin);
        if (fromStart_ && begin == points_.begin() + 1 && span.beginMs > base->timeMs + kFirstMs) base = &points_[1];
    }
    if (!base) return out;
    if (base->timeMs > span.beginMs) out.sinceMs = base->timeMs;
    for (qsizetype i = 0; i < out.counts.size(); ++i) out.counts[i] -= base->totals.value(i, 0);
    return out;
}

}  // namespace millrace::desktop
