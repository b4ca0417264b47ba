// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/contract.h"

#include <QtCore/QObject>
#include <QtCore/QString>

#include <functional>

namespace millrace::desktop {

/// What a call came to: its reply, or the engine's (or the connection's) words on why not.
template <class Reply>
struct Outcome {
    const Reply* reply = nullptr;  ///< null: failed; alive during the callback only
    QString problem;
    bool ok() const { return reply != nullptr; }
};
template <class Reply>
using Then = std::function<void(const Outcome<Reply>&)>;

/// The engine as the console sees it: a stream of frames, and calls.
///
/// Owner:  Session.     Thread: GUI; signals and callbacks come on the GUI thread.
/// Bound:  one frame a tick (kTickMs), whatever the engine sends; lists inside are bounded (FrameMailbox).
/// Errors: every call is answered exactly once, with the reason if it failed; nothing throws.
/// Stop:   the destructor ends all calls; callbacks still open are answered "closed" or dropped with their context.
/// A callback whose `context` was destroyed is not called.
class EngineClient : public QObject {
    Q_OBJECT
public:
    enum class Phase { Connecting, NoEngine, Starting, Connected, Silent, Reconnecting, VersionMismatch, Refused };
    Q_ENUM(Phase)

    enum class Ports { Configured, Free };  ///< what a started engine listens on

    static constexpr int kTickMs = 250;
    static constexpr int kSilentMs = 2000;
    static constexpr unsigned kProtocol = 2;  ///< version of control.proto's contract that this console speaks

    using QObject::QObject;

    virtual void start() = 0;
    virtual void retryNow() {}

    virtual bool mayStart() const { return false; }  ///< there is an engine program that can be started
    virtual void startEngine(Ports /*ports*/) {}
    /// Once the one that is connected has stopped, starts another with the same addresses. Follows shutdownEngine().
    virtual void startAgain() {}
    virtual bool isStartedHere() const { return false; }  ///< the engine of this connection was started from here
    virtual bool isStoppedHere() const { return false; }  ///< this console has requested the engine to stop
    virtual bool isPortTaken() const { return false; }    ///< why the last start failed
    virtual QString engineLog() const { return {}; }      ///< file of what a started engine says; empty: none
    virtual bool isDemo() const { return false; }
    virtual QString address() const = 0;  ///< where the engine is looked for

    Phase phase() const { return phase_; }
    QString reason() const { return reason_; }  ///< what went wrong, in words; empty while connected

    /// Of the series named (none: all), and the events of the span; at most request.points_max points a series.
    virtual void getHistory(const control::GetHistoryRequest& request, QObject* context,
                            Then<control::History> then) = 0;
    virtual void getSchema(QObject* context, Then<control::Schema> then) = 0;
    virtual void getConfig(QObject* context, Then<control::ConfigState> then) = 0;
    /// Also validates: with dry_run the engine validates and changes nothing.
    virtual void applyConfig(const control::ApplyConfigRequest& request, QObject* context,
                             Then<control::ApplyConfigReply> then) = 0;
    virtual void listRevisions(QObject* context, Then<control::Revisions> then) = 0;
    virtual void rollback(const control::RollbackRequest& request, QObject* context,
                          Then<control::ApplyConfigReply> then) = 0;

    virtual void loadModel(const QString& model, QObject* context, Then<control::ModelReply> then) = 0;
    virtual void unloadModel(const QString& model, QObject* context, Then<control::ModelReply> then) = 0;
    virtual void pinModel(const QString& model, bool pinned, QObject* context, Then<control::ModelReply> then) = 0;
    /// Its own time to live, and whether it may be preloaded.
    virtual void setModelPolicy(const control::SetModelPolicyRequest& request, QObject* context,
                                Then<control::ModelReply> then) = 0;

    virtual void evictConnections(const control::ConnectionsRequest& request, QObject* context,
                                  Then<control::ConnectionsReply> then) = 0;
    virtual void drainBackend(const QString& backend, bool draining, QObject* context,
                              Then<control::ConnectionsReply> then) = 0;
    virtual void probeBackend(const QString& backend, QObject* context, Then<control::ProbeReply> then) = 0;
    /// One that is not configured yet; nothing of it is kept.
    virtual void testBackend(const control::TestBackendRequest& request, QObject* context,
                             Then<control::TestBackendReply> then) = 0;

    /// Those in flight, or the latest of all.
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
