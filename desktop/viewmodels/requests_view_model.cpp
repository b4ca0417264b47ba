// SPDX-License-Identifier: GPL-3.0-or-later
#include "viewmodels/requests_view_model.h"

#include "control.pb.h"
#include "format/numbers.h"

#include <cmath>

namespace millrace::desktop {

RequestsViewModel::RequestsViewModel(Session& session, QObject* parent)
    : PageViewModel(session, parent), requests_(session.requests())
{
    connect(session.time(), &TimeView::rangeChanged, this, [this] {
        const TimeView& time = *this->session().time();
        requests_.setUntilMs(time.isPaused() ? time.endMs() : 0);
    });
    connect(session.time(), &TimeView::pausedChanged, this, [this] {
        if (!this->session().time()->isPaused()) requests_.setUntilMs(0);
    });
}

void RequestsViewModel::setFollowing(bool follow)
{
    if (follow == follow_) return;
    follow_ = follow;
    Q_EMIT followChanged();
}

bool RequestsViewModel::hasAny() const
{
    return session().requests().rowCount() > 0;
}

QString RequestsViewModel::countText() const
{
    return tr("%1 of %2").arg(format::count(requests_.rowCount()), format::count(session().requests().rowCount()));
}

QString RequestsViewModel::openCount(const Session& session)
{
    const auto open = session.frame().flow().requests_in_flight();
    return session.frame().has_flow() ? format::count(static_cast<double>(open)) : QString();
}

void RequestsViewModel::refresh()
{
    // Those under way are not in frames: they are asked for while someone looks, one question at a time.
    if (!asked_ && session().isWritable()) {
        asked_ = true;
        session().client().listRequests(true, this, [this](const Outcome<control::Requests>& outcome) {
            asked_ = false;
            if (outcome.ok()) session().requests().takeOpen(outcome.reply->requests());
            refreshChosen();
            Q_EMIT changed();
        });
    }
    refreshChosen();
    Q_EMIT changed();
}

void RequestsViewModel::choose(double id)
{
    const auto wanted = static_cast<quint64>(std::llround(id));
    const RequestList::Row* row = session().requests().find(wanted);
    chosen_ = row ? *row : RequestList::Row();
    if (row) setFollowing(false);
    refreshChosen();
    Q_EMIT chosenChanged();
}

void RequestsViewModel::refreshChosen()
{
    const RequestList::Row* row = chosen_.id != 0 ? session().requests().find(chosen_.id) : nullptr;
    const bool moved = row && !(*row == chosen_);
    if (moved) chosen_ = *row;
    QList<PhaseRow> rows;
    if (chosen_.id != 0) {
        for (int i = 0; i < RequestList::kPhases; ++i) {
            const double ms = chosen_.phasesMs[static_cast<std::size_t>(i)];
            rows.append({i, RequestList::phaseText(i), ms > 0 ? format::milliseconds(ms) : format::kNone,
                         chosen_.totalMs > 0 ? ms / chosen_.totalMs : 0});
        }
    }
    phases_.sync(rows);
    if (moved) Q_EMIT chosenChanged();
}

QString RequestsViewModel::chosenText() const
{
    if (chosen_.id == 0) return {};
    QString outcome = chosen_.outcome == RequestList::Outcome::Open ? tr("%1, %2 so far") : tr("%1 after %2");
    outcome = outcome.arg(chosen_.phase, format::milliseconds(chosen_.totalMs));
    const QString who = chosen_.client.isEmpty() ? format::kNone : chosen_.client;
    return QStringLiteral("%1 · %2 · %3\n%4").arg(who, format::clockTenths(chosen_.timeMs), outcome, chosen_.route);
}

bool RequestsViewModel::isCancellable() const
{
    return chosen_.id != 0 && chosen_.outcome == RequestList::Outcome::Open && session().isWritable();
}

void RequestsViewModel::cancel()
{
    if (!isCancellable()) return;
    session().client().cancelRequest(chosen_.id, this, [this](const Outcome<control::CancelRequestReply>& outcome) {
        if (!outcome.ok()) {
            Q_EMIT session().notice(tr("The request was not cancelled: %1").arg(outcome.problem), true);
        } else {
            Q_EMIT session().notice(
                outcome.reply->cancelled() ? tr("Request cancelled") : tr("The request was already over"), false);
        }
    });
}

}  // namespace millrace::desktop
