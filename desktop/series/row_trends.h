// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QHash>
#include <QtCore/QList>
#include <QtCore/QString>

#include <algorithm>

namespace millrace::desktop {

/// How a figure of each row of a table went lately, one value a second, for a small line in the row. It is gathered
/// whether the table is seen or not, so that a page that is opened has its lines; telemetry has no series of single
/// rows.
///
/// Thread: GUI.   Bound: kMost values a row; rows that were not read within kMost seconds are dropped.
class RowTrends {
public:
    static constexpr int kMost = 60;

    /// Whether a second has passed since the last round of values; it begins the next one.
    bool beginRound(qint64 nowMs)
    {
        if (nowMs < roundMs_) trends_.clear();  // another engine
        if (roundMs_ != 0 && nowMs >= roundMs_ && nowMs - roundMs_ < 900) return false;
        roundMs_ = nowMs;
        trends_.removeIf([nowMs](const auto& entry) { return entry.value().lastMs < nowMs - kMost * 1000; });
        return true;
    }
    QList<double> of(const QString& row) const { return trends_.value(row).values; }
    void add(const QString& row, qint64 nowMs, double value) { append(trends_[row], nowMs, value); }
    /// Of a counter: by how much it grew a second.
    void addTotal(const QString& row, qint64 nowMs, double total)
    {
        Trend& trend = trends_[row];
        if (trend.lastMs == 0 || nowMs <= trend.lastMs) {
            trend.lastMs = nowMs;
        } else {
            append(trend, nowMs, std::max(0.0, total - trend.total) * 1000 / static_cast<double>(nowMs - trend.lastMs));
        }
        trend.total = total;
    }

private:
    struct Trend {
        QList<double> values;
        qint64 lastMs = 0;
        double total = 0;
    };
    static void append(Trend& trend, qint64 nowMs, double value)
    {
        if (trend.values.size() >= kMost) trend.values.removeFirst();
        trend.values.append(value);
        trend.lastMs = nowMs;
    }

    QHash<QString, Trend> trends_;
    qint64 roundMs_ = 0;
};

}  // namespace millrace::desktop
