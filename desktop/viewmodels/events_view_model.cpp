// SPDX-License-Identifier: GPL-3.0-or-later
#include "viewmodels/events_view_model.h"

#include "format/numbers.h"

#include <cmath>

namespace millrace::desktop {

EventsViewModel::EventsViewModel(Session& session, QObject* parent)
    : PageViewModel(session, parent), events_(session.events())
{
    connect(&events_, &EventView::queryChanged, this, &EventsViewModel::changed);
}

void EventsViewModel::setFollowing(bool follow)
{
    if (follow == follow_) return;
    follow_ = follow;
    events_.setHeld(!follow);
    Q_EMIT followChanged();
}

bool EventsViewModel::hasAny() const
{
    return session().events().rowCount() > 0;
}

QString EventsViewModel::countText() const
{
    return tr("%1 of %2").arg(format::count(events_.rowCount()), format::count(session().events().rowCount()));
}

QString EventsViewModel::limitText() const
{
    if (!events_.isHeld()) return {};
    const int newer = events_.newerCount();
    return newer == 0 ? tr("frozen") : tr("frozen · %1 newer").arg(format::count(newer));
}

void EventsViewModel::refresh()
{
    Q_EMIT changed();
}

void EventsViewModel::showMoment(double timeMs)
{
    session().time()->showMoment(std::llround(timeMs));
}

QString EventsViewModel::warningCount(const Session& session)
{
    const quint64 warnings = session.events().warnings();
    return warnings > 0 ? format::count(static_cast<double>(warnings)) : QString();
}

}  // namespace millrace::desktop
