// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QHash>
#include <QtCore/QList>
#include <QtCore/QString>

#include <algorithm>

namespace millrace::desktop {

/// How a figure of each row of a table went lately, one value a second, for a small line in the row. It is gathered
/// while the table is seen; telemetry has no series of single rows.
///
/// Thread: GUI.   Bound: kMost values a row; rows that were not asked for within kMost seconds are dropped.
class RowTrends {
public:
    static constexpr int kMost = 60;

    QList<double> add(const QString& row, qint64 nowMs, double value)
    {
        Trend& trend = trends_[row];
        if (!isDue(trend, nowMs)) return trend.values;
        append(trend, nowMs, value);
        return trend.values;
    }
    /// Of a counter: by how much it grew a second.
    QList<double> addTotal(const QString& row, qint64 nowMs, double total)
    {
        Trend& trend = trends_[row];
        if (!isDue(trend, nowMs)) return trend.values;
        if (trend.lastMs == 0 || nowMs <= trend.lastMs) {
            trend.lastMs = nowMs;
        } else {
            append(trend, nowMs, std::max(0.0, total - trend.total) * 1000 / static_cast<double>(nowMs - trend.lastMs));
        }
        trend.total = total;
        return trend.values;
    }
    void forgetBefore(qint64 nowMs)
    {
        trends_.removeIf([nowMs](const auto& entry) { return entry.value().lastMs < nowMs - kMost * 1000; });
    }

private:
    struct Trend {
        QList<double> values;
        qint64 lastMs = 0;
        double total = 0;
    };
    static bool isDue(const Trend& trend, qint64 nowMs)
    {
        if (nowMs < trend.lastMs) return true;  // another engine
        return trend.lastMs == 0 || nowMs - trend.lastMs >= 900;
    }
    static void append(Trend& trend, qint64 nowMs, double value)
    {
        if (trend.values.size() >= kMost) trend.values.removeFirst();
        trend.values.append(value);
        trend.lastMs = nowMs;
    }

    QHash<QString, Trend> trends_;
};

}  // namespace millrace::desktop
