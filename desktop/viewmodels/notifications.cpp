// SPDX-License-Identifier: GPL-3.0-or-later
#include "viewmodels/notifications.h"

#include "control.pb.h"
#include "format/said.h"

namespace millrace::desktop {

using Phase = EngineClient::Phase;

Notifications::Notifications(Session& session, Send send, QObject* parent)
    : QObject(parent), session_(session), send_(std::move(send))
{
    downTimer_.setSingleShot(true);
    connect(&downTimer_, &QTimer::timeout, this, &Notifications::tellDown);
    connect(&session_.client(), &EngineClient::phaseChanged, this, &Notifications::onPhase);
    connect(&session_, &Session::eventTaken, this, &Notifications::onEvent);
}

void Notifications::onPhase()
{
    switch (session_.client().phase()) {
        case Phase::Connected:
            downTimer_.stop();
            if (downReported_)
                send_({QStringLiteral("engine"), tr("The engine is running again"),
                       tr("It serves requests at %1.").arg(QString::fromStdString(session_.status().http())), false});
            downReported_ = false;
            wasConnected_ = true;
            return;
        case Phase::NoEngine:
        case Phase::Reconnecting:
        case Phase::Silent:
            // The user who stopped it knows.
            if (wasConnected_ && !downReported_ && !session_.client().isStoppedHere() && !downTimer_.isActive())
                downTimer_.start(kDownAfterMs);
            return;
        default:
            return;
    }
}

void Notifications::tellDown()
{
    downReported_ = true;
    const bool silent = session_.client().phase() == Phase::Silent;
    send_({QStringLiteral("engine"), silent ? tr("The engine is not responding") : tr("The engine is down"),
           tr("Requests are not served. %1").arg(session_.client().reason()).trimmed(), true});
}

void Notifications::onEvent(const control::Event& event)
{
    if (event.boot_id() != session_.status().boot_id()) return;
    if (session_.status().now_ms() - event.time_ms() > kFreshMs) return;
    const QString subject = QString::fromStdString(event.subject());
    const QString text = format::said(event.words(), event.text());
    if (event.kind() == control::EVENT_KIND_BACKEND_EJECTED)
        send_({QStringLiteral("backend/") + subject, tr("Backend %1 was ejected").arg(subject), text, true});
    else if (event.kind() == control::EVENT_KIND_CONFIG_REVERTED)
        send_({QStringLiteral("config"), tr("A revision was reverted"), text, true});
}

}  // namespace millrace::desktop
