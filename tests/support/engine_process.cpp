// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine_process.h"

#include "support/child_processes.h"
#include "support/metric_text.h"

#include <QDir>
#include <QElapsedTimer>
#include <QEventLoop>
#include <QFile>
#include <QTimer>

#include <cmath>
#include <csignal>

using millrace::testing::childrenOf;

EngineProcess::EngineProcess(const QStringList& extra) : programs_(QStringLiteral(MILLRACE_BIN_DIR)), extra_(extra)
{
    network_.setTransferTimeout(60000);
}

EngineProcess::~EngineProcess()
{
    if (running()) stop();
}

bool EngineProcess::start(int withinMs)
{
    ready_ = {};
    problem_.clear();
    process_.setStandardErrorFile(folder_.filePath("engine.log"), QIODevice::Append);
    // A free place for everything: nothing of the person who runs the tests is read or written.
    auto environment = QProcessEnvironment::systemEnvironment();
    for (const auto& name : environment.keys())
        if (name.startsWith("MILLRACE_")) environment.remove(name);
    environment.insert("XDG_CONFIG_HOME", folder_.filePath("config"));
    process_.setProcessEnvironment(environment);
    QStringList arguments = {"--http",      "127.0.0.1:0", "--grpc",    "127.0.0.1:0",
                             "--state-dir", stateDir(),    "--control", folder_.filePath("control.sock")};
    process_.start(programs_ + "/millraced", arguments + extra_, QIODevice::ReadOnly);
    QElapsedTimer waited;
    waited.start();
    QByteArray line;
    while (waited.elapsed() < withinMs) {
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

void EngineProcess::signal(int number) const
{
    if (process_.processId() > 0) ::kill(static_cast<pid_t>(process_.processId()), number);
}

QByteArray EngineProcess::log() const
{
    QFile file(folder_.filePath("engine.log"));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

qint64 EngineProcess::runtimePid() const
{
    for (const auto& child : childrenOf(process_.processId()))
        if (child.name == "millrace-runtim" && child.state != 'Z') return child.pid;
    return 0;
}

QList<qint64> EngineProcess::children() const
{
    QList<qint64> out;
    for (const auto& child : childrenOf(process_.processId())) out << child.pid;
    return out;
}

int EngineProcess::descriptors() const
{
    return static_cast<int>(QDir(QStringLiteral("/proc/%1/fd").arg(process_.processId()))
                                .entryList(QDir::AllEntries | QDir::System | QDir::NoDotAndDotDot)
                                .size());
}

qint64 EngineProcess::residentBytes() const
{
    return residentBytes(process_.processId());
}

qint64 EngineProcess::residentBytes(qint64 pid)
{
    QFile status(QStringLiteral("/proc/%1/status").arg(pid));
    if (!status.open(QIODevice::ReadOnly)) return 0;
    for (const auto& line : status.readAll().split('\n'))
        if (line.startsWith("VmRSS:")) return line.mid(6).trimmed().split(' ').at(0).toLongLong() * 1024;
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
    // A test that asks again and again may be ended before it can say why.
    if (!reply->isFinished()) qWarning("no answer within %d ms: %s", withinMs, qPrintable(reply->url().toString()));
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
    run.start(programs_ + "/millracectl", QStringList{"--control", control()} + arguments, QIODevice::ReadOnly);
    if (!run.waitForFinished(withinMs)) run.kill();
    return {run.exitStatus() == QProcess::NormalExit ? run.exitCode() : -1, run.readAllStandardOutput(),
            run.readAllStandardError()};
}

double EngineProcess::metric(const QString& name, const QString& label)
{
    using namespace millrace::testing;
    return metricSum(metricsOf(get("/metrics").body), name, label).value_or(std::nan(""));
}
