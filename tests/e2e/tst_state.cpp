// SPDX-License-Identifier: GPL-3.0-or-later
#include "control.grpc.pb.h"
#include "engine_process.h"
#include "support/clean_messages.h"
#include "support/scripted_upstream.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QProcess>
#include <QTcpSocket>
#include <QTemporaryDir>
#include <QtTest>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <grpcpp/create_channel.h>

#include <sys/resource.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

using millrace::testing::dirtIn;
using millrace::testing::ScriptedUpstream;
namespace v1 = millrace::control::v1;

namespace {

/// A server on a thread of its own, whose listing and errors are what no reader should get.
struct DirtyUpstream {
    DirtyUpstream() : server(io, [](const ScriptedUpstream::Request& request) { return answerTo(request); })
    {
        thread = std::thread([this] { io.run(); });
    }
    ~DirtyUpstream()
    {
        io.stop();
        thread.join();
    }
    static ScriptedUpstream::Answer answerTo(const ScriptedUpstream::Request& request)
    {
        ScriptedUpstream::Answer answer;
        answer.fields = {{"Content-Type", "application/json"}};
        if (request.target.find("/models") != std::string::npos) {
            answer.body =
                R"({"object":"list","data":[{"id":"m"},{"id":"li\u001b[31msted"},{"id":"\u202egnp.m"},{"id":")" +
                std::string(3000, 'l') + R"("}]})";
        } else if (request.target.find("/embeddings") != std::string::npos) {
            answer.status = 500;
            answer.body = "{\"error\":{\"message\":\"" + std::string(299, 'x') + "\xe6\x97\xa5\xe6\x9c\xac\"}}";
        } else {
            answer.status = 500;
            answer.fields = {{"Content-Type", "text/html"}};
            answer.body = "<p>\xe9\xe8\x1b[2J</p>" + std::string(2040, 'y') + "\xe6\x97\xa5\xe6\x9c\xac";
        }
        return answer;
    }

    millrace::net::io_context io;
    boost::asio::executor_work_guard<millrace::net::io_context::executor_type> work{io.get_executor()};
    ScriptedUpstream server;
    std::thread thread;
};

/// Bytes as they are, on a connection of their own; waits for an end or a first answer.
void say(const EngineProcess& engine, const QByteArray& bytes)
{
    const auto parts = engine.http().split(':');
    QTcpSocket socket;
    socket.connectToHost(parts[0], parts[1].toUShort());
    if (!socket.waitForConnected(5000)) return;
    socket.write(bytes);
    socket.waitForBytesWritten(5000);
    socket.waitForReadyRead(5000);
}

QByteArray post(const QByteArray& path, const QByteArray& body, const QByteArray& fields = {})
{
    return "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: " +
           QByteArray::number(body.size()) + "\r\n" + fields + "\r\n" + body;
}

std::unique_ptr<grpc::ClientContext> context()
{
    auto made = std::make_unique<grpc::ClientContext>();
    made->set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    return made;
}

QProcess* started(const QStringList& arguments, const QString& home)
{
    auto* process = new QProcess;
    auto environment = QProcessEnvironment::systemEnvironment();
    environment.insert("XDG_CONFIG_HOME", home);
    process->setProcessEnvironment(environment);
    process->start(QStringLiteral(MILLRACE_BIN_DIR "/millraced"), arguments);
    return process;
}

}  // namespace

