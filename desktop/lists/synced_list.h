// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QAbstractListModel>
#include <QtCore/QList>

#include <utility>

namespace millrace::desktop {

/// A list that follows a newest state by the smallest steps: rows that left are removed, new ones inserted, moved ones
/// moved, changed ones told; never a reset, so that a view keeps its place, its selection and its hover.
///
/// Row has `key()` (comparable, unique) and operator==. Derive, add Q_OBJECT, roles and data(); call sync().
template <class Row>
class SyncedList : public QAbstractListModel {
public:
    using QAbstractListModel::QAbstractListModel;

    int rowCount(const QModelIndex& parent = {}) const override
    {
        return parent.isValid() ? 0 : static_cast<int>(rows_.size());
    }
    const QList<Row>& rows() const { return rows_; }

    void sync(const QList<Row>& next)
    {
        for (int i = static_cast<int>(rows_.size()) - 1; i >= 0; --i) {
            if (indexOf(next, rows_.at(i).key(), 0) >= 0) continue;
            beginRemoveRows({}, i, i);
            rows_.removeAt(i);
            endRemoveRows();
        }
        for (int i = 0; i < static_cast<int>(next.size()); ++i) {
            const int at = indexOf(rows_, next.at(i).key(), i);
            if (at < 0) {
                beginInsertRows({}, i, i);
                rows_.insert(i, next.at(i));
                endInsertRows();
                continue;
            }
            if (at != i) {
                beginMoveRows({}, at, at, {}, i);
                rows_.move(at, i);
                endMoveRows();
            }
            if (!(rows_.at(i) == next.at(i))) {
                rows_[i] = next.at(i);
                Q_EMIT dataChanged(index(i), index(i));
            }
        }
    }

private:
    template <class Key>
    static int indexOf(const QList<Row>& rows, const Key& key, int from)
    {
        for (int i = from; i < static_cast<int>(rows.size()); ++i) {
            if (rows.at(i).key() == key) return i;
        }
        return -1;
    }

    QList<Row> rows_;
};

}  // namespace millrace::desktop
