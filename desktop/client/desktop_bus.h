// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QHash>
#include <QtCore/QObject>
#include <QtCore/QString>

#include <optional>

namespace millrace::desktop {

struct DesktopNotification {
    QString id;  ///< the matter; a later notification of the same replaces the one that is shown
    QString title;
    QString text;
    bool bad = false;
    bool operator==(const DesktopNotification&) const = default;
};

/// Shows notifications by org.freedesktop.Notifications. Silent where there is no session bus or no server for it.
///
/// Thread: GUI, which never waits for the bus.   Bound: one shown for each id, and one that waits for its number.
/// Source: Desktop Notifications Specification 1.2.
class DesktopBus : public QObject {
    Q_OBJECT
public:
    using QObject::QObject;
    void show(const DesktopNotification& notification);

private:
    struct Matter {
        quint32 number = 0;   ///< the server's; 0: none is shown
        bool asking = false;  ///< the server has not said the number yet
        std::optional<DesktopNotification> next;
    };
    void send(const DesktopNotification& notification);

    QHash<QString, Matter> matters_;
};

}  // namespace millrace::desktop
