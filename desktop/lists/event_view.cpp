// SPDX-License-Identifier: GPL-3.0-or-later
#include "lists/event_view.h"

#include "format/event_words.h"
#include "format/numbers.h"

#include <QtCore/QDateTime>

#include <algorithm>

namespace millrace::desktop {

EventView::EventView(EventList& list, QObject* parent) : QSortFilterProxyModel(parent), list_(list)
{
    setSourceModel(&list);
    setDynamicSortFilter(true);
    sort(0, Qt::DescendingOrder);
}

void EventView::setQuery(const QString& query)
{
    if (query == query_) return;
    query_ = query;
    words_ = query.split(u' ', Qt::SkipEmptyParts);
    invalidateFilter();
    Q_EMIT queryChanged();
}

void EventView::setSeverityMin(int severity)
{
    if (severity == severityMin_) return;
    severityMin_ = severity;
    invalidateFilter();
    Q_EMIT queryChanged();
}

void EventView::setUntilMs(qint64 until)
{
    if (until == untilMs_) return;
    untilMs_ = until;
    invalidateFilter();
}

void EventView::setHeld(bool held)
{
    if (held == isHeld()) return;
    const int rows = list_.rowCount();
    heldMs_ = !held ? 0 : rows > 0 ? std::max<qint64>(1, list_.row(rows - 1).timeMs) : 1;
    list_.setHeldMs(heldMs_);
    invalidateFilter();
    Q_EMIT queryChanged();
}

int EventView::newerCount() const
{
    if (!isHeld()) return 0;
    int count = 0;
    for (int i = list_.rowCount() - 1; i >= 0 && list_.row(i).timeMs > heldMs_; --i) ++count;
    return count;
}

bool EventView::filterAcceptsRow(int row, const QModelIndex& /*parent*/) const
{
    const EventList::Row& event = list_.row(row);
    if (event.severity < severityMin_) return false;
    if (untilMs_ > 0 && event.timeMs > untilMs_) return false;
    if (heldMs_ > 0 && event.timeMs > heldMs_) return false;
    return std::all_of(words_.begin(), words_.end(), [&](const QString& word) {
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
