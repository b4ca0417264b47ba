// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine_process.h"

#include <QDir>
#include <QTemporaryDir>
#include <QtTest>

#include <csignal>

/// The sample load against a real engine: what a first look at the console promises to show has to happen.
class TestSample : public QObject {
    Q_OBJECT

private:
    const QTemporaryDir locks_;
    const QString bench_ = QStringLiteral(MILLRACE_BIN_DIR) + "/millrace-bench";

    static QJsonObject lastLine(const QByteArray& out)
    {
        return QJsonDocument::fromJson(out.trimmed().split('\n').last()).object();
    }

private Q_SLOTS:
    /// Its locks by addresses lie there: other users of the machine, or other runs, must not hold them.
    void initTestCase()
    {
        QVERIFY(locks_.isValid());
        qputenv("XDG_RUNTIME_DIR", locks_.path().toLocal8Bit());
    }

    void everyKindOfThingOccursAndAlmostNothingFails()
    {
        EngineProcess engine({"--first-start", "loader.resident_max=5"});
        QVERIFY2(engine.start(), qPrintable(engine.problem()));
        QProcess load;
        load.start(bench_, {"sample", "--http", engine.http(), "--json"}, QIODevice::ReadOnly);
        QVERIFY(load.waitForStarted());

        struct Wanted {
            const char *what, *metric, *label;
            double least;
        };
        const std::vector<Wanted> wanted = {
            {"models are loaded when they are asked for", "millrace_load_loads_total", "cause=\"demand\"", 5},
            {"preloads hit", "millrace_load_preloads_total", "verdict=\"hit\"", 3},
            {"models are evicted", "millrace_load_unloads_total", "", 3},
            {"a slow client pauses reading", "millrace_stream_pauses_total", "by=\"client\"", 1},
            {"events of chats are passed on", "millrace_stream_chunks_sent_total", "", 100},
            {"something is refused", "millrace_request_failures_total", "reason=\"NotFound\"", 1},
            {"connections are reused", "millrace_pool_connections_reused_total", "", 100},
        };
        for (const auto& each : wanted)
            QTRY_VERIFY2_WITH_TIMEOUT(engine.metric(each.metric, each.label) >= each.least, each.what, 25000);
        // Batches near the hundred rows that they start with as their limit.
        const auto large = [&engine] {
            return engine.metric("millrace_batch_rows_count") -
                   engine.metric("millrace_batch_rows_bucket", "le=\"64\"");
        };
        QTRY_VERIFY_WITH_TIMEOUT(large() >= 3, 25000);
        // Always a few answers being written, and the slow reader's.
        QTRY_VERIFY_WITH_TIMEOUT(engine.metric("millrace_stream_streams") >= 3, 5000);
        QTRY_COMPARE_WITH_TIMEOUT(engine.metric("millrace_load_resident_models"), 5.0, 5000);

        load.terminate();
        QVERIFY(load.waitForFinished(5000));
        QCOMPARE(load.exitCode(), 0);
        const auto totals = lastLine(load.readAllStandardOutput());
        QVERIFY(!totals["running"].toBool(true));
        QVERIFY(totals["ok"].toDouble() > 200);
        QVERIFY(totals["refused"].toDouble() >= 1);
        QCOMPARE(totals["failed"].toDouble(), 0.0);
        QVERIFY(totals["refused"].toDouble() < totals["ok"].toDouble() * 0.01);
        QTRY_COMPARE_WITH_TIMEOUT(engine.metric("millrace_requests_in_flight"), 0.0, 5000);
        QCOMPARE(engine.stop(), 0);
    }

    void aSecondOneForTheSameEngineDoesNotStart()
    {
        QProcess first, second;
        first.start(bench_, {"sample", "--http", "127.0.0.1:2", "--for", "60"}, QIODevice::ReadOnly);
        // Once it has said this, it is the one that runs: whoever is quicker to start wins.
        first.setReadChannel(QProcess::StandardError);
        QVERIFY(first.waitForReadyRead(20000));
        QCOMPARE(first.readAll(), "millrace-bench: waiting for the engine at 127.0.0.1:2\n");
        const auto tryAnother = [&](const char* address) {
            second.start(bench_, {"sample", "--http", address, "--for", "1"}, QIODevice::ReadOnly);
            return second.waitForFinished(10000) ? second.exitCode() : -1;
        };
        QCOMPARE(QDir(locks_.path()).entryList({"millrace-sample-*-127_0_0_1_2.lock"}).size(), 1);
        QCOMPARE(tryAnother("127.0.0.1:2"), 1);
        QVERIFY(second.readAllStandardError().contains("127.0.0.1:2 is running already"));
        QCOMPARE(tryAnother("127.0.0.1:3"), 0);
        first.kill();
        QVERIFY(first.waitForFinished(5000));
        QCOMPARE(tryAnother("127.0.0.1:2"), 0);  // nothing is left of it
    }

    void waitsForAnEngineThatIsAway()
    {
        EngineProcess engine;
        QVERIFY2(engine.start(), qPrintable(engine.problem()));
        QProcess load;
        load.start(bench_, {"sample", "--http", engine.http(), "--json"}, QIODevice::ReadOnly);
        QVERIFY(load.waitForReadyRead(20000));
        engine.kill();
        QByteArray out;
        const auto failed = [&] {
            out += load.readAllStandardOutput();
            return lastLine(out.left(out.lastIndexOf('\n') + 1))["failed"].toDouble();
        };
        QTRY_VERIFY_WITH_TIMEOUT(failed() > 0, 20000);
        QCOMPARE(load.state(), QProcess::Running);
        load.terminate();
        QVERIFY(load.waitForFinished(5000));
        QCOMPARE(load.exitCode(), 0);
    }

    void endsWhenItsParentHasExited()
    {
        QProcess shell;
        shell.start("/bin/sh", {"-c", "\"$0\" sample --http 127.0.0.1:1 --parent $$ & echo $!; wait", bench_});
        QVERIFY(shell.waitForReadyRead(5000));
        const auto child = shell.readAllStandardOutput().trimmed();
        QTRY_VERIFY_WITH_TIMEOUT(QFile::exists("/proc/" + child), 10000);
        shell.kill();  // no chance to tell its child
        QVERIFY(shell.waitForFinished(5000));
        const auto ended = [&child] {
            QFile stat("/proc/" + child + "/stat");
            return !stat.open(QIODevice::ReadOnly) || stat.readAll().contains(") Z ");
        };
        QTRY_VERIFY_WITH_TIMEOUT(ended(), 5000);
    }

    void endsAfterTheTimeThatWasGiven()
    {
        QProcess load;
        load.start(bench_, {"sample", "--http", "127.0.0.1:1", "--for", "1", "--json"}, QIODevice::ReadOnly);
        QVERIFY(load.waitForFinished(5000));
        QCOMPARE(load.exitCode(), 0);
        QVERIFY(!lastLine(load.readAllStandardOutput())["running"].toBool(true));
    }

    void anUnknownOptionIsAWrongCommandLine()
    {
        QProcess load;
        load.start(bench_, {"sample", "--no-such-option"}, QIODevice::ReadOnly);
        QVERIFY(load.waitForFinished(5000));
        QCOMPARE(load.exitCode(), 2);
        load.start(bench_, {"sample", "--help"}, QIODevice::ReadOnly);
        QVERIFY(load.waitForFinished(5000));
        QCOMPARE(load.exitCode(), 0);
        QVERIFY(load.readAllStandardOutput().contains("--parent"));
    }
};

QTEST_GUILESS_MAIN(TestSample)
#include "tst_sample.moc"
