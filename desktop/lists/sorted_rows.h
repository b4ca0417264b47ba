// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "lists/table_columns.h"

#include <QtCore/QIdentityProxyModel>
#include <QtCore/QPersistentModelIndex>
#include <QtCore/QSortFilterProxyModel>

namespace millrace::desktop {

/// The rows of a list in the order chosen by the heading of a table: numbers by value, names in natural order, what
/// has no value last. Rows that compare equal keep the order of the list, so that nothing hops on a tie.
/// The current row is a row, not a place: it stays the current one where rows move, come and go around it;
/// where it goes itself, the one that takes its place is next.
///
/// Rows that change places are signalled as rows with other contents, once in a turn of the event loop: a view makes
/// all its delegates anew for layoutChanged(), which stops the window for a tenth of a second wherever a live column
/// sorts.
///
/// Thread: GUI.
class SortedRows : public QIdentityProxyModel {
    Q_OBJECT
    QML_ELEMENT
    /// A list; any type, as of ListView.model: qmllint does not see through the templates that lists derive from.
    Q_PROPERTY(QVariant source READ source WRITE setSource NOTIFY sourceChanged FINAL)
    Q_PROPERTY(millrace::desktop::TableColumns* columns READ columns WRITE setColumns NOTIFY columnsChanged FINAL)
    Q_PROPERTY(int current READ current WRITE setCurrent NOTIFY currentChanged FINAL)  ///< -1: none
public:
    explicit SortedRows(QObject* parent = nullptr);

    QVariant source() const { return QVariant::fromValue<QObject*>(sorter_.sourceModel()); }
    void setSource(const QVariant& source)
    {
        setSourceModel(qobject_cast<QAbstractItemModel*>(source.value<QObject*>()));
    }
    TableColumns* columns() const { return columns_; }
    void setColumns(TableColumns* columns);
    int current() const { return current_.isValid() ? current_.row() : -1; }
    void setCurrent(int row);
    /// The list; sourceModel() is what sorts it.
    void setSourceModel(QAbstractItemModel* model) override;

Q_SIGNALS:
    void sourceChanged();
    void columnsChanged();
    void currentChanged();

private:
    class Sorter : public QSortFilterProxyModel {
    public:
        using QSortFilterProxyModel::QSortFilterProxyModel;

    protected:
        bool lessThan(const QModelIndex& left, const QModelIndex& right) const override;
    };

    void resort();
    void checkCurrent();
    void rowsChangedPlaces();

    Sorter sorter_;
    bool telling_ = false;  // that rows have changed places, in the next turn
    QPointer<TableColumns> columns_;
    QPersistentModelIndex current_;  // of sorter_
    int told_ = -1;
    int lost_ = -1;  // place of the current row, while it is being removed
};

}  // namespace millrace::desktop
