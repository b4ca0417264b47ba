// SPDX-License-Identifier: GPL-3.0-or-later
#include "lists/event_view.h"

#include "format/event_words.h"
#include "format/numbers.h"

#include <QtCore/QDateTime>

#include <algorithm>

namespace millrace::desktop {

EventView::EventView(EventList& list, QObject* parent) : FrozenRows(list, parent), list_(list) {}

bool EventView::matches(int row) const
{
    const EventList::Row& event = list_.row(row);
    if (event.severity < severityMin_) return false;
    return std::all_of(words().begin(), words().end(), [&](const QString& word) {
        return event.text.contains(word, Qt::CaseInsensitive) || event.subject.contains(word, Qt::CaseInsensitive) ||
               event.kindName.contains(word, Qt::CaseInsensitive) ||
               format::eventKindText(event.kind, event.kindName).contains(word, Qt::CaseInsensitive);
    });
}

bool EventView::lessThan(const QModelIndex& left, const QModelIndex& right) const
{
    return left.row() < right.row();
}

QString EventView::csv() const
{
    QString out = QStringLiteral("time,severity,kind,subject,text,repeats,first\n");
    for (int i = 0; i < rowCount(); ++i) {
        const EventList::Row& row = list_.row(mapToSource(index(i, 0)).row());
        QStringList cells{QDateTime::fromMSecsSinceEpoch(row.timeMs).toString(Qt::ISODateWithMs),
                          EventList::severityText(row.severity),
                          row.kindName,
                          row.subject,
                          row.text,
                          QString::number(row.count),
                          QDateTime::fromMSecsSinceEpoch(row.firstMs).toString(Qt::ISODateWithMs)};
        for (QString& cell : cells) cell = format::csvCell(cell);
        out += cells.join(u',') + u'\n';
    }
    return out;
}

}  // namespace millrace::desktop
