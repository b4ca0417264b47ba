// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/desktop_bus.h"
#include "client/fake_engine_client.h"
#include "control.pb.h"
#include "support/enum_of.h"
#include "viewmodels/notifications.h"

#include <QtCore/QProcess>
#include <QtCore/QTemporaryDir>
#include <QtDBus/QDBusConnection>
#include <QtDBus/QDBusContext>
#include <QtDBus/QDBusMessage>
#include <QtTest/QTest>

using namespace millrace::desktop;
using Phase = EngineClient::Phase;

namespace {

constexpr std::int64_t kStart = 1'700'000'000'000;

}  // namespace

/// What serves notifications on a desktop: keeps what it was asked to show.
class NotificationServer : public QObject, protected QDBusContext {
    Q_OBJECT
    Q_CLASSINFO("D-Bus Interface", "org.freedesktop.Notifications")
public:
    struct Shown {
        QString program, icon, title, text;
        quint32 replaces = 0;
        quint32 number = 0;
        int urgency = -1;
        QString desktopEntry;
    };
    QList<Shown> asked;
    bool slow = false;  ///< answers only in answer()
    void answer()
    {
        for (const auto& [message, number] : std::exchange(waiting_, {}))
            QDBusConnection(QStringLiteral("server")).send(message.createReply(number));
    }

public Q_SLOTS:
    uint Notify(const QString& program, uint replaces, const QString& icon, const QString& title, const QString& text,
                const QStringList& actions, const QVariantMap& hints, int timeout)
    {
        Q_UNUSED(actions)
        Q_UNUSED(timeout)
        const quint32 number = replaces != 0 ? replaces : ++last_;
        const QVariant urgency = hints.value(QStringLiteral("urgency"));
        // The specification wants a byte; servers ignore anything else.
        asked.append({program, icon, title, text, replaces, number,
                      urgency.userType() == QMetaType::UChar ? urgency.toInt() : -1,
                      hints.value(QStringLiteral("desktop-entry")).toString()});
        if (slow) {
            setDelayedReply(true);
            waiting_.append({message(), number});
        }
        return number;
    }

private:
    quint32 last_ = 0;
    QList<std::pair<QDBusMessage, quint32>> waiting_;
};

/// Notifications as they arrive on a real session bus.
class TestNotifications : public QObject {
    Q_OBJECT

private:
    QTemporaryDir folder_;
    QProcess daemon_;
    NotificationServer server_;

