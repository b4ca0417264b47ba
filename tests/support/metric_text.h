// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QByteArray>
#include <QtCore/QHash>
#include <QtCore/QString>

#include <optional>

namespace millrace::testing {

/// The samples of Prometheus' text (without timestamps), by name and labels.
inline QHash<QString, double> metricsOf(const QByteArray& text)
{
    QHash<QString, double> out;
    for (const auto& line : text.split('\n')) {
        const auto space = line.lastIndexOf(' ');
        if (line.startsWith('#') || space < 0) continue;
        out[QString::fromUtf8(line.left(space))] = line.mid(space + 1).toDouble();
    }
    return out;
}

/// Sum of the metric's samples whose labels contain `label`; empty: there is none.
inline std::optional<double> metricSum(const QHash<QString, double>& metrics, const QString& name, const QString& label)
{
    std::optional<double> sum;
    for (auto entry = metrics.begin(); entry != metrics.end(); ++entry) {
        const auto& key = entry.key();
        if (key != name && !key.startsWith(name + '{')) continue;
        if (label.isEmpty() || key.contains(label)) sum = sum.value_or(0) + entry.value();
    }
    return sum;
}

}  // namespace millrace::testing
