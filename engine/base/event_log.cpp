// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/event_log.h"

#include "base/text.h"

#include <algorithm>

namespace millrace {

void EventLog::append(Severity severity, std::string kind, std::string subject, Sentence text)
{
    Event event{
        0, clock_.unixMs(), severity, std::move(kind), washed(std::move(subject), kNameBytesMax), std::move(text)};
    {
        const MutexLock lock(mutex_);
        event.sequence = ++sequence_;
        ring_.push(event);
    }
    if (listener_) listener_(event);
}

std::vector<Event> EventLog::after(std::uint64_t sequence, std::size_t most) const
{
    const MutexLock lock(mutex_);
    std::vector<Event> out;
    const auto& events = ring_.values();
    auto first =
        std::find_if(events.begin(), events.end(), [&](const Event& event) { return event.sequence > sequence; });
    if (static_cast<std::size_t>(events.end() - first) > most) first = events.end() - static_cast<std::ptrdiff_t>(most);
    out.assign(first, events.end());
    return out;
}

void EventLog::resize(std::size_t capacity)
{
    const MutexLock lock(mutex_);
    ring_.resize(capacity);
}

}  // namespace millrace
