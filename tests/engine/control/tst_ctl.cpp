// SPDX-License-Identifier: GPL-3.0-or-later
#include "control_fixture.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

using namespace millrace;

namespace {

struct Ended {
    int code = -1;
    QString out;
    QString err;
    QJsonDocument json() const { return QJsonDocument::fromJson(out.toUtf8()); }
};

}  // namespace

/// The real program against the control service with a small engine behind it.
class TestCtl : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        dir_ = std::make_unique<QTemporaryDir>();
        engine_ = std::make_unique<ControlFixture>(dir_->path());
        QVERIFY2(engine_->started.ok(), text(engine_->started).c_str());
    }
    void cleanup() { engine_.reset(); }

    void exitCodesSayWhatHappened_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<int>("code");
        QTest::addColumn<QString>("complaint");
        QTest::newRow("status") << QStringList{"status"} << 0 << "";
        QTest::newRow("help") << QStringList{"--help"} << 0 << "";
        QTest::newRow("nothing") << QStringList{} << 2 << "subcommand";
        QTest::newRow("unknown command") << QStringList{"fly"} << 2 << "there is no command fly; millracectl --help";
        QTest::newRow("misspelt command") << QStringList{"--json", "modles"} << 2 << "did you mean models?";
        QTest::newRow("misspelt command of a group")
            << QStringList{"config", "sett", "a=b"} << 2 << "there is no command config sett; did you mean config set?";
        QTest::newRow("unknown option") << QStringList{"status", "--fast"} << 2 << "";
        QTest::newRow("no assignment") << QStringList{"config", "set", "batcher.size_max"} << 2 << "path=value";
        QTest::newRow("out of range") << QStringList{"config", "set", "batcher.size_max=0"} << 1
                                      << "batcher.size_max must be 1 – 4096 rows, is 0";
        QTest::newRow("unknown setting") << QStringList{"config", "set", "batcher.size=3"} << 1
                                         << "millracectl: batcher.size is not a setting; did you mean batcher.size_";
        QTest::newRow("unknown path") << QStringList{"config", "get", "poool"} << 1 << "did you mean pool?";
        QTest::newRow("stale base") << QStringList{"config", "set", "batcher.timeout_ms=9", "--base", "77"} << 4
                                    << "revision 1 is active";
        QTest::newRow("no such revision") << QStringList{"config", "rollback", "9"} << 1 << "unknown revision 9";
        QTest::newRow("no such file") << QStringList{"config", "apply", "/nowhere.json"} << 1 << "/nowhere.json";
        QTest::newRow("a folder for a file") << QStringList{"config", "apply", "/"} << 1 << "/ is a folder";
        QTest::newRow("a name that a terminal obeys")
            << QStringList{"load", "\x1b[2Jgamma"} << 1 << "there is no model";
        QTest::newRow("no such model") << QStringList{"load", "gamma"} << 1 << "there is no model gamma";
        QTest::newRow("no such backend") << QStringList{"evict", "z"} << 1 << "there is no backend z";
        QTest::newRow("no such request") << QStringList{"cancel", "99"} << 1 << "request 99 is not open";
    }
    void exitCodesSayWhatHappened()
    {
        QFETCH(QStringList, arguments);
        QFETCH(int, code);
        QFETCH(QString, complaint);
        const Ended ended = ctl(arguments);
        QVERIFY2(ended.code == code, qPrintable(QString::number(ended.code) + '\n' + ended.out + ended.err));
        QVERIFY2(complaint.isEmpty() || ended.err.contains(complaint), qPrintable(ended.err));
        if (code != 0) QVERIFY(!ended.err.isEmpty());
        QVERIFY(!ended.err.contains('\x1b'));
    }

    void errorsAreJsonForPrograms()
    {
        const QList<QPair<QStringList, int>> wrong = {{{"load", "gamma"}, 1},
                                                      {{"config", "get", "poool"}, 1},
                                                      {{"config", "apply", "/nowhere.json"}, 1},
                                                      {{"config", "set", "a"}, 2},
                                                      {{"fly"}, 2},
                                                      {{"status", "--fast"}, 2},
                                                      {{"evict", "z"}, 1},
                                                      {{"config", "rollback", "9"}, 1}};
        for (const auto& [arguments, code] : wrong) {
            const Ended ended = ctl(QStringList{"--json"} + arguments);
            QCOMPARE(ended.code, code);
            const auto error = QJsonDocument::fromJson(ended.err.toUtf8()).object().value("error").toObject();
            QVERIFY2(!error.value("message").toString().isEmpty(), qPrintable(ended.err));
            QCOMPARE(error.value("exit").toInt(), code);
        }
        const Ended nobody = run({"--json", "--control", dir_->filePath("nothing.sock"), "status"});
        QCOMPARE(nobody.code, 3);
        QVERIFY(QJsonDocument::fromJson(nobody.err.toUtf8()).object().contains("error"));
        const Ended refused = ctl({"--json", "config", "set", "batcher.size_max=0"});  // the answer says why
        QCOMPARE(refused.code, 1);
        QVERIFY(refused.err.isEmpty());
        QCOMPARE(refused.json().object().value("problems").toArray().size(), 1);
        QVERIFY(ctl({"--json", "metrics"}).json().object().contains("prometheus_text"));
    }

    void tablesHoldTextAlone()
    {
        engine_->onStrand([&] {
            engine_->view.soil("\x1b]0;pwned\x07\n\t\xc2\x9b" + std::string(3000, 'n'));
            engine_->view.endRequest(7);
        });
        engine_->eventLog.append(Severity::Info, "odd\x1b", "\x1b[2J", "a\nb");
        for (const QStringList& words : {QStringList{"requests"}, {"models"}, {"top", "--once"}, {"events"}}) {
            const Ended ended = ctl(words);
            QCOMPARE(ended.code, 0);
            for (const QChar letter : ended.out)
                QVERIFY2(letter == '\n' ||
                             (letter.unicode() >= 0x20 && (letter.unicode() < 0x7f || letter.unicode() > 0x9f)),
                         qPrintable(words.join(' ')));
            for (const QString& line : ended.out.split('\n')) QVERIFY2(line.size() < 600, qPrintable(line));
        }
        QCOMPARE(ctl({"requests"}).out.count('\n'), 2);  // the heading and one
        QVERIFY(ctl({"requests"}).out.contains("…"));
        QVERIFY(ctl({"--json", "requests"}).json().object().contains("requests"));
    }

    void nobodyAnswers()
    {
        for (const QString& path : {dir_->filePath("nothing.sock"), QString("/") + QString(300, 'x')}) {
            const Ended ended = run({"--control", path, "status"});
            QCOMPARE(ended.code, 3);
            QVERIFY2(ended.err.contains("no engine responds on " + path), qPrintable(ended.err));
        }
    }

    void settingsAreChangedAndShown()
    {
        Ended ended =
            ctl({"config", "set", "batcher.size_max=64", "pool.idle_timeout_ms=5min", "--comment", "smaller"});
        QVERIFY2(ended.code == 0, qPrintable(ended.err));
        QVERIFY(ended.out.contains("batcher.size_max"));
        QVERIFY(ended.out.contains("revision 2 is active"));
        QCOMPARE(ctl({"config", "get", "batcher.size_max"}).out, QString("64\n"));
        const auto one = ctl({"config", "get", "batcher.size_max", "--json"}).json().object();
        QCOMPARE(one["value"].toInt(), 64);
        QCOMPARE(one["default"].toInt(), 200);
        QCOMPARE(one["source"].toString(), QString("applied"));
        QVERIFY(ctl({"config", "set", "batcher.size_max=64"}).out.contains("nothing to change"));
        QVERIFY(ctl({"config", "diff"}).out.contains("batcher.size_max"));
        QVERIFY(ctl({"config", "diff", "--revision", "1"}).out.contains("64"));
        QVERIFY(ctl({"config", "diff", "--revision", "2"}).out.contains("no difference"));
        const auto history = ctl({"--json", "config", "history"}).json().object()["revisions"].toArray();
        QCOMPARE(history.size(), 2);
        QCOMPARE(history[0].toObject()["comment"].toString(), QString("smaller"));
        QCOMPARE(history[0].toObject()["author"].toString(), QString("millracectl"));
        QCOMPARE(ctl({"config", "rollback", "1"}).code, 0);
        QCOMPARE(ctl({"config", "get", "batcher.size_max"}).out, QString("200\n"));
        // What came of a guarded change, and why.
        QCOMPARE(ctl({"config", "set", "batcher.size_max=32", "--guarded"}).code, 0);
        QCOMPARE(ctl({"config", "set", "batcher.size_max=200"}).code, 0);
        const QString table = ctl({"config", "history"}).out;
        QVERIFY2(table.contains("not evaluated  0 requests completed before it"), qPrintable(table));
        QVERIFY(ctl({"config", "set", "batcher.size_max=10", "--dry-run"}).out.contains("dry run"));
        QCOMPARE(ctl({"config", "get", "batcher.size_max"}).out, QString("200\n"));
    }

    void filesGoThereAndBack()
    {
        QCOMPARE(ctl({"config", "set", "batcher.size_max=64", "loader.preload=off"}).code, 0);
        const QString path = dir_->filePath("saved.json");
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(ctl({"config", "get", "--changed"}).out.toUtf8());
        file.close();
        QCOMPARE(ctl({"config", "rollback", "1"}).code, 0);
        QVERIFY(ctl({"config", "diff", path}).out.contains("loader.preload"));
        const Ended applied = ctl({"config", "apply", path});
        QVERIFY2(applied.code == 0, qPrintable(applied.err));
        QCOMPARE(ctl({"config", "get", "loader.preload"}).out, QString("false\n"));
        QVERIFY(ctl({"config", "apply", path}).out.contains("nothing to change"));
    }

    void theSchemaIsAListForPrograms()
    {
        const auto settings = run({"config", "schema", "--json"}).json().array();
        QVERIFY(settings.size() > 70);
        for (const auto& value : settings) {
            const QJsonObject setting = value.toObject();
            for (const char* key : {"path", "type", "unit", "min", "max", "default", "help", "takes_effect"})
                QVERIFY2(setting.contains(key), key);
            const QString type = setting["type"].toString();
            if (type == "integer" || type == "number")
                QVERIFY(setting["min"].isDouble() && setting["default"].isDouble());
            if (type == "switch") QVERIFY(setting["default"].isBool());
        }
        QVERIFY(run({"config", "schema"}).out.contains("batcher.size_max"));
    }

    void whatRunsIsShown()
    {
        engine_->onStrand([&] {
            engine_->view.openRequest(5);
            engine_->view.setConnections(7);
        });
        QVERIFY(ctl({"status"}).out.contains("1 in flight"));
        QCOMPARE(ctl({"status", "--json"}).json().object()["requests_in_flight"].toInt(), 1);
        const Ended top = ctl({"top", "--once"});
        QVERIFY2(top.code == 0, qPrintable(top.err));
        QVERIFY2(top.out.contains("requests     – /s"), "what was not measured is no number");
        const auto frame = ctl({"top", "--once", "--json"}).json().object();
        QVERIFY(frame["full"].toBool());
        QCOMPARE(frame["pools"].toObject()["pools"].toArray()[0].toObject()["active"].toInt(), 7);
        QVERIFY(ctl({"models"}).out.contains("alpha"));
        QCOMPARE(ctl({"models", "--json"}).json().object()["models"].toArray().size(), 2);
        QVERIFY(ctl({"requests"}).out.contains("5"));
        QCOMPARE(ctl({"cancel", "5"}).code, 0);
        QVERIFY(ctl({"metrics"}).out.contains("# TYPE process_threads gauge"));
    }

    void modelsAreSteered()
    {
        QVERIFY(ctl({"load", "alpha", "--no-wait"}).out.contains("alpha is loading"));
        QVERIFY(ctl({"pin", "alpha"}).out.contains("pinned"));
        QCOMPARE(ctl({"unload", "alpha"}).code, 1);
        QCOMPARE(ctl({"unpin", "alpha"}).code, 0);
        QVERIFY(ctl({"unload", "alpha"}).out.contains("alpha is not loaded"));
        QCOMPARE(ctl({"idle-ttl", "alpha", "5min"}).out, "alpha: unloaded after 5 min without use, may be preloaded\n");
        QCOMPARE(ctl({"preload", "alpha", "off"}).out, "alpha: unloaded after 5 min without use, never preloaded\n");
        QVERIFY(ctl({"models"}).out.contains("unloaded after 5 min without use, never preloaded"));
        QCOMPARE(ctl({"idle-ttl", "alpha", "never"}).out, "alpha: never unloaded for being unused, never preloaded\n");
        const auto json = ctl({"preload", "alpha", "on", "--json"}).json().object()["state"].toObject();
        QVERIFY(!json["never_preloaded"].toBool());
        QCOMPARE(ctl({"idle-ttl", "alpha", "default"}).out,
                 "alpha: unloaded when unused as loader.idle_ttl_ms says, may be preloaded\n");
        for (const char* wrong : {"soon", "5 parsecs", ""}) {
            const Ended refused = ctl({"idle-ttl", "alpha", wrong});
            QCOMPARE(refused.code, 2);
            QVERIFY2(refused.err.contains("TIME ") && refused.err.contains("\"never\""), qPrintable(refused.err));
        }
        const Ended tooLong = ctl({"idle-ttl", "alpha", "31d"});
        QCOMPARE(tooLong.code, 1);
        QVERIFY2(tooLong.err.contains("0 – 2592000000 ms"), qPrintable(tooLong.err));
        QCOMPARE(ctl({"preload", "alpha", "maybe"}).code, 2);
        QVERIFY(ctl({"preload", "gamma", "off"}).err.contains("there is no model gamma"));
        QVERIFY(ctl({"idle-ttl", "--help"}).out.contains("loader.idle_ttl_ms"));
        QVERIFY(ctl({"evict", "b"}).out.contains("3 connections"));
        QVERIFY(ctl({"probe", "b"}).out.contains("is healthy"));
        QCOMPARE(ctl({"drain", "b"}).code, 0);
        QCOMPARE(ctl({"shutdown", "--json"}).json().object()["requests_in_flight"].toInt(), 0);
    }

    void eventsAreShownAndFollowed()
    {
        engine_->eventLog.append(Severity::Info, "model_loaded", "alpha", "took 12 ms");
        engine_->eventLog.append(Severity::Warning, "backend_down", "b", "refused");
        QVERIFY(ctl({"events"}).out.contains("took 12 ms"));
        QVERIFY(!ctl({"events", "--severity", "warning"}).out.contains("took 12 ms"));
        const auto events = ctl({"events", "--json"}).json().object()["events"].toArray();
        QCOMPARE(events.size(), 2);
        QCOMPARE(events[1].toObject()["severity"].toString(), QString("warning"));

        QProcess follow;
        follow.start(program(), {"--control", QString::fromStdString(engine_->socket()), "events", "--follow"});
        QByteArray seen;
        QTRY_VERIFY((seen += follow.readAllStandardOutput()).contains("refused"));
        engine_->eventLog.append(Severity::Info, "model_loaded", "beta", "later");
        QTRY_VERIFY((seen += follow.readAllStandardOutput()).contains("later"));
        engine_->onStrand([&] { engine_->server->stop(); });
        QVERIFY(follow.waitForFinished());
        QCOMPARE(follow.exitCode(), 1);
        QVERIFY(follow.readAllStandardError().contains("stopping"));
    }

private:
    static QString program() { return QStringLiteral(MILLRACE_BIN_DIR) + "/millracectl"; }
    static Ended run(const QStringList& arguments)
    {
        QProcess process;
        process.start(program(), arguments, QIODevice::ReadOnly);
        if (!process.waitForFinished(20000)) process.kill();
        return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1,
                QString::fromUtf8(process.readAllStandardOutput()), QString::fromUtf8(process.readAllStandardError())};
    }
    Ended ctl(const QStringList& arguments) const
    {
        return run(QStringList{"--control", QString::fromStdString(engine_->socket())} + arguments);
    }

    std::unique_ptr<QTemporaryDir> dir_;
    std::unique_ptr<ControlFixture> engine_;
};

QTEST_GUILESS_MAIN(TestCtl)
#include "tst_ctl.moc"
