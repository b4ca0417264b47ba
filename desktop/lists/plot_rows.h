// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "lists/synced_list.h"
#include "series/time_plot.h"

#include <QtCore/QPointer>
#include <QtCore/QStringList>
#include <QtQml/qqmlregistration.h>

#include <optional>

namespace millrace::desktop {

struct PlotRow {
    qint64 timeMs;
    QList<std::optional<double>> values;
    QStringList cells;  ///< the same in words
    qint64 key() const { return timeMs; }
    bool operator==(const PlotRow&) const = default;
};

/// A chart as a table: the newest moment first, a cell for each curve. Bound: kMost rows, coarser in longer windows.
/// Each curve has two roles, named by its series: what is read ("served_per_second") and what is compared
/// ("served_per_second.value").
class PlotRows : public SyncedList<PlotRow> {
    Q_OBJECT
    QML_ELEMENT
    Q_PROPERTY(millrace::desktop::TimePlot* plot READ plot WRITE setPlot NOTIFY plotChanged FINAL REQUIRED)
    Q_PROPERTY(bool active READ isActive WRITE setActive NOTIFY activeChanged FINAL)  ///< false: not seen, frozen
public:
    static constexpr int kMost = 300;
    enum Role { TimeTextRole = Qt::UserRole + 1, TimeMsRole, CellsRole, SpokenRole, CurvesRole };
    using SyncedList::SyncedList;

    TimePlot* plot() const { return plot_; }
    void setPlot(TimePlot* plot);
    bool isActive() const { return active_; }
    void setActive(bool active);
    QVariant data(const QModelIndex& index, int role) const override;
    QHash<int, QByteArray> roleNames() const override;

Q_SIGNALS:
    void plotChanged();
    void activeChanged();

private:
    void refresh();
    QString momentOf(const PlotRow& row) const;
    QPointer<TimePlot> plot_;
    bool active_ = true;
};

}  // namespace millrace::desktop
