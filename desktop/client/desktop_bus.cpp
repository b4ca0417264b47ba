// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/desktop_bus.h"

#include <QtCore/QFileInfo>
#include <QtCore/QVariantMap>
#include <QtDBus/QDBusConnection>
#include <QtDBus/QDBusMessage>
#include <QtDBus/QDBusPendingCallWatcher>
#include <QtDBus/QDBusPendingReply>

#include <utility>

namespace millrace::desktop {
namespace {

constexpr int kAskMs = 2000;

/// Without this, the library would start a dedicated bus where there is none.
bool isBusThere()
{
    if (qEnvironmentVariableIsSet("DBUS_SESSION_BUS_ADDRESS")) return true;
    const QString runtime = qEnvironmentVariable("XDG_RUNTIME_DIR");
    return !runtime.isEmpty() && QFileInfo::exists(runtime + QStringLiteral("/bus"));
}

}  // namespace

void DesktopBus::show(const DesktopNotification& notification)
{
    // Until the server has returned the number of the one before, there is nothing that could be replaced.
    Matter& matter = matters_[notification.id];
    if (matter.asking)
        matter.next = notification;
    else
        send(notification);
}

void DesktopBus::send(const DesktopNotification& notification)
{
    if (!isBusThere()) return;
    QDBusConnection bus = QDBusConnection::sessionBus();
    if (!bus.isConnected()) return;
    Matter& matter = matters_[notification.id];
    QDBusMessage call = QDBusMessage::createMethodCall(
        QStringLiteral("org.freedesktop.Notifications"), QStringLiteral("/org/freedesktop/Notifications"),
        QStringLiteral("org.freedesktop.Notifications"), QStringLiteral("Notify"));
    const QVariantMap hints{{QStringLiteral("urgency"), QVariant::fromValue<uchar>(notification.bad ? 2 : 1)},
                            {QStringLiteral("desktop-entry"), QStringLiteral("millrace")}};
    call.setArguments({QStringLiteral("Millrace"), matter.number,
                       notification.bad ? QStringLiteral("dialog-warning") : QStringLiteral("dialog-information"),
                       notification.title, notification.text.toHtmlEscaped(), QStringList(), hints, -1});
    matter.asking = true;
    auto* watcher = new QDBusPendingCallWatcher(bus.asyncCall(call, kAskMs), this);
    connect(watcher, &QDBusPendingCallWatcher::finished, this, [this, watcher, id = notification.id] {
        watcher->deleteLater();
        Matter& asked = matters_[id];
        asked.asking = false;
        const QDBusPendingReply<quint32> reply = *watcher;
        if (reply.isValid()) asked.number = reply.value();
        if (const auto next = std::exchange(asked.next, std::nullopt)) send(*next);
    });
}

}  // namespace millrace::desktop
