// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/contract.h"
#include "series/plot_pieces.h"

#include <QtCore/QHash>
#include <QtCore/QObject>
#include <QtCore/QString>

#include <deque>
#include <optional>

namespace millrace::desktop {

/// The engine's series, evenly spaced in time: the last hour by seconds, or a span of its history.
///
///     store.append(sample);                                    // once a second
///     for (const SeriesPoint& point : store.points("served_per_second")) …
///     const auto value = store.at("served_per_second", timeMs);
///
/// Owner:  Session.   Thread: GUI.
/// Bound:  kPointsMax points per series, oldest dropped first; kSeriesMax series, further names are ignored.
/// Source: engine/docs/metrics.md, "Series derived once a second". A second without a value has no point; a gap without
///         any sample is an Outage. Points are aligned to whole steps, as in the engine's history, so that live and
///         replayed data look the same.
class SeriesStore : public QObject {
    Q_OBJECT
public:
    static constexpr int kPointsMax = 3700;
    static constexpr int kSeriesMax = 256;
    static constexpr qint64 kSecondMs = 1000;

    using Point = SeriesPoint;

    using QObject::QObject;

    void append(const control::Sample& sample);
    /// Adds missing points; existing ones are kept.
    void backfill(const control::History& history);
    /// Replaces everything, including the step.
    void replaceBy(const control::History& history);
    void clear();

    const std::deque<Point>& points(const QString& name) const;
    const std::deque<Outage>& outages() const { return outages_; }
    std::optional<double> latest(const QString& name) const;  ///< of the newest sample; empty if it had none
    /// The value nearest to `timeMs` within `withinMs` (0: gapMs()); empty: none.
    std::optional<double> at(const QString& name, qint64 timeMs, qint64 withinMs = 0) const;
    qint64 stepMs() const { return stepMs_; }
    qint64 gapMs() const { return stepMs_ * 26 / 10; }  ///< two samples further apart: some are missing
    qint64 newestMs() const { return newestMs_; }
    qint64 oldestMs() const;
    int samples() const { return samples_; }
    QStringList names() const;

Q_SIGNALS:
    void changed();

private:
    void merge(const control::History& history);
    void findOutages();

    QHash<QString, std::deque<Point>> series_;
    std::deque<qint64> times_;  // of all samples
    std::deque<Outage> outages_;
    qint64 stepMs_ = kSecondMs;
    qint64 newestMs_ = 0;
    qint64 lastSampleMs_ = 0;  // not aligned
    int samples_ = 0;
};

}  // namespace millrace::desktop
