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

/// Series that the engine derives, evenly spaced in time: the last hour by seconds, or a span of its history.
///
/// Owner:  Session.   Thread: GUI.
/// Bound:  kPointsMax points a series, kSeriesMax series; the oldest leave first, names beyond the bound are dropped.
/// Source: engine/docs/metrics.md, "Series derived once a second". A moment without a value is absent, never a zero;
///         a stretch without any sample at all is an Outage.
/// Points are on whole steps, as they do in the engine's history: a minute looks alike live and replayed.
class SeriesStore : public QObject {
    Q_OBJECT
public:
    static constexpr int kPointsMax = 3700;
    static constexpr int kSeriesMax = 256;
    static constexpr qint64 kSecondMs = 1000;

    using Point = SeriesPoint;

    using QObject::QObject;

    void append(const control::Sample& sample);
    /// Fills in what is not held; what is held stays.
    void backfill(const control::History& history);
    /// Nothing but this, with its own spacing.
    void replaceBy(const control::History& history);
    void clear();

    const std::deque<Point>& points(const QString& name) const;
    const std::deque<Outage>& outages() const { return outages_; }
    std::optional<double> latest(const QString& name) const;  ///< of the newest sample; empty if it had none
    /// Nearest within `withinMs`; 0: within what a gap is.
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
    std::deque<qint64> times_;  // of all samples, whatever they had
    std::deque<Outage> outages_;
    qint64 stepMs_ = kSecondMs;
    qint64 newestMs_ = 0;
    qint64 lastSampleMs_ = 0;  // as it came, not on the step
    int samples_ = 0;
};

}  // namespace millrace::desktop
