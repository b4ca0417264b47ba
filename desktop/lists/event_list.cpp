// SPDX-License-Identifier: GPL-3.0-or-later
#include "lists/event_list.h"

#include "control.pb.h"
#include "format/numbers.h"

namespace millrace::desktop {

QString EventList::severityText(int severity)
{
    switch (severity) {
        case control::SEVERITY_ERROR:
            return tr("error");
        case control::SEVERITY_WARNING:
            return tr("warning");
        case control::SEVERITY_NOTICE:
            return tr("notice");
        default:
            return tr("info");
    }
}

void EventList::take(const control::Event& event)
{
    Row row{event.time_ms(),
            static_cast<int>(event.severity()),
            QString::fromStdString(event.kind()),
            QString::fromStdString(event.subject()),
            QString::fromStdString(event.text()),
            1};
    if (row.severity >= control::SEVERITY_WARNING) ++warnings_;
    if (!rows_.empty()) {
        Row& last = rows_.back();
        if (last.kind == row.kind && last.subject == row.subject && last.text == row.text) {
            last.timeMs = row.timeMs;
            ++last.count;
            const QModelIndex at = index(static_cast<int>(rows_.size()) - 1);
            Q_EMIT dataChanged(at, at, {TimeRole, TimeTextRole, CountRole});
            return;
        }
    }
    if (rows_.size() >= kMost) {
        beginRemoveRows({}, 0, 0);
        rows_.pop_front();
        endRemoveRows();
    }
    const int at = static_cast<int>(rows_.size());
    beginInsertRows({}, at, at);
    rows_.push_back(std::move(row));
    endInsertRows();
}

int EventList::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(rows_.size());
}

QVariant EventList::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const Row& row = rows_[static_cast<std::size_t>(index.row())];
    switch (role) {
        case TimeRole:
            return row.timeMs;
        case TimeTextRole:
            return format::clockTenths(row.timeMs);
        case SeverityRole:
            return row.severity;
        case SeverityTextRole:
            return severityText(row.severity);
        case KindRole:
            return row.kind;
        case KindTextRole:
            return QString(row.kind).replace(u'_', u' ');
        case SubjectRole:
            return row.subject;
        case Qt::DisplayRole:
        case TextRole:
            return row.text;
        case CountRole:
            return row.count;
        default:
            return {};
    }
}

QHash<int, QByteArray> EventList::roleNames() const
{
    return {{TimeRole, "timeMs"},       {TimeTextRole, "timeText"},
            {SeverityRole, "severity"}, {SeverityTextRole, "severityText"},
            {KindRole, "kind"},         {KindTextRole, "kindText"},
            {SubjectRole, "subject"},   {TextRole, "text"},
            {CountRole, "repeats"}};
}

}  // namespace millrace::desktop
