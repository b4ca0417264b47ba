// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QProcess>
#include <QStringList>
#include <QTemporaryDir>

#include <memory>

/// A real engine on free ports with a state folder of its own, stopped at the end of its life. Fails loudly: what went
/// wrong is in problem() with the engine's log.
class EngineProcess {
public:
    explicit EngineProcess(const QStringList& extra = {});
    ~EngineProcess();

    bool start();
    /// SIGTERM, then waits. The exit code, or -1 when it had to be killed.
    int stop(int withinMs = 15000);
    /// Waits for an engine that was told to stop already: a second signal would not let it finish.
    int waitStopped(int withinMs = 15000);
    void kill();
    bool running() const { return process_.state() == QProcess::Running; }
    qint64 pid() const { return process_.processId(); }

    QString http() const { return ready_.value("http").toString(); }
    QString grpc() const { return ready_.value("grpc").toString(); }
    QString control() const { return ready_.value("control").toString(); }
    QJsonObject readyLine() const { return ready_; }
    QString problem() const { return problem_; }
    QString stateDir() const { return folder_.path(); }
    QByteArray log() const;
    /// Process id of the embedded runtime; 0: there is none.
    qint64 runtimePid() const;

    struct Answer {
        int status = 0;
        QByteArray body;
        QJsonObject json() const { return QJsonDocument::fromJson(body).object(); }
        QString error;
    };
    Answer get(const QString& path, int withinMs = 30000);
    Answer post(const QString& path, const QByteArray& body, const QByteArray& contentType = "application/json",
                const QList<QPair<QByteArray, QByteArray>>& headers = {}, int withinMs = 60000);
    Answer post(const QString& path, const QJsonObject& body) { return post(path, QJsonDocument(body).toJson()); }
    /// Starts a request and returns at once.
    QNetworkReply* begin(const QString& path, const QJsonObject& body);

    struct Ended {
        int code = -1;
        QByteArray out, err;
    };
    /// millracectl against this engine.
    Ended ctl(const QStringList& arguments, int withinMs = 30000);
    /// Sum of a metric over label sets that contain `label`; NaN when it is not there.
    double metric(const QString& name, const QString& label = {});

private:
    static Answer finish(QNetworkReply* reply, int withinMs);

    QTemporaryDir folder_;
    QStringList extra_;
    QProcess process_;
    QJsonObject ready_;
    QString problem_;
    QNetworkAccessManager network_;
};
