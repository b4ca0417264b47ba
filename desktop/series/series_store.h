// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/contract.h"

#include <QtCore/QHash>
#include <QtCore/QList>
#include <QtCore/QObject>
#include <QtCore/QPointF>
#include <QtCore/QString>

#include <deque>
#include <optional>

namespace millrace::desktop {

/// The last hour of every series the engine derives, one point a second.
///
/// Owner:  Session.   Thread: GUI.
/// Bound:  kPointsMax points a series, kSeriesMax series; the oldest leave first, names beyond the bound are dropped.
/// Source: engine/docs/metrics.md, "Series derived once a second". A second without a value is a gap, never a zero.
class SeriesStore : public QObject {
    Q_OBJECT
public:
    static constexpr int kPointsMax = 3700;
    static constexpr int kSeriesMax = 256;
    /// Two neighbours further apart than this are not joined by a line.
    static constexpr qint64 kGapMs = 2600;

    struct Point {
        qint64 timeMs;
        double value;
        bool operator==(const Point&) const = default;
    };

    using QObject::QObject;

    void append(const control::Sample& sample);
    /// Fills in what is older than the first point held (or everything, when nothing is held).
    void backfill(const control::History& history);
    void clear();

    const std::deque<Point>& points(const QString& name) const;
    std::optional<double> latest(const QString& name) const;             ///< of the newest sample; empty if it had none
    std::optional<double> at(const QString& name, qint64 timeMs) const;  ///< nearest within kGapMs
    qint64 newestMs() const { return newestMs_; }
    qint64 oldestMs() const;
    int samples() const { return samples_; }
    QStringList names() const;

Q_SIGNALS:
    void changed();

private:
    QHash<QString, std::deque<Point>> series_;
    qint64 newestMs_ = 0;
    int samples_ = 0;
};

/// Lines to draw: each inner list is one unbroken piece.
using Segments = QList<QList<QPointF>>;

/// At most `columns` columns, each with its least and greatest value in order of time, so that no spike is lost.
/// A point without neighbours becomes a dash of one second, or it would not be seen.
Segments decimate(const std::deque<SeriesStore::Point>& points, qint64 fromMs, qint64 toMs, int columns);

}  // namespace millrace::desktop
