// SPDX-License-Identifier: GPL-3.0-or-later
#include "drill.h"
#include "support/seed.h"

#include <QDir>
#include <QProcess>
#include <QRandomGenerator>

#include <csignal>

using namespace drill;

namespace {

bool alive(qint64 pid)
{
    QFile stat(QStringLiteral("/proc/%1/stat").arg(pid));
    if (!stat.open(QIODevice::ReadOnly)) return false;
    const auto text = stat.readAll();
    return text.mid(text.lastIndexOf(')') + 2, 1) != "Z";
}

const QString kConsole = QStringLiteral(MILLRACE_BIN_DIR) + "/millrace";
const QString kCtl = QStringLiteral(MILLRACE_BIN_DIR) + "/millracectl";

}  // namespace

/// kill -9 of engine, runtime and console at random moments: what was acknowledged is there, what was held is free.
class TestDrillKills : public QObject {
    Q_OBJECT

private:
    QRandomGenerator random_;

private Q_SLOTS:
    void initTestCase() { random_.seed(testSeed()); }

    void secondAndThirdStartOnTheSameState()
    {
        QTemporaryDir folder;
        EngineProcess engine(synthetic(folder, {{"one", {}}, {"two", {}}}) + sets({"telemetry.history=true"}));
        for (int start = 1; start <= 3; ++start) {
            QVERIFY2(engine.start(), qPrintable(engine.problem()));
            GOOD(answersAgain(engine, "one"));
            GOOD(answersAgain(engine, "two"));
            const auto rest = nothing_left::restOf(engine);
            if (start > 1) {
                const auto kept = engine.ctl({"config", "get", "batcher.size_max"}).out.trimmed();
                QVERIFY2(kept.contains(QByteArray::number(70 + start - 1)), kept.constData());
                QCOMPARE(engine.ctl({"config", "history"}).code, 0);
            }
            QCOMPARE(engine.ctl({"config", "set", QStringLiteral("batcher.size_max=%1").arg(70 + start)}).code, 0);
            for (int i = 0; i < 5; ++i) QCOMPARE(engine.post(inferPath("one"), tensor("one")).status, 200);
            NOTHING_LEFT(engine, rest);
            QCOMPARE(engine.stop(), 0);
            QVERIFY2(!engine.log().contains("Sanitizer"), engine.log().right(4000).constData());
        }
        QCOMPARE(QDir(engine.stateDir()).entryList({"*.damaged*"}, QDir::Files), QStringList());
    }

    /// What `config set` said yes to is there after any number of ends without warning; the runtime never outlives it.
    void aKilledEngineLosesNothingAcknowledged()
    {
        QTemporaryDir folder;
        EngineProcess engine(synthetic(folder, {{"one", {{"tokens_per_s", 50}}}}));
        int acknowledged = 0;  // the default, until there is another
        for (int round = 0; round < 5; ++round) {
            QVERIFY2(engine.start(), qPrintable(engine.problem()));
            const auto kept = engine.ctl({"config", "get", "limits.requests_max"}).out.trimmed().toInt();
            QVERIFY(kept > 0);
            // One more may have been written whose answer nobody has seen.
            QVERIFY2(round == 0 || kept == acknowledged || kept == acknowledged + 1,
                     qPrintable(QStringLiteral("%1 is there, %2 was acknowledged").arg(kept).arg(acknowledged)));
            acknowledged = kept;
            GOOD(answersAgain(engine, "one"));
            std::vector<RawClient> streams;
            for (int i = 0; i < 4; ++i) {
                streams.emplace_back(engine.http());
                QVERIFY(streams.back().ask("/v1/chat/completions", chat("one", true, 2000)));
                QVERIFY(streams.back().waitFor("data: "));
            }
            const auto runtime = engine.runtimePid();
            QVERIFY(runtime > 0);
            QProcess setting;
            const int rounds = 1 + random_.bounded(3);
            for (int i = 0; i < rounds; ++i) {
                const int value = acknowledged + 1;
                setting.start(kCtl, {"--control", engine.control(), "config", "set",
                                     QStringLiteral("limits.requests_max=%1").arg(value)});
                if (i + 1 == rounds) break;
                QVERIFY(setting.waitForFinished(20000));
                QCOMPARE(setting.exitCode(), 0);
                acknowledged = value;
            }
            // The last one is on its way when the end comes.
            setting.waitForFinished(random_.bounded(120));
            engine.kill();
            setting.waitForFinished(20000);
            if (setting.exitStatus() == QProcess::NormalExit && setting.exitCode() == 0) ++acknowledged;
            for (auto& stream : streams) {
                const auto answer = stream.answer(5000);
                QVERIFY2(!answer.whole, "a stream looks whole although its engine was killed");
            }
            QTRY_VERIFY_WITH_TIMEOUT(!alive(runtime), 10000);
        }
        QVERIFY2(engine.start(), qPrintable(engine.problem()));
        GOOD(answersAgain(engine, "one"));
        QCOMPARE(engine.stop(), 0);
    }

