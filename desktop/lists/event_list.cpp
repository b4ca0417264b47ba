// SPDX-License-Identifier: GPL-3.0-or-later
#include "lists/event_list.h"

#include "control.pb.h"
#include "format/enum_words.h"
#include "format/event_words.h"
#include "format/numbers.h"
#include "format/said.h"

#include <algorithm>

namespace millrace::desktop {

static_assert(EventList::Info == static_cast<int>(control::SEVERITY_INFO) &&
              EventList::Notice == static_cast<int>(control::SEVERITY_NOTICE) &&
              EventList::Warning == static_cast<int>(control::SEVERITY_WARNING) &&
              EventList::Error == static_cast<int>(control::SEVERITY_ERROR));

QString EventList::severityText(int severity)
{
    switch (static_cast<control::Severity>(severity)) {
        case control::SEVERITY_ERROR:
            return tr("error");
        case control::SEVERITY_WARNING:
            return tr("warning");
        case control::SEVERITY_NOTICE:
            return tr("notice");
        case control::SEVERITY_INFO:
            return tr("info");
            MILLRACE_NEWER_VALUES(Severity);
    }
    return format::unknownText(severity);
}

bool EventList::remember(const control::Event& event)
{
    if (event.sequence() == 0) return true;
    const QByteArray boot = QByteArray::fromStdString(event.boot_id());
    auto number = boots_.constFind(boot);
    if (number == boots_.constEnd()) number = boots_.insert(boot, static_cast<quint32>(boots_.size()));
    const Key key{*number, event.sequence(), boot.isEmpty() ? event.time_ms() : 0};
    if (known_.contains(key)) return false;
    known_.insert(key);
    keys_.push_back(key);
    if (keys_.size() > static_cast<std::size_t>(kMost)) {
        known_.remove(keys_.front());
        keys_.pop_front();
    }
    return true;
}

/// Before row `end`, which is where `row` belongs by its time; -1: none.
int EventList::findRepeat(const Row& row, int end) const
{
    for (int i = end - 1; i >= std::max(0, end - kRepeatRows); --i) {
        const Row& held = rows_[static_cast<std::size_t>(i)];
        if (row.timeMs - held.timeMs > kRepeatMs) break;
        if (frozenMs_ > 0 && row.timeMs > frozenMs_ && held.timeMs <= frozenMs_)
            break;  // the list is frozen while it is read
        if (held.kindName == row.kindName && held.subject == row.subject && held.severity == row.severity &&
            (row.severity == control::SEVERITY_INFO || held.text == row.text))
            return i;
    }
    return -1;
}

bool EventList::take(const control::Event& event)
{
    if (!remember(event)) return false;
    Row row{event.time_ms(),
            static_cast<int>(event.severity()),
            static_cast<int>(event.kind()),
            format::eventKindName(event),
            QString::fromStdString(event.subject()),
            format::said(event.words(), event.text()),
            1,
            event.time_ms()};
    if (row.severity >= control::SEVERITY_WARNING) {
        ++warnings_;
        if (row.timeMs > seenMs_) unseen_.push_back(row.timeMs);
        if (unseen_.size() > static_cast<std::size_t>(kMost)) unseen_.pop_front();
    }
    // History may come after the first live events: everything has its place by time.
    const auto place = std::upper_bound(rows_.begin(), rows_.end(), row.timeMs,
                                        [](qint64 when, const Row& held) { return when < held.timeMs; });
    int at = static_cast<int>(place - rows_.begin());
    const int repeat = findRepeat(row, at);
    if (repeat >= 0) {
        Row& held = rows_[static_cast<std::size_t>(repeat)];
        row.count += held.count;
        row.firstMs = held.firstMs;
        if (repeat == at - 1) {
            held = std::move(row);
            Q_EMIT dataChanged(index(repeat), index(repeat));
            return true;
        }
        beginRemoveRows({}, repeat, repeat);
        rows_.erase(rows_.begin() + repeat);
        endRemoveRows();
        --at;
    }
    if (rows_.size() >= kMost) {
        if (at == 0) return true;  // older than all that is kept
        beginRemoveRows({}, 0, 0);
        rows_.pop_front();
        endRemoveRows();
        --at;
    }
    beginInsertRows({}, at, at);
    rows_.insert(rows_.begin() + at, std::move(row));
    endInsertRows();
    return true;
}

void EventList::setSeenMs(qint64 until)
{
    seenMs_ = std::max(seenMs_, until);
    unseen_.erase(std::remove_if(unseen_.begin(), unseen_.end(), [this](qint64 timeMs) { return timeMs <= seenMs_; }),
                  unseen_.end());
}

void EventList::setAllSeen()
{
    if (!rows_.empty()) setSeenMs(rows_.back().timeMs);
}

void EventList::setNowMs(qint64 now)
{
    const bool another = !format::isSameDay(now, nowMs_);
    nowMs_ = now;
    if (another && !rows_.empty()) Q_EMIT dataChanged(index(0), index(rowCount() - 1), {TimeTextRole});
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
            return format::dayClockTenths(row.timeMs, nowMs_);
        case SeverityRole:
            return row.severity;
        case SeverityTextRole:
            return severityText(row.severity);
        case KindRole:
            return row.kindName;
        case KindTextRole:
            return format::eventKindText(row.kind, row.kindName);
        case SubjectRole:
            return row.subject;
        case Qt::DisplayRole:
        case TextRole:
            return row.text;
        case CountRole:
            return row.count;
        case FirstTimeRole:
            return row.firstMs;
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
            {CountRole, "repeats"},     {FirstTimeRole, "firstMs"}};
}

}  // namespace millrace::desktop
