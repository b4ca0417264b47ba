// SPDX-License-Identifier: GPL-3.0-or-later
#include "drill.h"

#include <QElapsedTimer>

#include <csignal>
#include <optional>
#include <unistd.h>

using namespace drill;

namespace {

/// CPU time that a process has used, ms; nothing: it is gone.
std::optional<double> cpuMs(qint64 pid)
{
    QFile stat(QStringLiteral("/proc/%1/stat").arg(pid));
    if (!stat.open(QFile::ReadOnly)) return std::nullopt;
    const auto text = stat.readAll();
    const auto fields = text.mid(text.lastIndexOf(')') + 2).split(' ');
    return (fields.value(11).toDouble() + fields.value(12).toDouble()) * 1000 / double(::sysconf(_SC_CLK_TCK));
}

/// Whether the engine used less than a fifth of a core for half a second. One that polls uses all of it; one that waits
/// for a core on a busy machine does not poll any more.
bool sleeps(const EngineProcess& engine)
{
    QElapsedTimer wall;
    wall.start();  // first: a delay between the two must not look like work
    const auto before = cpuMs(engine.pid());
    QTest::qWait(500);
    const auto after = cpuMs(engine.pid());
    return before && after && *after - *before < 0.2 * double(wall.elapsed());
}

}  // namespace

/// The engine polls its connections for a lone, quick client: whatever ends that, it sleeps again.
class TestDrillPolling : public QObject {
    Q_OBJECT

private:
    enum class Then { ClientPauses, ClientHangsUp, BackendStops, BackendIsKilled, EngineStops };

    /// Lone requests, one after the other, until the engine has polled for them. Empty: it has.
    static QString untilItPolls(EngineProcess& engine, RawClient& client)
    {
        const auto polled = [&] { return engine.metric("millrace_engine_busy_poll_seconds_total"); };
        const double before = polled();
        for (int round = 0; round < 200; ++round) {
            for (int i = 0; i < 100; ++i) {
                if (!client.ask("/v1/chat/completions", chat("upstream", false)))
                    return QStringLiteral("no connection");
                if (const auto answer = client.answer(10000); answer.status != 200) return answer.describe();
            }
            if (polled() > before) return {};
        }
        return QStringLiteral("it never polled");
    }

private Q_SLOTS:
    void itSleepsAgain_data()
    {
        QTest::addColumn<int>("then");
        QTest::newRow("the client pauses") << int(Then::ClientPauses);
        QTest::newRow("the client hangs up") << int(Then::ClientHangsUp);
        QTest::newRow("SIGSTOP of the backend") << int(Then::BackendStops);
        QTest::newRow("SIGKILL of the backend") << int(Then::BackendIsKilled);
        QTest::newRow("SIGTERM of the engine") << int(Then::EngineStops);
    }

    void itSleepsAgain()
    {
        QFETCH(const int, then);
        BenchUpstream upstream;
        QVERIFY(upstream.start());
        EngineProcess engine(upstream.settings({"limits.busy_poll_ms=10", "limits.request_timeout_ms=20000"}));
        QVERIFY2(engine.start(), qPrintable(engine.problem()));
        GOOD(answersAgain(engine, "upstream"));
        const auto rest = nothing_left::restOf(engine);
        RawClient client(engine.http());
        GOOD(untilItPolls(engine, client));

        switch (static_cast<Then>(then)) {
            case Then::ClientPauses:
                QTRY_VERIFY(sleeps(engine));
                GOOD(untilItPolls(engine, client));
                break;
            case Then::ClientHangsUp:
                QVERIFY(client.ask("/v1/chat/completions", chat("upstream", true, 1000)));
                client.reset();
                QTRY_VERIFY(sleeps(engine));
                break;
            case Then::BackendStops: {
                ::kill(upstream.pid(), SIGSTOP);
                QVERIFY(client.ask("/v1/chat/completions", chat("upstream", false)));
                QTRY_VERIFY(sleeps(engine));
                QVERIFY(!client.waitFor("HTTP/1.1", 100));
                ::kill(upstream.pid(), SIGCONT);
                const auto answer = client.answer(20000);
                QVERIFY2(answer.status == 200, qPrintable(answer.describe()));
                break;
            }
            case Then::BackendIsKilled: {
                QVERIFY(upstream.kill());
                QVERIFY(client.ask("/v1/chat/completions", chat("upstream", false)));
                const auto answer = client.answer(20000);
                GOOD(judged(answer));
                QVERIFY2(answer.status >= 500, qPrintable(answer.describe()));
                QTRY_VERIFY(sleeps(engine));
                break;
            }
            case Then::EngineStops:
                QCOMPARE(engine.stop(), 0);
                break;
        }
        client.hangUp();
        if (engine.running()) {
            NOTHING_LEFT(engine, rest);
            QCOMPARE(engine.stop(), 0);
        }
        QVERIFY2(!engine.log().contains("Sanitizer"), engine.log().right(4000).constData());
        QVERIFY(upstream.kill());
    }
};

QTEST_GUILESS_MAIN(TestDrillPolling)
#include "tst_drill_polling.moc"