    void aKilledRuntimeComesBack()
    {
        QTemporaryDir folder;
        EngineProcess engine(
            synthetic(folder,
                      {{"one", {{"fixed_ms", 20}}}, {"text", {{"tokens_per_s", 50}}}, {"cold", {{"load_ms", 300}}}}) +
            sets({"limits.request_timeout_ms=15000", "loader.preload=false", "loader.failed_backoff_ms=0"}));
        QVERIFY2(engine.start(), qPrintable(engine.problem()));
        GOOD(answersAgain(engine, "one"));
        GOOD(answersAgain(engine, "text"));
        const auto rest = nothing_left::restOf(engine);
        for (int round = 0; round < 4; ++round) {
            std::vector<RawClient> clients;
            for (int i = 0; i < 12; ++i) {
                clients.emplace_back(engine.http());
                if (i % 3 == 0)
                    QVERIFY(clients.back().ask("/v1/chat/completions", chat("text", true, 40)));
                else if (i % 3 == 1)
                    QVERIFY(clients.back().ask(inferPath("one"), tensor("one")));
                else
                    QVERIFY(clients.back().ask(inferPath("cold"), tensor("cold")));
            }
            QTest::qWait(random_.bounded(150));
            const auto runtime = engine.runtimePid();
            if (runtime > 0) ::kill(static_cast<pid_t>(runtime), SIGKILL);
            for (std::size_t i = 0; i < clients.size(); ++i) {
                const auto answer = clients[i].answer(20000);
                GOOD(judgedStream(answer));
                QVERIFY2(answer.status == 200 || answer.status >= 500, qPrintable(answer.describe()));
            }
            clients.clear();
            QTRY_VERIFY_WITH_TIMEOUT(engine.hasRuntimeBut(runtime), 20000);
            for (const auto* model : {"one", "text", "cold"}) GOOD(answersAgain(engine, model, 20000));
            NOTHING_LEFT(engine, rest);
        }
        QCOMPARE(engine.stop(), 0);
        QVERIFY2(!engine.log().contains("Sanitizer"), engine.log().right(4000).constData());
    }

    /// Those who look on end in the middle of a frame.
    void aKilledConsoleLeavesNothing()
    {
        QTemporaryDir folder;
        EngineProcess engine(synthetic(folder, {{"one", {}}}));
        QVERIFY2(engine.start(), qPrintable(engine.problem()));
        GOOD(answersAgain(engine, "one"));
        QVERIFY(engine.ctl({"status"}).code == 0);
        const auto rest = nothing_left::restOf(engine);
        for (int round = 0; round < 4; ++round) {
            std::vector<std::unique_ptr<QProcess>> watchers;
            for (int i = 0; i < 6; ++i) {
                auto& watcher = watchers.emplace_back(std::make_unique<QProcess>());
                watcher->setStandardOutputFile(folder.filePath(QStringLiteral("top-%1-%2").arg(round).arg(i)));
                watcher->start(kCtl, {"--control", engine.control(), "top", "--rate", "20"}, QIODevice::ReadOnly);
            }
            if (QFile::exists(kConsole) && round == 0) {
                auto& console = watchers.emplace_back(std::make_unique<QProcess>());
                auto environment = QProcessEnvironment::systemEnvironment();
                environment.insert("QT_QPA_PLATFORM", "offscreen");
                environment.insert("XDG_CONFIG_HOME", folder.filePath("console"));
                console->setProcessEnvironment(environment);
                console->start(kConsole, {"--control", engine.control()}, QIODevice::ReadOnly);
            }
            for (int i = 0; i < 6; ++i)
                QTRY_VERIFY_WITH_TIMEOUT(
                    QFileInfo(folder.filePath(QStringLiteral("top-%1-%2").arg(round).arg(i))).size() > 0, 20000);
            for (int i = 0; i < 10; ++i) QCOMPARE(engine.post(inferPath("one"), tensor("one")).status, 200);
            QTest::qWait(random_.bounded(100));
            for (auto& watcher : watchers) watcher->kill();
            for (auto& watcher : watchers) QVERIFY(watcher->waitForFinished(10000));
            NOTHING_LEFT(engine, rest);
            QCOMPARE(engine.ctl({"requests"}).code, 0);
        }
        QCOMPARE(engine.stop(), 0);
    }
};

QTEST_GUILESS_MAIN(TestDrillKills)
#include "tst_drill_kills.moc"
