// SPDX-License-Identifier: GPL-3.0-or-later
#include "effect_stage.h"
#include "log.h"
#include "support/child_processes.h"
#include "support/grpc_context.h"

#include <QFile>
#include <QTcpServer>
#include <QTcpSocket>

#include <unistd.h>

namespace millrace::testing {

namespace {

using namespace config::v1;

QString freeAddress()
{
    QTcpServer server;
    server.listen(QHostAddress::LocalHost);
    return QStringLiteral("127.0.0.1:%1").arg(server.serverPort());
}

bool listens(const QString& address)
{
    QTcpSocket socket;
    socket.connectToHost(address.section(':', 0, 0), address.section(':', 1).toUShort());
    return socket.waitForConnected(1000);
}

void httpAddress()
{
    EffectStage stage;
    EFFECT_START(stage);
    const QString before = stage.http(), after = freeAddress();
    EFFECT_SET(stage, "endpoints.http", after.toStdString());
    QVERIFY(listens(before) && !listens(after));
    stage.stop();
    EFFECT_START(stage);
    QCOMPARE(stage.http(), after);
}

void grpcAddress()
{
    EffectStage stage;
    EFFECT_START(stage);
    const QString after = freeAddress();
    EFFECT_SET(stage, "endpoints.grpc", after.toStdString());
    QVERIFY(!listens(after));
    stage.stop();
    EFFECT_START(stage);
    QVERIFY(listens(after));
}

void controlSocket()
{
    EffectStage stage;
    EFFECT_START(stage);
    const QString after = stage.file("other.sock");
    EFFECT_SET(stage, "endpoints.control", after.toStdString());
    QVERIFY(!QFile::exists(after));
    stage.stop();
    EFFECT_START(stage);
    QVERIFY(QFile::exists(after));
}

void backendName()
{
    EffectStage stage;
    EFFECT_START(stage);
    EFFECT_SET(stage, "backends[0].name", "renamed");
    EFFECT_TRY(stage.models().contains("\"owned_by\":\"renamed\""));
}

void backendKind()
{
    EffectStage stage;
    QVERIFY(QDir().mkpath(stage.file("models")));
    EFFECT_START(stage);
    EFFECT_SET(stage, Settings{{"backends[0].kind", "runtime"}, {"backends[0].address", ""}});
    EFFECT_TRY(stage.metric("millrace_pool_connections", "protocol=\"grpc\"") > 0);
    EFFECT_TRY(!stage.knowsModel());
}

void backendAddress()
{
    EffectUpstream other;
    EffectStage stage;
    EFFECT_START(stage);
    EFFECT_SET(stage, "backends[0].address", other.url());
    EFFECT_TRY(stage.chatStatus() == 200 && !other.requests().empty());
}

void backendEnabled()
{
    EffectStage stage;
    EFFECT_START(stage);
    stage.up.hold = true;
    RawClient before = stage.chat();
    EFFECT_TRY(stage.up.held() == 1);
    EFFECT_SET(stage, "backends[0].enabled", "false");
    QVERIFY(stage.chatStatus() >= 400);
    stage.up.release();
    QCOMPARE(before.answer().status, 200);
}

void modelRepository()
{
    RuntimeStage stage;
    stage.addModel("z", "others");
    EFFECT_START(stage);
    EFFECT_TRY(stage.knowsModel("a"));
    EFFECT_SET(stage, "backends[0].model_repository", stage.file("others").toStdString());
    EFFECT_TRY(stage.knowsModel("z") && !stage.knowsModel("a"));
}

/// The command lines of the runtimes that this process has started.
QByteArrayList runtimes()
{
    QByteArrayList out;
    for (const ChildProcess& child : childrenOf(::getpid()))
        if (const auto command = child.commandLine(); command.contains("millrace-runtime")) out << command;
    return out;
}

void threads()
{
    RuntimeStage stage(Settings{{"backends[0].name", "runtime"}});
    EFFECT_START(stage);
    EFFECT_TRY(stage.knowsModel("a"));
    EFFECT_SET(stage, "backends[0].threads", "3");
    EFFECT_TRY(runtimes().size() == 1 && runtimes().first().contains("--threads 3"));
}

void apiKeyEnv()
{
    qputenv("MILLRACE_TEST_KEY", "secret");
    EffectStage stage;
    EFFECT_START(stage);
    QCOMPARE(stage.chatStatus(), 200);
    EFFECT_SET(stage, "backends[0].api_key_env", "MILLRACE_TEST_KEY");
    EFFECT_TRY(stage.chatStatus() == 200 && stage.up.requests().back().fields.get("authorization") == "Bearer secret");
    QVERIFY(stage.up.requests().front().fields.get("authorization").empty());
}

void backendModels()
{
    EffectStage stage;
    EFFECT_START(stage);
    EFFECT_SET(stage, "backends[0].models", "x,y");
    EFFECT_TRY(stage.knowsModel("x") && stage.knowsModel("y") && !stage.knowsModel());
}

/// What this process writes to standard error meanwhile.
class StandardError {
public:
    explicit StandardError(const QString& path) : file_(path)
    {
        if (!file_.open(QIODevice::ReadWrite)) qFatal("no file for standard error");
        ::dup2(file_.handle(), STDERR_FILENO);
    }
    ~StandardError()
    {
        ::dup2(before_, STDERR_FILENO);
        ::close(before_);
    }
    QByteArray text()
    {
        QFile reader(file_.fileName());
        return reader.open(QIODevice::ReadOnly) ? reader.readAll() : QByteArray();
    }

private:
    QFile file_;
    const int before_ = ::dup(STDERR_FILENO);
};

void logLevel()
{
    EffectStage stage(Settings{{"telemetry.log_level", "error"}});
    StandardError written(stage.file("stderr"));
    static const auto writer = log::start();
    EFFECT_START(stage);
    EFFECT_SET(stage, "limits.queue_max", "5");
    QCOMPARE(written.text(), QByteArray());
    EFFECT_SET(stage, "telemetry.log_level", "info");
    EFFECT_SET(stage, "limits.queue_max", "6");
    EFFECT_TRY(written.text().contains("limits.queue_max"));
    EFFECT_SET(stage, "telemetry.log_level", "error");
    writer->flush();
    const QByteArray before = written.text();
    EFFECT_SET(stage, "limits.queue_max", "7");
    writer->flush();
    QVERIFY2(!written.text().mid(before.size()).contains("limits.queue_max"), written.text().constData());
}

void eventsMax()
{
    EffectStage stage;
    EFFECT_START(stage);
    const auto kept = [&] {
        control::v1::ListEventsRequest request;
        request.set_most(100'000);
        control::v1::Events events;
        testing::BoundedContext context;
        return stage.control().ListEvents(&context, request, &events).ok() ? events.events_size() : -1;
    };
    for (int i = 0; i < 110; ++i) EFFECT_SET(stage, "limits.queue_max", std::to_string(1 + i));
    QVERIFY(kept() > 110);
    EFFECT_SET(stage, "telemetry.events_max", "100");
    QCOMPARE(kept(), 100);
}

void history()
{
    EffectStage stage;
    EFFECT_START(stage);
    const QString file = stage.file("state/history.db");
    EFFECT_TRY(QFile::exists(file));
    EFFECT_SET(stage, "telemetry.history", "false");
    const auto written = [&] { return QFileInfo(file + "-wal").size() + QFileInfo(file).size(); };
    const auto before = written();
    EFFECT_TRY(written() > before);  // it goes on
    stage.stop();
    for (const char* end : {"", "-wal", "-shm"}) QFile::remove(file + end);
    EFFECT_START(stage);
    QVERIFY(!QFile::exists(file));
}

}  // namespace

EffectRows engineEffects()
{
    return {{"endpoints.http", EFFECT_RESTART, httpAddress},
            {"endpoints.grpc", EFFECT_RESTART, grpcAddress},
            {"endpoints.control", EFFECT_RESTART, controlSocket},
            {"backends[].name", EFFECT_LIVE, backendName},
            {"backends[].kind", EFFECT_LIVE, backendKind},
            {"backends[].address", EFFECT_LIVE, backendAddress},
            {"backends[].enabled", EFFECT_LIVE, backendEnabled},
            {"backends[].model_repository", EFFECT_LIVE, modelRepository},
            {"backends[].threads", EFFECT_LIVE, threads},
            {"backends[].api_key_env", EFFECT_LIVE, apiKeyEnv},
            {"backends[].models", EFFECT_LIVE, backendModels},
            {"telemetry.log_level", EFFECT_LIVE, logLevel},
            {"telemetry.events_max", EFFECT_LIVE, eventsMax},
            {"telemetry.history", EFFECT_RESTART, history}};
}

}  // namespace millrace::testing