class TestState : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void noTextOfAnybodyBlindsTheConsole()
    {
        DirtyUpstream upstream;
        EngineProcess engine({"--set", "backends[0].name=up", "--set", "backends[0].kind=openai", "--set",
                              QString::fromStdString("backends[0].address=" + upstream.server.url("/v1"))});
        QVERIFY2(engine.start(), qPrintable(engine.problem()));
        QTRY_VERIFY_WITH_TIMEOUT(engine.get("/v1/models").body.contains("\"m\""), 10'000);
        const QByteArray chat = R"({"model":"m","messages":[{"role":"user","content":"a"}]})";
        for (const QByteArray path : {"/v2/models/%ff%fe", "/v1/models/%c3%28", "/v2/models/%1b%5b2J/ready",
                                      "/v2/models/m/versions/%ff/infer", "/%ff%00%1b", "/\xff\xfe"})
            say(engine, "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
        say(engine, post("/v1/chat/completions", chat, "User-Agent: \xff\xfe\x1b[2J\r\nX-Request-Id: \xc3(\r\n"));
        say(engine, post("/v1/chat/completions", chat, "User-Agent: " + QByteArray(5000, 'u') + "\r\n"));
        for (const QByteArray model :
             {R"(\u001b[2J\u001b]0;pwned\u0007)", R"(new\nline)", R"(\ud83d)", R"(\u202e)", "\xff\xfe", "a\xc3"}) {
            say(engine, post("/v1/chat/completions", R"({"model":")" + model + R"(","messages":[]})"));
            say(engine, post("/v1/embeddings", R"({"model":")" + model + R"(","input":"a"})"));
        }
        say(engine, post("/v1/chat/completions", R"({"model":")" + QByteArray(1'000'000, 'n') + R"(","messages":[]})"));
        say(engine, post("/v1/chat/completions", chat));
        say(engine, post("/v1/embeddings", R"({"model":"m","input":"a"})"));

        auto stub = v1::Control::NewStub(
            grpc::CreateChannel("unix:" + engine.control().toStdString(), grpc::InsecureChannelCredentials()));
        v1::Requests requests;
        v1::ListRequestsRequest all;
        all.set_most(1000);
        auto status = stub->ListRequests(context().get(), all, &requests);
        QVERIFY2(status.ok(), status.error_message().c_str());
        QVERIFY(requests.requests_size() > 5);
        QCOMPARE(dirtIn(requests), std::string());
        auto ctx = context();
        auto watch = stub->Watch(ctx.get(), {});
        v1::Frame frame;
        QVERIFY(watch->Read(&frame));
        QVERIFY(frame.full() && frame.models().models_size() > 0);
        QCOMPARE(dirtIn(frame), std::string());
        ctx->TryCancel();
        (void)watch->Finish();
        v1::Events events;
        QVERIFY(stub->ListEvents(context().get(), {}, &events).ok());
        QCOMPARE(dirtIn(events), std::string());
        v1::History history;
        QVERIFY(stub->GetHistory(context().get(), {}, &history).ok());
        QCOMPARE(dirtIn(history), std::string());
        v1::Metrics metrics;
        QVERIFY(stub->GetMetrics(context().get(), {}, &metrics).ok());
        QCOMPARE(dirtIn(metrics), std::string());
        v1::ConnectionsRequest probe;
        probe.set_backend("up");
        v1::ProbeReply probed;
        QVERIFY(stub->ProbeBackend(context().get(), probe, &probed).ok());
        QCOMPARE(dirtIn(probed), std::string());
        for (const QStringList& words : {QStringList{"requests"}, {"models"}, {"events"}, {"top", "--once"}}) {
            const auto ended = engine.ctl(words);
            QCOMPARE(ended.code, 0);
            for (const char letter : ended.out)
                QVERIFY2(letter == '\n' || static_cast<unsigned char>(letter) >= 0x20, qPrintable(words.join(' ')));
        }
    }

    void aDiskThatFailsIsReportedAndSurvived()
    {
        EngineProcess engine({"--set", "backends[0].enabled=false"});
        QVERIFY2(engine.start(), qPrintable(engine.problem()));
        const auto told = [&](const QString& kind, const QString& file) {
            int count = 0;
            const auto answer = engine.ctl({"--json", "events", "--most", "1000"}).out;
            for (const auto& event : QJsonDocument::fromJson(answer).object()["events"].toArray())
                count += event.toObject()["kind"] == kind && event.toObject()["subject"] == file ? 1 : 0;
            return count;
        };
        const auto limit = [&](rlim_t bytes) {
            rlimit now{};
            ::prlimit(static_cast<pid_t>(engine.pid()), RLIMIT_FSIZE, nullptr, &now);
            now.rlim_cur = bytes;
            return ::prlimit(static_cast<pid_t>(engine.pid()), RLIMIT_FSIZE, &now, nullptr);
        };
        QCOMPARE(limit(0), 0);  // no file of the engine may grow any more
        QTRY_COMPARE_WITH_TIMEOUT(told("state_write_failed", "history.db"), 1, 15'000);
        QCOMPARE(engine.metric("millrace_state_writable", "history.db"), 0.0);
        QCOMPARE(engine.get("/metrics").status, 200);
        const auto refused = engine.ctl({"config", "set", "batcher.size_max=150"});
        QCOMPARE(refused.code, 1);
        QVERIFY(refused.err.contains("nothing was changed"));
        QCOMPARE(told("state_write_failed", "millrace.db"), 1);
        QCOMPARE(limit(RLIM_INFINITY), 0);
        QTRY_COMPARE_WITH_TIMEOUT(told("state_write_recovered", "history.db"), 1, 15'000);
        QTRY_COMPARE_WITH_TIMEOUT(told("state_write_recovered", "millrace.db"), 1, 15'000);
        QCOMPARE(engine.metric("millrace_state_writable"), 3.0);
        QCOMPARE(engine.ctl({"config", "set", "batcher.size_max=150"}).code, 0);
        // Acknowledged is kept, whatever comes: no chance to write anything more.
        engine.kill();
        QVERIFY2(engine.start(), qPrintable(engine.problem()));
        QCOMPARE(engine.ctl({"config", "get", "batcher.size_max"}).out.trimmed(), QByteArray("150"));
        QVERIFY(told("state_write_failed", "history.db") == 0);
    }

    void filesAreTheOwnersAlone()
    {
        EngineProcess engine({"--set", "backends[0].enabled=false"});
        const mode_t before = ::umask(022);
        QFile(engine.stateDir() + "/lock").open(QIODevice::WriteOnly);  // an older engine was here
        QCOMPARE(::chmod(engine.stateDir().toLocal8Bit().constData(), 0755), 0);
        const bool ready = engine.start();
        ::umask(before);
        QVERIFY2(ready, qPrintable(engine.problem()));
        QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(engine.stateDir() + "/history.db-wal"), 5000);
        struct stat info {};
        QCOMPARE(::stat(engine.stateDir().toLocal8Bit().constData(), &info), 0);
        QCOMPARE(info.st_mode & 0777U, 0700U);
        for (const auto& name : QDir(engine.stateDir()).entryList(QDir::Files | QDir::System)) {
            if (name == "engine.log") continue;  // the test's own
            QCOMPARE(::stat((engine.stateDir() + '/' + name).toLocal8Bit().constData(), &info), 0);
            QVERIFY2((info.st_mode & 077U) == 0, qPrintable(name));
        }
    }

    /// A folder without the right to write refused the start, one on a read-only disk did not.
    void aStateFolderIsReadOrRefused_data()
    {
        QTest::addColumn<QString>("kind");
        QTest::addColumn<QString>("refusal");
        QTest::newRow("cannot be made") << "parent"
                                        << "";
        QTest::newRow("can only be read") << "read"
                                          << "";
        QTest::newRow("cannot be read") << "closed"
                                        << "the settings in it are not known";
        QTest::newRow("has a lock that cannot be opened") << "lock"
                                                          << "not known whether another engine uses the state folder";
        QTest::newRow("is a file") << "file"
                                   << "is not a folder";
    }
    void aStateFolderIsReadOrRefused()
    {
        QFETCH(QString, kind);
        QFETCH(QString, refusal);
        QTemporaryDir dir;
        const auto mode = [](const QString& path, mode_t bits) {
            return ::chmod(path.toLocal8Bit().constData(), bits) == 0;
        };
        const auto touch = [](const QString& path) { return QFile(path).open(QIODevice::WriteOnly); };
        QVERIFY(QDir().mkpath(dir.filePath("run")) && QDir().mkpath(dir.filePath("parent")));
        const QString state = kind == "file" ? dir.filePath("file") : dir.filePath("parent/state");
        if (kind == "file") QVERIFY(touch(state));
        if (kind == "read" || kind == "closed" || kind == "lock") QVERIFY(QDir().mkpath(state));
        if (kind == "lock") QVERIFY(touch(state + "/lock") && mode(state + "/lock", 0) && mode(state, 0755));
        if (kind == "read") QVERIFY(mode(state, 0555));
        if (kind == "closed") QVERIFY(mode(state, 0));
        QVERIFY(mode(dir.path(), 0755) && mode(dir.filePath("run"), 01777));
        if (kind == "parent") QVERIFY(mode(dir.filePath("parent"), 0555));

        QProcess process;
        // Root may do everything: the engine is somebody else then.
        process.setChildProcessModifier([] {
            if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) ::_exit(99);
        });
        auto environment = QProcessEnvironment::systemEnvironment();
        environment.insert("XDG_CONFIG_HOME", dir.path());
        process.setProcessEnvironment(environment);
        process.start(QStringLiteral(MILLRACE_BIN_DIR "/millraced"),
                      {"--state-dir", state, "--control", dir.filePath("run/control.sock"), "--http", "127.0.0.1:0",
                       "--grpc", "127.0.0.1:0", "--set", "backends[0].enabled=false"});
        QByteArray out, err;
        QTRY_VERIFY_WITH_TIMEOUT((out += process.readAllStandardOutput(), err += process.readAllStandardError(),
                                  out.contains("ready") || process.state() == QProcess::NotRunning),
                                 15'000);
        if (refusal.isEmpty()) {
            QVERIFY2(out.contains("\"ready\":true"), err.constData());
            QTRY_VERIFY_WITH_TIMEOUT((err += process.readAllStandardError()).contains("state_write_failed"), 5000);
            process.terminate();
        }
        QVERIFY(process.state() == QProcess::NotRunning || process.waitForFinished(15'000));
        err += process.readAllStandardError();
        QVERIFY2(process.exitCode() == (refusal.isEmpty() ? 0 : 1), err.constData());
        QVERIFY2(err.contains(refusal.toUtf8()), err.constData());
        if (kind == "parent") QVERIFY(mode(dir.filePath("parent"), 0755));
        if (QFile::exists(state) && kind != "file") QVERIFY(mode(state, 0755));
    }

    void whatCannotBeReadRefusesTheStart_data()
    {
        QTest::addColumn<QString>("kind");
        QTest::addColumn<QString>("words");
        QTest::newRow("a folder") << "folder"
                                  << "is a folder";
        QTest::newRow("a default file that cannot be opened") << "loop"
                                                              << "cannot be opened";
        QTest::newRow("a name twice") << "twice"
                                      << "batcher is specified twice";
    }
    void whatCannotBeReadRefusesTheStart()
    {
        QFETCH(QString, kind);
        QFETCH(QString, words);
        QTemporaryDir dir;
        const QString file = dir.filePath("millrace/engine.json");
        QVERIFY(QDir().mkpath(dir.filePath("millrace")));
        QStringList arguments{"--state-dir", dir.filePath("state"), "--control", dir.filePath("control.sock")};
        if (kind == "folder") arguments += QStringList{"--config", dir.path()};
        if (kind == "loop") QVERIFY(QFile::link(file, file));
        if (kind == "twice") {
            QFile out(file);
            QVERIFY(out.open(QIODevice::WriteOnly));
            out.write(R"({"batcher":{"size_max":77},"batcher":{"timeout_ms":9}})");
        }
        const std::unique_ptr<QProcess> process(started(arguments, dir.path()));
        QVERIFY(process->waitForFinished(15'000));
        QCOMPARE(process->exitStatus(), QProcess::NormalExit);
        QCOMPARE(process->exitCode(), 1);
        const QString error = QString::fromUtf8(process->readAllStandardError());
        QVERIFY2(error.contains(words), qPrintable(error));
    }
};

QTEST_GUILESS_MAIN(TestState)
#include "tst_state.moc"
