// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "lists/event_list.h"

#include <QtCore/QSortFilterProxyModel>

namespace millrace::desktop {

/// Events from a severity on that have the words looked for, newest first.
class EventView : public QSortFilterProxyModel {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("the events page has one")
    Q_PROPERTY(QString query READ query WRITE setQuery NOTIFY queryChanged FINAL)
    Q_PROPERTY(int severityMin READ severityMin WRITE setSeverityMin NOTIFY queryChanged FINAL)
public:
    explicit EventView(EventList& list, QObject* parent = nullptr);

    QString query() const { return query_; }
    void setQuery(const QString& query);
    int severityMin() const { return severityMin_; }
    void setSeverityMin(int severity);
    void setUntilMs(qint64 until);
    /// While held, those that there were then; what arrives is counted.
    void setHeld(bool held);
    bool isHeld() const { return heldMs_ != 0; }
    int newerCount() const;
    QString csv() const;

Q_SIGNALS:
    void queryChanged();

protected:
    bool filterAcceptsRow(int row, const QModelIndex& parent) const override;
    bool lessThan(const QModelIndex& left, const QModelIndex& right) const override;

private:
    EventList& list_;
    QString query_;
    QStringList words_;
    int severityMin_ = 0;
    qint64 untilMs_ = 0;
    qint64 heldMs_ = 0;  // 0: not held
};

}  // namespace millrace::desktop
