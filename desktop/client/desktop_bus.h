// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QHash>
#include <QtCore/QObject>
#include <QtCore/QString>

#include <optional>

namespace millrace::desktop {

struct DesktopNotification {
    QString id;  ///< a later notification with the same id replaces this one
    QString title;
    QString text;
    bool bad = false;
    bool operator==(const DesktopNotification&) const = default;
};

/// Shows desktop notifications by org.freedesktop.Notifications. No effect without a session bus or notification
/// server.
///
/// Thread: GUI, without blocking on the bus.   Bound: one shown and one pending per id.
/// Source: Desktop Notifications Specification 1.2.
class DesktopBus : public QObject {
    Q_OBJECT
public:
    using QObject::QObject;
    void show(const DesktopNotification& notification);

private:
    struct Matter {
        quint32 number = 0;   ///< the server's id; 0: none shown
        bool asking = false;  ///< waiting for the server's id
        std::optional<DesktopNotification> next;
    };
    void send(const DesktopNotification& notification);

    QHash<QString, Matter> matters_;
};

}  // namespace millrace::desktop
