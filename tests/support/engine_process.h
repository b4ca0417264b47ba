// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QList>
#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QProcess>
#include <QStringList>
#include <QTemporaryDir>

#include <functional>
#include <memory>

/// A real engine on free ports with a state folder of its own, stopped at the end of its life. Fails loudly: what went
/// wrong is in problem() with the engine's log.
class EngineProcess {
public:
    explicit EngineProcess(const QStringList& extra = {});
    ~EngineProcess();

    /// Before start(): the state somewhere else than in a folder of its own.
    void setStateDir(const QString& path) { stateDir_ = path; }
    /// Before start(): programs of another folder than the build's.
    void setPrograms(const QString& folder) { programs_ = folder; }
    /// Before start(): runs in the child before the engine does (resource limits).
    void setChildModifier(const std::function<void()>& modifier) { process_.setChildProcessModifier(modifier); }

    /// May be called again after it has ended: the state stays.
    bool start(int withinMs = 30000);
    /// SIGTERM, then waits. The exit code, or -1 when it had to be killed.
    int stop(int withinMs = 15000);
    /// Waits for an engine that was told to stop already: a second signal would not let it finish.
    int waitStopped(int withinMs = 15000);
    void kill();  ///< SIGKILL
    void signal(int number) const;
    bool running() const { return process_.state() == QProcess::Running; }
    qint64 pid() const { return process_.processId(); }

    QString http() const { return ready_.value("http").toString(); }
    QString grpc() const { return ready_.value("grpc").toString(); }
    QString control() const { return ready_.value("control").toString(); }
    QJsonObject readyLine() const { return ready_; }
    QString problem() const { return problem_; }
    QString stateDir() const { return stateDir_.isEmpty() ? folder_.path() : stateDir_; }
    QByteArray log() const;
    /// Process id of the embedded runtime; 0: there is none.
    qint64 runtimePid() const;
    /// There is one, and it is not `former`: by one look, since two may see the former one and then none.
    bool hasRuntimeBut(qint64 former) const
    {
        const auto pid = runtimePid();
        return pid > 0 && pid != former;
    }
    /// Processes that the engine has started, those that ended and were not waited for too.
    QList<qint64> children() const;
    int descriptors() const;  ///< open in the engine
    /// Closes the connections that get() and post() keep for the next one.
    void closeIdle() { network_.clearConnectionCache(); }
    qint64 residentBytes() const;  ///< of the engine
    static qint64 residentBytes(qint64 pid);

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
    QString stateDir_, programs_;
    QStringList extra_;
    QProcess process_;
    QJsonObject ready_;
    QString problem_;
    QNetworkAccessManager network_;
};
