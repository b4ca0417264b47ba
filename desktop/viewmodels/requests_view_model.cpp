// SPDX-License-Identifier: GPL-3.0-or-later
#include "viewmodels/requests_view_model.h"

#include "control.pb.h"
#include "format/numbers.h"
#include "series/nice_scale.h"
#include "viewmodels/connection_words.h"
#include "viewmodels/connections_view_model.h"
#include "viewmodels/health.h"
#include "viewmodels/sample_call.h"

#include <algorithm>
#include <cmath>

namespace millrace::desktop {

RequestsViewModel::RequestsViewModel(Session& session, QObject* parent)
    : PageViewModel(session, parent), requests_(session.requests())
{
    connect(session.time(), &TimeView::rangeChanged, this, [this] {
        const TimeView& time = *this->session().time();
        requests_.setUntilMs(time.isPaused() ? time.endMs() : 0);
        Q_EMIT changed();
    });
    connect(&requests_, &RequestView::queryChanged, this, &RequestsViewModel::changed);
    connect(&metadata_, &ModelMetadata::learned, this, &RequestsViewModel::chosenChanged);
    connect(session.time(), &TimeView::pausedChanged, this, [this] {
        if (!this->session().time()->isPaused()) requests_.setUntilMs(0);
    });
}

void RequestsViewModel::setFollowing(bool follow)
{
    if (follow == follow_) return;
    follow_ = follow;
    requests_.setFrozen(!follow);
    Q_EMIT followChanged();
    Q_EMIT changed();
}

bool RequestsViewModel::hasAny() const
{
    return session().requests().rowCount() > 0;
}

bool RequestsViewModel::reachesBack() const
{
    const TimeView& time = *session().time();
    return !hasAny() || !time.isPaused() || session().requests().row(0).timeMs <= time.endMs();
}

QString RequestsViewModel::emptyTitle() const
{
    return reachesBack() ? tr("No requests of clients") : tr("Requests of that time are not listed");
}

QString RequestsViewModel::emptyText() const
{
    if (reachesBack()) return tr("There are only the console's own requests, which are hidden.");
    return tr("The list goes back to %1.").arg(format::moment(session().requests().row(0).timeMs, session().nowMs()));
}

QString RequestsViewModel::countText() const
{
    // Of all that there are now the past knows nothing.
    if (session().time()->isPast()) return tr("%1 until then").arg(format::count(requests_.rowCount()));
    return tr("%1 of %2").arg(format::count(requests_.rowCount()), format::count(session().requests().rowCount()));
}

QString RequestsViewModel::limitText() const
{
    const RequestList& list = session().requests();
    if (requests_.isFrozen()) {
        const int newer = requests_.newerCount();
        return newer == 0 ? tr("frozen") : tr("frozen · %1 newer").arg(format::count(newer));
    }
    if (list.rowCount() < RequestList::kMost) return {};
    return tr("latest %1, going back %2")
        .arg(format::count(RequestList::kMost),
             format::span(std::max<qint64>(0, session().nowMs() - list.row(0).timeMs)));
}

QString RequestsViewModel::openCount(const Session& session)
{
    const auto open = session.frame().flow().requests_in_flight();
    return session.frame().has_flow() ? format::count(static_cast<double>(open)) : QString();
}

QString RequestsViewModel::openTip(const Session& session)
{
    const QString open = openCount(session);
    return open.isEmpty() ? open : tr("%1 in flight").arg(open);
}

void RequestsViewModel::refresh()
{
    // Those in flight are not in frames: they are polled while the page is shown, one call at a time.
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
    // What a tensor call takes, for a copy of it.
    if (row && !session().isDemo())
        metadata_.ask(QString::fromStdString(session().status().http()),
                      QString::fromStdString(session().status().boot_id()), row->model);
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
        double before = 0;
        int last = -1;
        for (int i = 0; i < RequestList::kPhases; ++i) {
            const double ms = chosen_.phasesMs[static_cast<std::size_t>(i)];
            if (ms > 0) last = i;
            const double whole = std::max(chosen_.totalMs, 1e-9);
            rows.append({i, RequestList::phaseText(i), ms > 0 ? format::milliseconds(ms) : format::kNone, ms / whole,
                         std::min(1.0, before / whole), std::min(1.0, (before + ms) / whole), false});
            before += ms;
        }
        if (last >= 0 && chosen_.outcome == RequestList::Outcome::Open) rows[last].running = true;
        tickPlaces_.clear();
        tickTexts_.clear();
        const double step = chosen_.totalMs > 0 ? NiceScale::roundUp(chosen_.totalMs / 4) : 0;
        for (int i = 0; step > 0 && i * step <= chosen_.totalMs; ++i) {
            tickPlaces_.append(i * step / chosen_.totalMs);
            tickTexts_.append(i == 0 ? QStringLiteral("0") : format::milliseconds(i * step));
        }
    }
    phases_.sync(rows);
    placeAdded();
    const Causes causes = causesOf(chosen_);
    if (causes != causes_) {
        causes_ = causes;
        Q_EMIT causesChanged();
    }
    if (moved) Q_EMIT chosenChanged();
}

