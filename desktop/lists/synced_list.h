// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QAbstractListModel>
#include <QtCore/QHash>
#include <QtCore/QList>
#include <QtCore/QSet>

#include <algorithm>
#include <numeric>
#include <type_traits>
#include <utility>

namespace millrace::desktop {

/// A list model that is synchronised with the latest state by minimal changes: removes, inserts, moves and updates
/// rows, and never resets, so that a view keeps its position, selection and hover. A new order of many rows is one
/// layout change.
///
///     class LaneList : public SyncedList<LaneRow> { Q_OBJECT … };      // with roleNames() and data(); see FieldList
///     lanes_.sync(rows);                                               // the whole new state
///
/// REQUIRES: Row has `key()` (hashable, unique in the list) and operator==. Thread: GUI.
/// Cost: linear in the rows, in addition to the view's.
template <class Row>
class SyncedList : public QAbstractListModel {
public:
    static constexpr int kMovesMax = 16;

    using QAbstractListModel::QAbstractListModel;

    int rowCount(const QModelIndex& parent = {}) const override
    {
        return parent.isValid() ? 0 : static_cast<int>(rows_.size());
    }
    const QList<Row>& rows() const { return rows_; }

    void sync(const QList<Row>& next)
    {
        QHash<Key, int> wanted;
        wanted.reserve(next.size());
        for (int i = 0; i < static_cast<int>(next.size()); ++i) wanted.insert(next.at(i).key(), i);
        removeOthers(wanted);
        reorder(wanted);
        QSet<Key> held;
        held.reserve(rows_.size());
        for (const Row& row : std::as_const(rows_)) held.insert(row.key());
        // The existing rows are in order now: inserts the missing ones between them, in runs.
        for (int i = 0; i < static_cast<int>(next.size()); ++i) {
            int end = i;
            while (end < static_cast<int>(next.size()) && !held.contains(next.at(end).key())) ++end;
            if (end > i) {
                beginInsertRows({}, i, end - 1);
                rows_.insert(i, end - i, Row{});
                std::copy(next.begin() + i, next.begin() + end, rows_.begin() + i);
                endInsertRows();
                i = end - 1;
                continue;
            }
            if (rows_.at(i) == next.at(i)) continue;
            rows_[i] = next.at(i);
            Q_EMIT dataChanged(index(i), index(i));
        }
    }

private:
    using Key = std::decay_t<decltype(std::declval<const Row&>().key())>;

    void removeOthers(const QHash<Key, int>& wanted)
    {
        for (int last = static_cast<int>(rows_.size()) - 1; last >= 0; --last) {
            int first = last;
            while (first >= 0 && !wanted.contains(rows_.at(first).key())) --first;
            if (first == last) continue;
            beginRemoveRows({}, first + 1, last);
            rows_.remove(first + 1, last - first);
            endRemoveRows();
            last = first;
        }
    }

    void reorder(const QHash<Key, int>& wanted)
    {
        QList<int> at;  // where each held row is wanted
        at.reserve(rows_.size());
        for (const Row& row : std::as_const(rows_)) at.append(wanted.value(row.key()));
        QList<int> sorted = at;
        std::sort(sorted.begin(), sorted.end());
        for (int i = 0, moves = 0; i < static_cast<int>(at.size()); ++i) {
            if (at.at(i) == sorted.at(i)) continue;
            if (++moves > kMovesMax) return layOutAnew(at);
            const int from = static_cast<int>(at.indexOf(sorted.at(i), i));
            beginMoveRows({}, from, from, {}, i);
            rows_.move(from, i);
            at.move(from, i);
            endMoveRows();
        }
    }

    void layOutAnew(const QList<int>& at)
    {
        Q_EMIT layoutAboutToBeChanged({}, QAbstractItemModel::VerticalSortHint);
        QList<int> order(at.size());  // the rows, as they are to stand
        std::iota(order.begin(), order.end(), 0);
        std::sort(order.begin(), order.end(), [&](int a, int b) { return at.at(a) < at.at(b); });
        QList<Row> rows;
        rows.reserve(rows_.size());
        QList<int> place(at.size());
        for (int i = 0; i < static_cast<int>(order.size()); ++i) {
            rows.append(rows_.at(order.at(i)));
            place[order.at(i)] = i;
        }
        rows_ = rows;
        const QModelIndexList before = persistentIndexList();
        QModelIndexList after;
        for (const QModelIndex& kept : before) after.append(index(place.at(kept.row())));
        changePersistentIndexList(before, after);
        Q_EMIT layoutChanged({}, QAbstractItemModel::VerticalSortHint);
    }

    QList<Row> rows_;
};

}  // namespace millrace::desktop
