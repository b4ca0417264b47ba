// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/desktop_bus.h"

#include <QtCore/QFileInfo>
#include <QtCore/QVariantMap>
#include <QtDBus/QDBusConnection>
#include <QtDBus/QDBusMessage>
#include <QtDBus/QDBusPendingCallWatcher>
#include <QtDBus/QDBusPendingReply>

namespace millrace::desktop {
namespace {

constexpr int kAskMs = 2000;

/// Without this, the library would start a bus of its own where there is none.
bool isBusThere()
{
    if (qEnvironmentVariableIsSet("DBUS_SESSION_BUS_ADDRESS")) return true;
    const QString runtime = qEnvironmentVariable("XDG_RUNTIME_DIR");
    return !runtime.isEmpty() && QFileInfo::exists(runtime + QStringLiteral("/bus"));
}

}  // namespace

void DesktopBus::show(const DesktopNotification& notification)
{
    if (!isBusThere()) return;
    QDBusConnection bus = QDBusConnection::sessionBus();
    if (!bus.isConnected()) return;
    QDBusMessage call = QDBusMessage::createMethodCall(
        QStringLiteral("org.freedesktop.Notifications"), QStringLiteral("/org/freedesktop/Notifications"),
        QStringLiteral("org.freedesktop.Notifications"), QStringLiteral("Notify"));
    const QVariantMap hints{{QStringLiteral("urgency"), QVariant::fromValue<uchar>(notification.bad ? 2 : 1)},
                            {QStringLiteral("desktop-entry"), QStringLiteral("millrace")}};
    call.setArguments({QStringLiteral("Millrace"), shown_.value(notification.id, 0),
                       notification.bad ? QStringLiteral("dialog-warning") : QStringLiteral("dialog-information"),
                       notification.title, notification.text.toHtmlEscaped(), QStringList(), hints, -1});
    auto* watcher = new QDBusPendingCallWatcher(bus.asyncCall(call, kAskMs), this);
    connect(watcher, &QDBusPendingCallWatcher::finished, this, [this, watcher, id = notification.id] {
        watcher->deleteLater();
        const QDBusPendingReply<quint32> reply = *watcher;
        if (reply.isValid()) shown_.insert(id, reply.value());
    });
}

}  // namespace millrace::desktop
