// SPDX-License-Identifier: GPL-3.0-or-later
#include "drill.h"

#include <QElapsedTimer>
#include <QProcess>

#include <csignal>

using namespace drill;

/// SIGSTOP and SIGCONT: what a suspended laptop, a debugger or a driver that hangs does to each process.
class TestDrillPauses : public QObject {
    Q_OBJECT

private:
    QTemporaryDir folder_;

    QStringList models() const
    {
        return synthetic(folder_, {{"one", {}}, {"text", {{"tokens_per_s", 40}}}, {"cold", {{"load_ms", 200}}}});
    }

private Q_SLOTS:
    /// Streams go on where they were, and nobody is ejected for the time in which the engine itself did not run.
    void thePausedEngineGoesOn()
    {
        EngineProcess engine(models() + sets({"pool.health_interval_ms=200", "pool.health_timeout_ms=300"}));
        QVERIFY2(engine.start(), qPrintable(engine.problem()));
        GOOD(answersAgain(engine, "one"));
        GOOD(answersAgain(engine, "text"));
        const auto rest = nothing_left::restOf(engine);
        for (int round = 0; round < 2; ++round) {
            std::vector<RawClient> streams;
            for (int i = 0; i < 4; ++i) {
                streams.emplace_back(engine.http());
                QVERIFY(streams.back().ask("/v1/chat/completions", chat("text", true, 60)));
                QVERIFY(streams.back().waitFor("data: "));
            }
            engine.signal(SIGSTOP);
            RawClient meanwhile(engine.http());
            QVERIFY(meanwhile.ask(inferPath("one"), tensor("one")));
            const bool answered = meanwhile.waitFor("HTTP/1.1", 1200);
            engine.signal(SIGCONT);
            QVERIFY(!answered);
            const auto late = meanwhile.answer(15000);
            QVERIFY2(late.status == 200, qPrintable(late.describe()));
            for (auto& stream : streams) {
                const auto answer = stream.answer(30000);
                GOOD(judgedStream(answer));
                QVERIFY2(answer.body.contains("[DONE]"), qPrintable(answer.describe()));
            }
            meanwhile.hangUp();
            streams.clear();
            NOTHING_LEFT(engine, rest);
        }
        QCOMPARE(engine.stop(), 0);
    }

    void thePausedRuntimeIsWaitedForOrReplaced()
    {
        EngineProcess engine(models() + sets({"pool.health_interval_ms=300", "pool.health_timeout_ms=300",
                                              "limits.request_timeout_ms=3000", "loader.timeout_ms=3000",
                                              "loader.preload=false", "loader.failed_backoff_ms=0"}));
        QVERIFY2(engine.start(), qPrintable(engine.problem()));
        GOOD(answersAgain(engine, "one"));
        GOOD(answersAgain(engine, "text"));
        const auto rest = nothing_left::restOf(engine);
        for (const bool goesOn : {true, false}) {
            const auto runtime = engine.runtimePid();
            QVERIFY(runtime > 0);
            ::kill(static_cast<pid_t>(runtime), SIGSTOP);
            std::vector<RawClient> clients;
            for (int i = 0; i < 9; ++i) {
                clients.emplace_back(engine.http());
                if (i % 3 == 0)
                    QVERIFY(clients.back().ask("/v1/chat/completions", chat("text", true, 4)));
                else
                    QVERIFY(clients.back().ask(inferPath(i % 3 == 1 ? "one" : "cold"), tensor("one")));
            }
            if (goesOn) {
                QVERIFY(!clients[1].waitFor("HTTP/1.1", 400));
                ::kill(static_cast<pid_t>(runtime), SIGCONT);
            }
            QElapsedTimer waited;
            waited.start();
            for (auto& client : clients) GOOD(judgedStream(client.answer(20000)));
            clients.clear();
            if (!goesOn) {
                // A process that does not answer at all is replaced, not waited for.
                QTRY_VERIFY_WITH_TIMEOUT(engine.runtimePid() > 0 && engine.runtimePid() != runtime, 30000);
            }
            for (const auto* model : {"one", "text", "cold"}) GOOD(answersAgain(engine, model, 20000));
            NOTHING_LEFT(engine, rest);
        }
        QCOMPARE(engine.stop(), 0);
    }

    /// A console that stands still costs the engine nothing; it may even stay.
    /// SIGTERM and the end of its standard input do not reach a process that does not run.
    void aPausedRuntimeDoesNotOutliveTheEngine()
    {
        for (const bool hurried : {false, true}) {
            EngineProcess engine(models());
            QVERIFY2(engine.start(), qPrintable(engine.problem()));
            GOOD(answersAgain(engine, "one"));
            const auto runtime = engine.runtimePid();
            QVERIFY(runtime > 0);
            ::kill(static_cast<pid_t>(runtime), SIGSTOP);
            if (hurried) {
                engine.signal(SIGTERM);
                QTRY_VERIFY_WITH_TIMEOUT(engine.log().contains("engine_stopping"), 5000);
            }
            QCOMPARE(engine.stop(), hurried ? 1 : 0);
            const auto gone = [&] {
                QFile state(QStringLiteral("/proc/%1/stat").arg(runtime));
                return !state.open(QIODevice::ReadOnly) || state.readAll().contains(") Z ");
            };
            if (!gone()) ::kill(static_cast<pid_t>(runtime), SIGKILL);
            QTRY_VERIFY2(gone(), "the runtime was left behind");
        }
    }

    void aPausedConsoleHoldsNobody()
    {
        EngineProcess engine(models());
        QVERIFY2(engine.start(), qPrintable(engine.problem()));
        GOOD(answersAgain(engine, "one"));
        QCOMPARE(engine.ctl({"status"}).code, 0);
        QProcess watcher;
        const QString picture = folder_.filePath("top");
        watcher.setStandardOutputFile(picture);
        watcher.start(QStringLiteral(MILLRACE_BIN_DIR) + "/millracectl",
                      {"--control", engine.control(), "top", "--rate", "20"}, QIODevice::ReadOnly);
        QTRY_VERIFY_WITH_TIMEOUT(QFileInfo(picture).size() > 0, 10000);
        ::kill(static_cast<pid_t>(watcher.processId()), SIGSTOP);
        // More than its window takes: records of requests and of events.
        for (int i = 0; i < 300; ++i) {
            RawClient client(engine.http());
            QVERIFY(client.ask(inferPath("one"), tensor("one")));
            const auto answer = client.answer(10000);
            QVERIFY2(answer.status == 200, qPrintable(answer.describe()));
        }
        QCOMPARE(engine.ctl({"requests", "--json"}).code, 0);
        QCOMPARE(engine.ctl({"config", "set", "batcher.size_max=71"}).code, 0);
        ::kill(static_cast<pid_t>(watcher.processId()), SIGCONT);
        QCOMPARE(engine.post(inferPath("one"), tensor("one")).status, 200);
        // And the engine may end although it stands still again.
        ::kill(static_cast<pid_t>(watcher.processId()), SIGSTOP);
        QElapsedTimer ending;
        ending.start();
        QCOMPARE(engine.stop(20000), 0);
        ::kill(static_cast<pid_t>(watcher.processId()), SIGCONT);
        watcher.kill();
        QVERIFY(watcher.waitForFinished(10000));
    }
};

QTEST_GUILESS_MAIN(TestDrillPauses)
#include "tst_drill_pauses.moc"
