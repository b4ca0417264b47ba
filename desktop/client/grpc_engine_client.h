// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/engine_client.h"
#include "client/engine_launcher.h"
#include "client/process_watch.h"

#include <QtCore/QElapsedTimer>
#include <QtCore/QTimer>

#include <memory>

namespace millrace::desktop {

/// The engine behind a Unix socket.
///
/// Thread: GUI; gRPC's threads touch the mailbox only and wake the GUI at most once until it has fetched.
/// Stop:   the destructor cancels the calls in flight and waits until gRPC has ended them; no callback comes after it.
class GrpcEngineClient : public EngineClient {
    Q_OBJECT
public:
    struct Options {
        QString socket;             ///< path of the control socket
        QString engine;             ///< millraced to start when none answers; empty: none is started
        QStringList engineOptions;  ///< more arguments for it
        QString log;                ///< file that takes what a started engine says
        bool startAtOnce = true;    ///< false: only startEngine() starts one
        int startWaitMs = 20'000;
    };

    explicit GrpcEngineClient(Options options, QObject* parent = nullptr);
    ~GrpcEngineClient() override;

    static QString defaultSocket();

    void start() override;
    void retryNow() override;
    bool mayStart() const override { return launcher_.isAvailable(); }
    void startEngine(Ports ports) override;
    void startAgain() override;
    bool isStartedHere() const override { return startedHere_; }
    bool isStoppedHere() const override { return stoppedHere_; }
    bool isPortTaken() const override { return portTaken_; }
    QString engineLog() const override { return options_.log; }
    QString address() const override { return options_.socket; }

    void getHistory(const control::GetHistoryRequest& request, QObject* context, Then<control::History> then) override;
    void getSchema(QObject* context, Then<control::Schema> then) override;
    void getConfig(QObject* context, Then<control::ConfigState> then) override;
    void applyConfig(const control::ApplyConfigRequest& request, QObject* context,
                     Then<control::ApplyConfigReply> then) override;
    void listRevisions(QObject* context, Then<control::Revisions> then) override;
    void rollback(const control::RollbackRequest& request, QObject* context,
                  Then<control::ApplyConfigReply> then) override;
    void loadModel(const QString& model, QObject* context, Then<control::ModelReply> then) override;
    void unloadModel(const QString& model, QObject* context, Then<control::ModelReply> then) override;
    void pinModel(const QString& model, bool pinned, QObject* context, Then<control::ModelReply> then) override;
    void setModelPolicy(const control::SetModelPolicyRequest& request, QObject* context,
                        Then<control::ModelReply> then) override;
    void evictConnections(const control::ConnectionsRequest& request, QObject* context,
                          Then<control::ConnectionsReply> then) override;
    void drainBackend(const QString& backend, bool draining, QObject* context,
                      Then<control::ConnectionsReply> then) override;
    void probeBackend(const QString& backend, QObject* context, Then<control::ProbeReply> then) override;
    void testBackend(const control::TestBackendRequest& request, QObject* context,
                     Then<control::TestBackendReply> then) override;
    void listRequests(bool openOnly, QObject* context, Then<control::Requests> then) override;
    void cancelRequest(quint64 id, QObject* context, Then<control::CancelRequestReply> then) override;
    void shutdownEngine(QObject* context, Then<control::ShutdownReply> then) override;

private:
    struct Link;  // channel, stub, calls in flight: everything of gRPC
    class Watcher;

    void tryConnect();
    void onStatus(const control::Status& status);
    void onLost(const QString& why);
    void onNoListener();
    void onExited();
    void launch(const QStringList& addresses);
    void watch();
    void drain();
    void scheduleRetry();

    Options options_;
    std::shared_ptr<Link> link_;
    QTimer retryTimer_;
    QTimer drainTimer_;  // paces the tick: single shot, started by a wake-up
    QTimer silenceTimer_;
    QElapsedTimer lastFrame_;
    QElapsedTimer lastDrain_;
    EngineLauncher launcher_;
    ProcessWatch connectedProcess_;
    int backoffMs_ = 0;
    bool wasConnected_ = false;
    bool startDue_ = true;  // start one as soon as it is known that there is none
    bool startedHere_ = false;
    bool stoppedHere_ = false;    // this console has requested the engine to stop
    bool processExited_ = false;  // the engine that was connected has exited
    bool portTaken_ = false;
    QString startProblem_;        // why the last start came to nothing
    QString stateDir_;            // of the engine that was connected
    QStringList boundAddresses_;  // of the engine that was connected
    QStringList addresses_;       // for the engine to start; empty: as configured
};

}  // namespace millrace::desktop
