// SPDX-License-Identifier: GPL-3.0-or-later
#include "lists/plot_rows.h"

#include "format/numbers.h"
#include "lists/field_list.h"

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

void PlotRows::setActive(bool active)
{
    if (active == active_) return;
    active_ = active;
    Q_EMIT activeChanged();
    refresh();
}

void PlotRows::refresh()
{
    if (!active_ || !plot_ || !plot_->session()) return;
    const TimeView& time = *plot_->session()->time();
    const SeriesStore& store = plot_->session()->shownSeries();
    const TimeSpan span = time.span();
    const qint64 least = store.stepMs();
    const qint64 step = std::max(least, span.lengthMs() / kMost / least * least);
    QList<PlotRow> rows;
    const qint64 newest = span.endMs - span.endMs % step;
    for (qint64 when = newest; when >= span.beginMs && rows.size() < kMost; when -= step) {
        PlotRow row{when, {}, {}};
        for (const Curve* curve : plot_->curveList()) {
            row.values.append(store.at(curve->series, when));
            row.cells.append(format::text(row.values.constLast(), plot_->formatUnit()));
        }
        rows.append(row);
    }
    sync(rows);
}

QString PlotRows::momentOf(const PlotRow& row) const
{
    return format::moment(row.timeMs, plot_ && plot_->session() ? plot_->session()->time()->window().newestMs() : 0);
}

QVariant PlotRows::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const PlotRow& row = rows().at(index.row());
    switch (role) {
        case Qt::DisplayRole:
        case TimeTextRole:
            return momentOf(row);
        case TimeMsRole:
            return row.timeMs;
        case CellsRole:
            return row.cells;
        case SpokenRole:
            return QStringList{momentOf(row), row.cells.join(QStringLiteral(", "))}.join(QStringLiteral(": "));
        default:
            break;
    }
    const int curve = (role - CurvesRole) / 2;
    if (role < CurvesRole || curve >= row.cells.size()) return {};
    return (role - CurvesRole) % 2 == 0 ? QVariant(row.cells.at(curve)) : valueOf(row.values.at(curve));
}

QHash<int, QByteArray> PlotRows::roleNames() const
{
    QHash<int, QByteArray> names = {
        {TimeTextRole, "timeText"}, {TimeMsRole, "timeMs"}, {CellsRole, "figures"}, {SpokenRole, "spoken"}};
    int role = CurvesRole;
    if (!plot_) return names;
    for (const Curve* curve : plot_->curveList()) {
        names.insert(role++, curve->series.toUtf8());
        names.insert(role++, curve->series.toUtf8() + ".value");
    }
    return names;
}

}  // namespace millrace::desktop