    struct Console {
        Console()
            : client(new FakeEngineClient(false, kStart)),
              session(std::unique_ptr<EngineClient>(client)),
              notifications(session, [this](const DesktopNotification& notification) { bus.show(notification); })
        {
            client->start();
            client->step(1000);
        }
        void event(const char* kind, const char* subject, const char* text)
        {
            control::Event event;
            event.set_kind(millrace::testing::enumOf<control::EventKind>(kind));
            event.set_subject(subject);
            event.set_text(text);
            event.set_sequence(++sequence);
            event.set_time_ms(session.nowMs());
            event.set_boot_id(session.status().boot_id());
            Q_EMIT session.eventTaken(event);
        }
        DesktopBus bus;
        FakeEngineClient* client;
        Session session;
        Notifications notifications;
        std::uint64_t sequence = 1'000'000;
    };

private Q_SLOTS:
    void initTestCase()
    {
        const QString address = QStringLiteral("unix:path=") + folder_.filePath(QStringLiteral("bus"));
        daemon_.start(QStringLiteral("dbus-daemon"),
                      {QStringLiteral("--session"), QStringLiteral("--nofork"), QStringLiteral("--address=") + address,
                       QStringLiteral("--print-address")});
        QVERIFY2(daemon_.waitForStarted(), "dbus-daemon is needed (Debian: dbus-daemon)");
        QVERIFY(daemon_.waitForReadyRead(10'000));
        qputenv("DBUS_SESSION_BUS_ADDRESS", address.toLocal8Bit());
        auto bus = QDBusConnection::connectToBus(address, QStringLiteral("server"));
        QVERIFY(bus.isConnected());
        QVERIFY(bus.registerService(QStringLiteral("org.freedesktop.Notifications")));
        QVERIFY(bus.registerObject(QStringLiteral("/org/freedesktop/Notifications"), &server_,
                                   QDBusConnection::ExportAllSlots));
        QVERIFY(QDBusConnection::sessionBus().isConnected());
    }
    void cleanupTestCase()
    {
        QDBusConnection::disconnectFromBus(QStringLiteral("server"));
        daemon_.terminate();
        daemon_.waitForFinished(5000);
    }
    void init()
    {
        server_.asked.clear();
        server_.slow = false;
    }

    void theEngineIsDownAndUpAgain()
    {
        Console console;
        console.client->setPhaseForTest(Phase::NoEngine, QStringLiteral("It has exited."));
        QTRY_COMPARE(server_.asked.size(), 1);
        const auto down = server_.asked.at(0);
        QCOMPARE(down.program, QStringLiteral("Millrace"));
        QCOMPARE(down.desktopEntry, QStringLiteral("millrace"));
        QCOMPARE(down.title, QStringLiteral("The engine is down"));
        QVERIFY2(down.text.contains(QStringLiteral("It has exited.")), qPrintable(down.text));
        QCOMPARE(down.urgency, 2);
        QCOMPARE(down.replaces, 0u);
        console.client->setPhaseForTest(Phase::Reconnecting, QStringLiteral("The connection was closed."));
        console.client->setPhaseForTest(Phase::NoEngine, QStringLiteral("It has exited."));
        console.client->setPhaseForTest(Phase::Connected);
        QTRY_COMPARE(server_.asked.size(), 2);  // one for each way, however often the phase changed
        const auto up = server_.asked.at(1);
        QCOMPARE(up.title, QStringLiteral("The engine is running again"));
        QCOMPARE(up.urgency, 1);
        QCOMPARE(up.replaces, down.number);
    }

    void aBackendThatWasEjected()
    {
        Console console;
        console.event("backend_ejected", "gpu-box", "5 failures: connection refused by <10.0.0.7> & others");
        QTRY_COMPARE(server_.asked.size(), 1);
        QCOMPARE(server_.asked.at(0).title, QStringLiteral("Backend gpu-box was ejected"));
        // Servers take the text for markup.
        QCOMPARE(server_.asked.at(0).text,
                 QStringLiteral("“5 failures: connection refused by &lt;10.0.0.7&gt; &amp; others”"));
        QCOMPARE(server_.asked.at(0).urgency, 2);
        console.event("backend_ejected", "gpu-box", "again");
        QTRY_COMPARE(server_.asked.size(), 2);
        console.event("backend_ejected", "other", "connection refused");
        QTRY_COMPARE(server_.asked.size(), 3);
        QCOMPARE(server_.asked.at(1).replaces, server_.asked.at(0).number);
        QCOMPARE(server_.asked.at(2).replaces, 0u);  // another matter
    }

    void aRevisionThatWasTakenBack()
    {
        Console console;
        console.event("config_reverted", "configuration", "revision 4 was taken back: p99 13.8 ms → 26.4 ms");
        QTRY_COMPARE(server_.asked.size(), 1);
        QCOMPARE(server_.asked.at(0).title, QStringLiteral("A revision was reverted"));
        QVERIFY(server_.asked.at(0).text.contains(QStringLiteral("26.4 ms")));
        QCOMPARE(server_.asked.at(0).urgency, 2);
        for (const char* kind : {"model_loaded", "config_applied", "backend_up", "loop_stalled"})
            console.event(kind, "x", "nobody has to be told");
        console.event("config_reverted", "configuration", "the last one");
        QTRY_COMPARE(server_.asked.size(), 2);
    }

    /// Two within the time that the server takes for its answer used to be shown beside each other.
    void whatComesBeforeTheServersAnswerReplacesToo()
    {
        DesktopBus bus;
        server_.slow = true;
        bus.show({QStringLiteral("engine"), QStringLiteral("down"), QString(), true});
        QTRY_COMPARE(server_.asked.size(), 1);
        bus.show({QStringLiteral("engine"), QStringLiteral("up"), QString(), false});
        bus.show({QStringLiteral("engine"), QStringLiteral("down again"), QString(), true});
        server_.answer();
        QTRY_COMPARE(server_.asked.size(), 2);
        QCOMPARE(server_.asked.at(1).title, QStringLiteral("down again"));  // what is over is not told
        QCOMPARE(server_.asked.at(1).replaces, server_.asked.at(0).number);
        server_.answer();
    }

    /// Nobody serves notifications: nothing is said, and the next one is tried again.
    void withoutAServerItIsSilent()
    {
        auto server = QDBusConnection(QStringLiteral("server"));
        QVERIFY(server.unregisterService(QStringLiteral("org.freedesktop.Notifications")));
        DesktopBus bus;
        bus.show({QStringLiteral("engine"), QStringLiteral("down"), QString(), true});
        QTest::qWait(0);
        QVERIFY(server.registerService(QStringLiteral("org.freedesktop.Notifications")));
        QTRY_VERIFY((bus.show({QStringLiteral("engine"), QStringLiteral("up"), QString(), false}), QTest::qWait(10),
                     !server_.asked.isEmpty()));
        QCOMPARE(server_.asked.at(0).replaces, 0u);
    }
};

QTEST_GUILESS_MAIN(TestNotifications)
#include "tst_notifications.moc"
