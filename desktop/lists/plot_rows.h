// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "lists/synced_list.h"
#include "series/time_plot.h"

#include <QtCore/QPointer>
#include <QtCore/QStringList>
#include <QtQml/qqmlregistration.h>

namespace millrace::desktop {

struct PlotRow {
    qint64 timeMs;
    QStringList cells;
    qint64 key() const { return timeMs; }
    bool operator==(const PlotRow&) const = default;
};

/// A chart as a table: the newest moment first, a cell for each curve. Bound: kMost rows, coarser in longer windows.
class PlotRows : public SyncedList<PlotRow> {
    Q_OBJECT
    QML_ELEMENT
    Q_PROPERTY(millrace::desktop::TimePlot* plot READ plot WRITE setPlot NOTIFY plotChanged FINAL REQUIRED)
public:
    static constexpr int kMost = 300;
    enum Role { TimeTextRole = Qt::UserRole + 1, CellsRole, SpokenRole };
    using SyncedList::SyncedList;

    TimePlot* plot() const { return plot_; }
    void setPlot(TimePlot* plot);
    QVariant data(const QModelIndex& index, int role) const override;
    QHash<int, QByteArray> roleNames() const override;

Q_SIGNALS:
    void plotChanged();

private:
    void refresh();
    QString momentOf(const PlotRow& row) const;
    QPointer<TimePlot> plot_;
};

}  // namespace millrace::desktop
