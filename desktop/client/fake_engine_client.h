// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/engine_client.h"
#include "client/fake_config.h"
#include "client/fake_world.h"

#include <QtCore/QTimer>

namespace millrace::desktop {

/// Simulates an engine for tests and for `millrace --demo`: same interface, same order of signals. Tests can make it
/// fail (setPhaseForTest), or its calls (failCalls).
///
///     auto* fake = new FakeEngineClient(false, startMs);  // moves only by step()
///     Session session{std::unique_ptr<EngineClient>(fake)};
///     fake->start();
///     fake->step(1000);                                   // a second later: session.frame() has the new state
///
/// Thread: GUI.
class FakeEngineClient : public EngineClient {
    Q_OBJECT
public:
    /// `live`: a timer advances it. Otherwise only step() does, and its clock begins at `startMs` (Unix milliseconds).
    /// The same `seed` gives the same data.
    explicit FakeEngineClient(bool live, std::int64_t startMs, std::uint32_t seed = 7, QObject* parent = nullptr);

    void start() override;
    bool isDemo() const override { return live_; }
    bool mayStart() const override { return true; }
    void startEngine(Ports ports) override;
    void startAgain() override;
    bool isStartedHere() const override { return startedHere_; }
    bool isStoppedHere() const override { return stoppedHere_; }
    bool isPortTaken() const override { return portTaken_; }
    QString address() const override { return QStringLiteral("demo"); }

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

    void step(std::int64_t ms);  ///< advances the clock and sends the frame that results
    void setPhaseForTest(Phase phase, const QString& reason = {}) { setPhase(phase, reason); }
    void setStateDirForTest(const std::string& folder) { stateDir_ = folder; }  ///< identifies the engine
    void failCalls(const QString& reason) { failure_ = reason; }                ///< empty: calls succeed again
    FakeWorld& world() { return world_; }
    void setPortTaken(bool taken) { portTaken_ = taken; }
    QList<Ports> starts() const { return starts_; }  ///< those requested so far

private:
    template <class Reply>
    void answer(QObject* context, const Then<Reply>& then, const Reply& reply);
    void tick();
    void advance();

    bool live_;
    FakeWorld world_;
    FakeConfig config_;
    QTimer timer_;
    QString failure_;
    std::string stateDir_ = "demo";
    QList<Ports> starts_;
    bool startedHere_ = false;
    bool stoppedHere_ = false;
    bool portTaken_ = false;
    std::int64_t clockMs_;
};

}  // namespace millrace::desktop
