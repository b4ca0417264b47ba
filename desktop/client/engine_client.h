// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/contract.h"

#include <QtCore/QObject>
#include <QtCore/QString>

#include <functional>

namespace millrace::desktop {

/// The result of a call: its reply, or the error message of the engine or the connection.
template <class Reply>
struct Outcome {
    const Reply* reply = nullptr;  ///< null: failed; valid during the callback only
    QString problem;
    bool ok() const { return reply != nullptr; }
};
template <class Reply>
using Then = std::function<void(const Outcome<Reply>&)>;

/// The port to the engine: a stream of frames, and calls. GrpcEngineClient is the real one, FakeEngineClient drives
/// tests and --demo.
///
///     connect(&client, &EngineClient::frameArrived, this, [this](const control::Frame& frame) { take(frame); });
///     client.start();
///     client.loadModel(model, this, [this](const Outcome<control::ModelReply>& outcome) {
///         if (!outcome.ok()) show(outcome.problem);
///     });
///
/// Owner:  Session.     Thread: GUI, also for signals and callbacks.
/// Bound:  one frame per kTickMs, whatever the engine sends; lists in it are bounded (FrameMailbox).
/// Errors: every call is answered exactly once, unless its `context` was destroyed; nothing throws.
/// Stop:   the destructor ends all calls; pending callbacks are answered "closed".
class EngineClient : public QObject {
    Q_OBJECT
public:
    enum class Phase { Connecting, NoEngine, Starting, Connected, Silent, Reconnecting, VersionMismatch, Refused };
    Q_ENUM(Phase)

    enum class Ports { Configured, Free };  ///< where a started engine listens

    static constexpr int kTickMs = 250;
    static constexpr int kSilentMs = 2000;
    static constexpr unsigned kProtocol = 2;  ///< supported version of control.proto

    using QObject::QObject;

    virtual void start() = 0;
    virtual void retryNow() {}

    virtual bool mayStart() const { return false; }  ///< an engine program was found
    virtual void startEngine(Ports /*ports*/) {}
    /// Starts an engine with the same addresses once the connected one has exited. REQUIRES: after shutdownEngine().
    virtual void startAgain() {}
    virtual bool isStartedHere() const { return false; }  ///< the connected engine was started by this console
    virtual bool isStoppedHere() const { return false; }  ///< this console requested its stop
    virtual bool isPortTaken() const { return false; }    ///< the latest start failed because a port is in use
    virtual QString engineLog() const { return {}; }      ///< log file of a started engine; empty: none
    virtual bool isDemo() const { return false; }
    virtual QString address() const = 0;  ///< socket of the engine

    Phase phase() const { return phase_; }
    QString reason() const { return reason_; }  ///< what went wrong; empty while connected

    /// The named series (none: all) and the events of a span; at most request.points_max points per series.
    virtual void getHistory(const control::GetHistoryRequest& request, QObject* context,
                            Then<control::History> then) = 0;
    virtual void getSchema(QObject* context, Then<control::Schema> then) = 0;
    virtual void getConfig(QObject* context, Then<control::ConfigState> then) = 0;
    /// With dry_run the engine only validates.
    virtual void applyConfig(const control::ApplyConfigRequest& request, QObject* context,
                             Then<control::ApplyConfigReply> then) = 0;
    virtual void listRevisions(QObject* context, Then<control::Revisions> then) = 0;
    virtual void rollback(const control::RollbackRequest& request, QObject* context,
                          Then<control::ApplyConfigReply> then) = 0;

    virtual void loadModel(const QString& model, QObject* context, Then<control::ModelReply> then) = 0;
    virtual void unloadModel(const QString& model, QObject* context, Then<control::ModelReply> then) = 0;
    virtual void pinModel(const QString& model, bool pinned, QObject* context, Then<control::ModelReply> then) = 0;
    /// The model's idle time to live, and whether it may be preloaded.
    virtual void setModelPolicy(const control::SetModelPolicyRequest& request, QObject* context,
                                Then<control::ModelReply> then) = 0;

    virtual void evictConnections(const control::ConnectionsRequest& request, QObject* context,
                                  Then<control::ConnectionsReply> then) = 0;
    virtual void drainBackend(const QString& backend, bool draining, QObject* context,
                              Then<control::ConnectionsReply> then) = 0;
    virtual void probeBackend(const QString& backend, QObject* context, Then<control::ProbeReply> then) = 0;
    /// Tests a backend that is not configured; the engine keeps nothing.
    virtual void testBackend(const control::TestBackendRequest& request, QObject* context,
                             Then<control::TestBackendReply> then) = 0;

    /// Requests in flight, or the latest of all.
    virtual void listRequests(bool openOnly, QObject* context, Then<control::Requests> then) = 0;
    virtual void cancelRequest(quint64 id, QObject* context, Then<control::CancelRequestReply> then) = 0;
    virtual void shutdownEngine(QObject* context, Then<control::ShutdownReply> then) = 0;

Q_SIGNALS:
    void phaseChanged();
    void attached(const millrace::control::v1::Status& status);  ///< after each (re)connection, before its first frame
    void historyArrived(const millrace::control::v1::History& history);
    void frameArrived(const millrace::control::v1::Frame& frame);  ///< merged; once a tick at most

protected:
    void setPhase(Phase phase, const QString& reason = {})
    {
        if (phase == phase_ && reason == reason_) return;
        phase_ = phase;
        reason_ = reason;
        Q_EMIT phaseChanged();
    }

private:
    Phase phase_ = Phase::Connecting;
    QString reason_;
};

}  // namespace millrace::desktop
