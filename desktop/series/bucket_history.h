// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "series/time_window.h"

#include <QtCore/QByteArray>
#include <QtCore/QList>

#include <deque>
#include <optional>

namespace millrace::desktop {

/// Counts by bucket over time, made from totals since an engine's start: what fell into a span. Pure.
/// Bound: kMost moments, a second apart or more; the oldest leave.
class BucketHistory {
public:
    static constexpr std::size_t kMost = 4'000;  ///< more than the longest live window
    static constexpr qint64 kStepMs = 1'000;
    static constexpr qint64 kFirstMs = 3'000;  ///< after its start an engine has its first sample, where windows begin

    /// `totals` of the engine process `boot`, which began with zeros at `startedMs` (0: unknown).
    void add(const QByteArray& boot, qint64 startedMs, qint64 timeMs, const QList<quint64>& totals);

    struct Counted {
        QList<quint64> counts;
        qint64 sinceMs;  ///< the span's begin, or later where nothing is known of before
    };
    /// Empty: nothing is known of the span.
    std::optional<Counted> within(const TimeSpan& span) const;

private:
    struct Point {
        qint64 timeMs;
        QList<quint64> totals;  // of all engines that were seen
    };
    std::deque<Point> points_;
    bool fromStart_ = false;  // the first point is an engine's start: between it and the next nothing is known
    QByteArray boot_;
    QList<quint64> latest_;  // of boot_
};

}  // namespace millrace::desktop
