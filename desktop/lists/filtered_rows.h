// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QSortFilterProxyModel>
#include <QtQml/qqmlregistration.h>

namespace millrace::desktop {

/// The rows of a list that match a query.
///
/// Derived classes implement filterAcceptsRow() or matches(), lessThan(), and parse() if the query is more than words.
/// Thread: GUI.
class FilteredRows : public QSortFilterProxyModel {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("base of the lists with a query")
    Q_PROPERTY(QString query READ query WRITE setQuery NOTIFY queryChanged FINAL)
public:
    FilteredRows(QAbstractItemModel& list, Qt::SortOrder order, QObject* parent);

    QString query() const { return query_; }
    void setQuery(const QString& query);

Q_SIGNALS:
    void queryChanged();  ///< also for other criteria, see set()

protected:
    virtual void parse(const QString& query) { words_ = query.split(u' ', Qt::SkipEmptyParts); }
    const QStringList& words() const { return words_; }

    template <class T>
    void set(T& member, const T& value)
    {
        if (member == value) return;
        member = value;
        invalidateFilter();
        Q_EMIT queryChanged();
    }

private:
    QString query_;
    QStringList words_;
};

/// Rows that arrive in order, shown newest first. A paused view ends at a moment; a frozen list shows the rows it had
/// when frozen, and counts later ones that match.
class FrozenRows : public millrace::desktop::FilteredRows {  // whole name: moc passes it on as written
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("base of the lists that can be frozen")
public:
    FrozenRows(QAbstractItemModel& list, QObject* parent) : FilteredRows(list, Qt::DescendingOrder, parent) {}

    void setUntilMs(qint64 until);  ///< 0: no end
    void setFrozen(bool frozen);
    bool isFrozen() const { return frozenAt_ != 0; }
    int newerCount() const;

protected:
    bool filterAcceptsRow(int row, const QModelIndex& parent) const final;
    /// Meets the query, whenever it came.
    virtual bool matches(int row) const = 0;
    virtual qint64 timeMsOf(int row) const = 0;
    /// A number that increases from row to row, such as the id; never 0.
    virtual quint64 positionOf(int row) const = 0;
    virtual quint64 newest() const = 0;  ///< position of the newest row; 0: none yet
    /// While frozen at a position, the list keeps the shown rows; 0: not frozen.
    virtual void freezeList(quint64 position) = 0;

private:
    qint64 untilMs_ = 0;
    quint64 frozenAt_ = 0;  // 0: not frozen
};

}  // namespace millrace::desktop
