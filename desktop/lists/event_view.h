// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "lists/event_list.h"
#include "lists/filtered_rows.h"

namespace millrace::desktop {

/// Events from a severity on that have the words looked for, newest first.
class EventView : public millrace::desktop::FrozenRows {  // whole name: moc passes it on as written
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("the events page has one")
    Q_PROPERTY(int severityMin READ severityMin WRITE setSeverityMin NOTIFY queryChanged FINAL)
public:
    explicit EventView(EventList& list, QObject* parent = nullptr);

    int severityMin() const { return severityMin_; }
    void setSeverityMin(int severity) { set(severityMin_, severity); }
    QString csv() const;

protected:
    bool matches(int row) const override;
    qint64 timeMsOf(int row) const override { return list_.row(row).timeMs; }
    bool lessThan(const QModelIndex& left, const QModelIndex& right) const override;

    quint64 positionOf(int row) const override { return static_cast<quint64>(list_.row(row).timeMs); }
    quint64 newest() const override { return list_.rowCount() > 0 ? positionOf(list_.rowCount() - 1) : 0; }
    void freezeList(quint64 position) override { list_.setFrozenMs(static_cast<qint64>(position)); }

private:
    EventList& list_;
    int severityMin_ = 0;
};

}  // namespace millrace::desktop
