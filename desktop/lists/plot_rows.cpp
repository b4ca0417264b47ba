// SPDX-License-Identifier: GPL-3.0-or-later
#include "lists/plot_rows.h"

#include "format/numbers.h"

#include <algorithm>

namespace millrace::desktop {

void PlotRows::setPlot(TimePlot* plot)
{
    if (plot == plot_) return;
    if (plot_) plot_->disconnect(this);
    plot_ = plot;
    if (plot_) connect(plot_, &TimePlot::updated, this, &PlotRows::refresh);
    Q_EMIT plotChanged();
    refresh();
}

void PlotRows::refresh()
{
    if (!plot_ || !plot_->session()) return;
    const TimeView& time = *plot_->session()->time();
    const qint64 step = std::max<qint64>(1000, time.windowMs() / kMost / 1000 * 1000);
    QList<PlotRow> rows;
    const qint64 newest = time.endMs() - time.endMs() % step;
    for (qint64 when = newest; when >= time.beginMs() && rows.size() < kMost; when -= step) {
        PlotRow row{when, {}};
        for (const Curve* curve : plot_->curveList()) {
            row.cells.append(format::text(plot_->session()->series().at(curve->series, when), plot_->formatUnit()));
        }
        rows.append(row);
    }
    sync(rows);
}

QVariant PlotRows::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const PlotRow& row = rows().at(index.row());
    switch (role) {
        case Qt::DisplayRole:
        case TimeTextRole:
            return format::clock(row.timeMs);
        case CellsRole:
            return row.cells;
        case SpokenRole:
            return QStringList{format::clock(row.timeMs), row.cells.join(QStringLiteral(", "))}.join(
                QStringLiteral(": "));
        default:
            return {};
    }
}

QHash<int, QByteArray> PlotRows::roleNames() const
{
    return {{TimeTextRole, "timeText"}, {CellsRole, "cells"}, {SpokenRole, "spoken"}};
}

}  // namespace millrace::desktop
