// SPDX-License-Identifier: GPL-3.0-or-later
#include "lists/sorted_rows.h"

#include "format/natural_order.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace millrace::desktop {

SortedRows::SortedRows(QObject* parent) : QIdentityProxyModel(parent)
{
    sorter_.setDynamicSortFilter(true);
    QIdentityProxyModel::setSourceModel(&sorter_);
    disconnect(&sorter_, &QAbstractItemModel::layoutAboutToBeChanged, this, nullptr);
    disconnect(&sorter_, &QAbstractItemModel::layoutChanged, this, nullptr);
    connect(&sorter_, &QAbstractItemModel::layoutChanged, this, &SortedRows::rowsChangedPlaces);
    connect(this, &QAbstractItemModel::rowsInserted, this, &SortedRows::checkCurrent);
    connect(this, &QAbstractItemModel::rowsAboutToBeRemoved, this, [this](const QModelIndex&, int first, int last) {
        if (current() >= first && current() <= last) lost_ = first;
    });
    connect(this, &QAbstractItemModel::rowsRemoved, this, [this] {
        const int place = std::exchange(lost_, -1);
        if (place >= 0 && rowCount() > 0) current_ = sorter_.index(std::min(place, rowCount() - 1), 0);
        checkCurrent();
    });
    connect(this, &QAbstractItemModel::rowsMoved, this, &SortedRows::checkCurrent);
    connect(this, &QAbstractItemModel::modelReset, this, &SortedRows::checkCurrent);
}

void SortedRows::setSourceModel(QAbstractItemModel* model)
{
    sorter_.setSourceModel(model);
    resort();
    Q_EMIT sourceChanged();
}

void SortedRows::rowsChangedPlaces()
{
    checkCurrent();
    if (std::exchange(telling_, true)) return;
    QMetaObject::invokeMethod(
        this,
        [this] {
            telling_ = false;
            if (rowCount() > 0) Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, 0));
        },
        Qt::QueuedConnection);
}

void SortedRows::setColumns(TableColumns* columns)
{
    if (columns == columns_) return;
    if (columns_) columns_->disconnect(this);
    columns_ = columns;
    if (columns_) connect(columns_, &TableColumns::sortChanged, this, &SortedRows::resort);
    resort();
    Q_EMIT columnsChanged();
}

void SortedRows::resort()
{
    const QString wanted = columns_ ? columns_->comparedRole() : QString();
    const int role = sorter_.sourceModel() ? sorter_.sourceModel()->roleNames().key(wanted.toUtf8(), -1) : -1;
    if (role < 0) {
        sorter_.sort(-1);
        return;
    }
    sorter_.setSortRole(role);
    sorter_.sort(0, columns_->isDescending() ? Qt::DescendingOrder : Qt::AscendingOrder);
}

bool SortedRows::Sorter::lessThan(const QModelIndex& left, const QModelIndex& right) const
{
    const QVariant a = left.data(sortRole());
    const QVariant b = right.data(sortRole());
    if (a.typeId() == QMetaType::QString) {
        return format::compareNatural(a.toString(), b.toString()) < 0;
    }
    // No value: last, whichever way the rows are sorted.
    bool isA = false;
    bool isB = false;
    const double x = a.toDouble(&isA);
    const double y = b.toDouble(&isB);
    isA = isA && !std::isnan(x);
    isB = isB && !std::isnan(y);
    if (isA != isB) return sortOrder() == Qt::AscendingOrder ? isA : isB;
    return isA && x < y;
}

void SortedRows::setCurrent(int row)
{
    current_ = QPersistentModelIndex(row >= 0 && row < rowCount() ? sorter_.index(row, 0) : QModelIndex());
    checkCurrent();
}

void SortedRows::checkCurrent()
{
    if (current() == told_) return;
    told_ = current();
    Q_EMIT currentChanged();
}

}  // namespace millrace::desktop
