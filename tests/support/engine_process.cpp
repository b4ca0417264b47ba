// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine_process.h"

#include <QDir>
#include <QElapsedTimer>
#include <QEventLoop>
#include <QFile>
#include <QTimer>

#include <cmath>
#include <csignal>

namespace {

QString program(const char* name)
{
    return QStringLiteral(MILLRACE_BIN_DIR) + "/" + name;
}

}  // namespace

EngineProcess::EngineProcess(const QStringList& extra) : extra_(extra)
{
    network_.setTransferTimeout(60000);
}

EngineProcess::~EngineProcess()
{
    if (running()) stop();
}

bool EngineProcess::start()
{
    process_.setStandardErrorFile(folder_.filePath("engine.log"), QIODevice::Append);
    // A free place for everything: nothing of the person who runs the tests is read or written.
    auto environment = QProcessEnvironment::systemEnvironment();
    for (const auto& name : environment.keys())
        if (name.startsWith("MILLRACE_")) environment.remove(name);
    environment.insert("XDG_CONFIG_HOME", folder_.filePath("config"));
    process_.setProcessEnvironment(environment);
    QStringList arguments = {"--http",      "127.0.0.1:0",  "--grpc",    "127.0.0.1:0",
                             "--state-dir", folder_.path(), "--control", folder_.filePath("control.sock")};
    process_.start(program("millraced"), arguments + extra_, QIODevice::ReadOnly);
    QElapsedTimer waited;
    waited.start();
    QByteArray line;
    while (waited.elapsed() < 20000) {
        process_.waitForReadyRead(100);
        line += process_.readAllStandardOutput();
        if (line.contains('\n')) break;
        if (process_.state() == QProcess::NotRunning) break;
    }
    ready_ = QJsonDocument::fromJson(line.left(line.indexOf('\n'))).object();
    if (ready_.value("ready").toBool()) return true;
    problem_ = "the engine did not become ready: " + QString::fromUtf8(line + "\n" + log());
    return false;
}

int EngineProcess::stop(int withinMs)
{
    process_.terminate();
    return waitStopped(withinMs);
}

int EngineProcess::waitStopped(int withinMs)
{
    if (process_.waitForFinished(withinMs) && process_.exitStatus() == QProcess::NormalExit) return process_.exitCode();
    process_.kill();
    process_.waitForFinished(5000);
    return -1;
}

void EngineProcess::kill()
{
    process_.kill();
    process_.waitForFinished(5000);
}

QByteArray EngineProcess::log() const
{
    QFile file(folder_.filePath("engine.log"));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

qint64 EngineProcess::runtimePid() const
{
    for (const auto& entry : QDir("/proc").entryList(QDir::Dirs)) {
        bool number = false;
        const auto pid = entry.toLongLong(&number);
        if (!number) continue;
        QFile stat("/proc/" + entry + "/stat");
        if (!stat.open(QIODevice::ReadOnly)) continue;
        const auto text = stat.readAll();
        const auto fields = text.mid(text.lastIndexOf(')') + 2).split(' ');
        if (text.contains("(millrace-runti") && fields.value(1).toLongLong() == process_.processId() &&
            fields.value(0) != "Z")
            return pid;
    }
    return 0;
}

EngineProcess::Answer EngineProcess::finish(QNetworkReply* reply, int withinMs)
{
    QEventLoop loop;
    QTimer::singleShot(withinMs, &loop, &QEventLoop::quit);
    QObject::connect(reply, &QNetworkReply::finished, &loop, &QEventLoop::quit);
    if (!reply->isFinished()) loop.exec();
    Answer answer;
    answer.status = reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
    answer.body = reply->readAll();
    answer.error = reply->isFinished() ? reply->errorString() : QStringLiteral("no answer in time");
    reply->deleteLater();
    return answer;
}

EngineProcess::Answer EngineProcess::get(const QString& path, int withinMs)
{
    return finish(network_.get(QNetworkRequest(QUrl("http://" + http() + path))), withinMs);
}

EngineProcess::Answer EngineProcess::post(const QString& path, const QByteArray& body, const QByteArray& contentType,
                                          const QList<QPair<QByteArray, QByteArray>>& headers, int withinMs)
{
    QNetworkRequest request(QUrl("http://" + http() + path));
    request.setHeader(QNetworkRequest::ContentTypeHeader, contentType);
    for (const auto& [name, value] : headers) request.setRawHeader(name, value);
    return finish(network_.post(request, body), withinMs);
}

QNetworkReply* EngineProcess::begin(const QString& path, const QJsonObject& body)
{
    QNetworkRequest request(QUrl("http://" + http() + path));
    request.setHeader(QNetworkRequest::ContentTypeHeader, "application/json");
    return network_.post(request, QJsonDocument(body).toJson());
}

EngineProcess::Ended EngineProcess::ctl(const QStringList& arguments, int withinMs)
{
    QProcess run;
    run.start(program("millracectl"), QStringList{"--control", control()} + arguments, QIODevice::ReadOnly);
    if (!run.waitForFinished(withinMs)) run.kill();
    return {run.exitStatus() == QProcess::NormalExit ? run.exitCode() : -1, run.readAllStandardOutput(),
            run.readAllStandardError()};
}

double EngineProcess::metric(const QString& name, const QString& label)
{
    double total = std::nan("");
    for (const auto& line : get("/metrics").body.split('\n')) {
        const auto space = line.lastIndexOf(' ');
        const auto metric = QString::fromUtf8(line.left(space));
        if (metric != name && !metric.startsWith(name + "{")) continue;
        if (!label.isEmpty() && !metric.contains(label)) continue;
        total = (std::isnan(total) ? 0 : total) + line.mid(space + 1).toDouble();
    }
    return total;
}