/// The pieces of its way to the backend that belong to no other phase; while the backend loads, the time is the load's.
void RequestsViewModel::placeAdded()
{
    addedBegins_.clear();
    addedEnds_.clear();
    addedText_ = chosen_.addedMs > 0 ? format::milliseconds(chosen_.addedMs) : QString();
    if (addedText_.isEmpty() || chosen_.totalMs <= 0) return;
    double at = chosen_.phasesMs[RequestList::Receiving];
    for (int i = RequestList::Processing; i <= RequestList::Connecting; ++i) {
        const double whole = chosen_.phasesMs[static_cast<std::size_t>(i)];
        const double own = i == RequestList::WaitingForModel ? std::max(0.0, whole - chosen_.loadMs) : whole;
        const double begin = std::min(1.0, at / chosen_.totalMs), end = std::min(1.0, (at + own) / chosen_.totalMs);
        at += whole;
        if (own <= 0) continue;
        if (!addedEnds_.isEmpty() && addedEnds_.last() >= begin) {
            addedEnds_.last() = end;
        } else {
            addedBegins_.append(begin);
            addedEnds_.append(end);
        }
    }
}

RequestsViewModel::Causes RequestsViewModel::causesOf(const RequestList::Row& row) const
{
    Causes out;
    if (row.id == 0) return out;
    const auto offer = [&out](const QString& text, const QString& page) {
        if (out.pages.contains(page)) return;
        out.texts.append(text);
        out.pages.append(page);
    };
    const auto waited = [&row](RequestList::Phase phase) {
        const double ms = row.phasesMs[static_cast<std::size_t>(phase)];
        return ms >= kCauseMs && ms >= kCauseShare * row.totalMs;
    };
    const control::ModelState* model = nullptr;
    for (const auto& known : session().frame().models().models()) {
        if (QString::fromStdString(known.model()) == row.model) model = &known;
    }
    if (waited(RequestList::WaitingForModel) && model && model->loadable()) {
        out.pin = !model->pinned() && session().isWritable();
        offer(tr("Raise the memory for models"), QStringLiteral("settings/loader.budget_bytes"));
    }
    if (waited(RequestList::Queued))
        offer(tr("Raise the limit of requests in flight"), QStringLiteral("settings/limits.requests_max"));
    if (waited(RequestList::Batching))
        offer(tr("Shorten the batch timeout"), QStringLiteral("settings/batcher.timeout_ms"));
    if (waited(RequestList::Connecting)) {
        const control::PoolState* pool = nullptr;  // which of its backend's it took: the one that carries most
        for (const auto& known : session().frame().pools().pools()) {
            if (model && known.backend() != model->backend()) continue;
            if (!pool || known.reused_total() + known.created_total() > pool->reused_total() + pool->created_total())
                pool = &known;
        }
        if (pool)
            offer(tr("Raise the limit of connections"),
                  ConnectionsViewModel::limitPage(connection_words::protocolWord(pool->protocol())));
    }
    if (const QString limit = limitNamedIn(row.reason); !limit.isEmpty())
        offer(tr("Open the limit"), QStringLiteral("settings/") + limit);
    return out;
}

void RequestsViewModel::pinChosen()
{
    if (causes_.pin) Q_EMIT pinRequested(chosen_.model);
}

QString RequestsViewModel::chosenText() const
{
    if (chosen_.id == 0) return {};
    QString outcome = chosen_.outcome == RequestList::Outcome::Open ? tr("%1, %2 so far") : tr("%1 after %2");
    outcome = outcome.arg(RequestList::stateText(chosen_), format::milliseconds(chosen_.totalMs));
    const QString who = chosen_.client.isEmpty() ? format::kNone : chosen_.client;
    return QStringLiteral("%1 · %2 · %3\n%4")
        .arg(who, format::dayClockTenths(chosen_.timeMs, session().nowMs()), outcome, chosen_.route);
}

QString RequestsViewModel::chosenCurl() const
{
    if (chosen_.id == 0) return {};
    return curlLike(chosen_.route, chosen_.model, metadata_.find(chosen_.model),
                    QString::fromStdString(session().status().http()));
}

bool RequestsViewModel::isCancellable() const
{
    return chosen_.id != 0 && chosen_.outcome == RequestList::Outcome::Open && session().isWritable();
}

void RequestsViewModel::cancel()
{
    if (!isCancellable()) return;
    const quint64 id = RequestList::engineId(chosen_.id);
    session().client().cancelRequest(id, this, [this](const Outcome<control::CancelRequestReply>& outcome) {
        if (!outcome.ok()) {
            Q_EMIT session().notice(tr("The request was not cancelled: %1").arg(outcome.problem), true);
        } else {
            Q_EMIT session().notice(
                outcome.reply->cancelled() ? tr("Request cancelled") : tr("The request was already over"), false);
        }
    });
}

}  // namespace millrace::desktop
