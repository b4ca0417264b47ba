// SPDX-License-Identifier: GPL-3.0-or-later
#include "lists/filtered_rows.h"

#include <algorithm>

namespace millrace::desktop {

FilteredRows::FilteredRows(QAbstractItemModel& list, Qt::SortOrder order, QObject* parent)
    : QSortFilterProxyModel(parent)
{
    setSourceModel(&list);
    setDynamicSortFilter(true);
    sort(0, order);
}

void FilteredRows::setQuery(const QString& query)
{
    if (query == query_) return;
    parse(query);
    set(query_, query);
}

void FrozenRows::setUntilMs(qint64 until)
{
    if (until == untilMs_) return;
    untilMs_ = until;
    invalidateFilter();
}

void FrozenRows::setFrozen(bool frozen)
{
    if (frozen == isFrozen()) return;
    const quint64 position = frozen ? std::max<quint64>(1, newest()) : 0;
    freezeList(position);
    set(frozenAt_, position);
}

int FrozenRows::newerCount() const
{
    if (!isFrozen()) return 0;
    int count = 0;
    for (int row = sourceModel()->rowCount() - 1; row >= 0 && positionOf(row) > frozenAt_; --row) count += matches(row);
    return count;
}

bool FrozenRows::filterAcceptsRow(int row, const QModelIndex& /*parent*/) const
{
    return (untilMs_ == 0 || timeMsOf(row) <= untilMs_) && (!isFrozen() || positionOf(row) <= frozenAt_) &&
           matches(row);
}

}  // namespace millrace::desktop
