// SPDX-License-Identifier: GPL-3.0-or-later
#include "viewmodels/events_view_model.h"

#include "format/numbers.h"

#include <cmath>

namespace millrace::desktop {

EventsViewModel::EventsViewModel(Session& session, QObject* parent)
    : PageViewModel(session, parent), events_(session.events())
{
    connect(&events_, &EventView::queryChanged, this, &EventsViewModel::changed);
    // Also while the view is paused, which the list of events is not.
    connect(&session, &Session::ticked, this, [this] {
        if (isActive()) this->session().events().setAllSeen();
    });
}

void EventsViewModel::setFollowing(bool follow)
{
    if (follow == follow_) return;
    follow_ = follow;
    events_.setFrozen(!follow);
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
    if (!events_.isFrozen()) return {};
    const int newer = events_.newerCount();
    return newer == 0 ? tr("frozen") : tr("frozen · %1 newer").arg(format::count(newer));
}

void EventsViewModel::refresh()
{
    session().events().setAllSeen();
    Q_EMIT changed();
}

void EventsViewModel::showMoment(double timeMs)
{
    session().time()->showMoment(std::llround(timeMs));
}

QString EventsViewModel::warningCount(const Session& session)
{
    const int unseen = session.events().unseen();
    return unseen > 0 ? format::count(unseen) : QString();
}

QString EventsViewModel::warningTip(const Session& session)
{
    const int unseen = session.events().unseen();
    return unseen > 0 ? tr("%Ln warning(s) and error(s) since this page was last open", nullptr, unseen) : QString();
}

}  // namespace millrace::desktop
