// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/desktop_bus.h"
#include "viewmodels/session.h"

#include <QtCore/QObject>
#include <QtCore/QTimer>

#include <functional>

namespace millrace::desktop {

/// What the desktop is notified of while the console is not active: the engine is down or up again, a backend was
/// ejected, a revision was taken back. Nothing else.
///
/// Owner: the application.   Thread: GUI.
class Notifications : public QObject {
    Q_OBJECT
public:
    static constexpr qint64 kFreshMs = 30'000;  ///< older events are history, not news
    static constexpr int kDownAfterMs = 3'000;  ///< a connection that is back sooner was not down

    using Send = std::function<void(const DesktopNotification&)>;
    Notifications(Session& session, Send send, QObject* parent = nullptr);

private:
    void onPhase();
    void onEvent(const control::Event& event);
    void tellDown();

    Session& session_;
    Send send_;
    QTimer downTimer_;
    bool wasConnected_ = false;
    bool downReported_ = false;
};

}  // namespace millrace::desktop
