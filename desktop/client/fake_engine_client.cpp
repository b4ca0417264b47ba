// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/fake_engine_client.h"

#include <QtCore/QDateTime>
#include <QtCore/QPointer>

namespace millrace::desktop {

FakeEngineClient::FakeEngineClient(bool live, std::int64_t startMs, std::uint32_t seed, QObject* parent)
    : EngineClient(parent), live_(live), world_(seed, startMs), clockMs_(startMs)
{
    if (live_) config_.seedHistory(startMs - 120'000);
    timer_.setInterval(kTickMs);
    connect(&timer_, &QTimer::timeout, this, &FakeEngineClient::tick);
}

void FakeEngineClient::start()
{
    setPhase(Phase::Connected);
    control::Status status;
    status.set_boot_id("demo");
    status.set_started_ms(world_.startMs());
    status.set_version("demo");
    status.set_http("127.0.0.1:11500");
    status.set_grpc("127.0.0.1:11501");
    status.set_revision(config_.revision());
    status.set_state_dir("demo");
    status.set_protocol(kProtocol);
    status.set_state_dir(stateDir_);
    Q_EMIT attached(status);
    Q_EMIT historyArrived(world_.history());
    world_.takeDelta();
    Q_EMIT frameArrived(world_.fullFrame());
    if (live_) timer_.start();
}

void FakeEngineClient::startEngine(Ports ports)
{
    starts_.append(ports);
    startedHere_ = true;
    stoppedHere_ = false;
    portTaken_ = false;
    setPhase(Phase::Starting);
    start();
}

void FakeEngineClient::startAgain()
{
    if (phase() == Phase::NoEngine) startEngine(Ports::Configured);
}

void FakeEngineClient::tick()
{
    clockMs_ = QDateTime::currentMSecsSinceEpoch();
    const auto before = world_.nowMs();
    advance();
    if (world_.nowMs() != before) Q_EMIT frameArrived(world_.takeDelta());
}

void FakeEngineClient::step(std::int64_t ms)
{
    clockMs_ += ms;
    advance();
    Q_EMIT frameArrived(world_.takeDelta());
}

void FakeEngineClient::advance()
{
    world_.advance(clockMs_);
    config_.advance(world_.nowMs());
    if (world_.guard().outcome() != control::GUARD_OUTCOME_MEASURING &&
        config_.conclude(world_.guard(), world_.nowMs())) {
        world_.setRevision(config_.revision(), "taken back");
    }
}

template <class Reply>
void FakeEngineClient::answer(QObject* context, const Then<Reply>& then, const Reply& reply)
{
    // Later, as a real engine would: code that counts on an answer within the call must not pass here.
    QMetaObject::invokeMethod(
        context,
        [then, reply, failure = failure_] {
            Outcome<Reply> outcome;
            if (failure.isEmpty()) outcome.reply = &reply;
            outcome.problem = failure;
            then(outcome);
        },
        Qt::QueuedConnection);
}

void FakeEngineClient::getHistory(const control::GetHistoryRequest& request, QObject* context,
                                  Then<control::History> then)
{
    answer(context, then, world_.history(request));
}

void FakeEngineClient::getSchema(QObject* context, Then<control::Schema> then)
{
    answer(context, then, config_.schema());
}

void FakeEngineClient::getConfig(QObject* context, Then<control::ConfigState> then)
{
    answer(context, then, config_.state());
}

void FakeEngineClient::applyConfig(const control::ApplyConfigRequest& request, QObject* context,
                                   Then<control::ApplyConfigReply> then)
{
    const auto reply = failure_.isEmpty() ? config_.apply(request, world_.nowMs()) : control::ApplyConfigReply();
    if (reply.applied()) {
        const std::string what = reply.changes_size() == 1 ? reply.changes(0).path() + " " + reply.changes(0).before() +
                                                                 " → " + reply.changes(0).after()
                                                           : std::to_string(reply.changes_size()) + " settings";
        world_.setRevision(reply.revision(), what);
        if (request.guarded()) world_.beginGuard(reply.revision());
    }
    answer(context, then, reply);
}

void FakeEngineClient::listRevisions(QObject* context, Then<control::Revisions> then)
{
    answer(context, then, config_.revisions());
}

void FakeEngineClient::rollback(const control::RollbackRequest& request, QObject* context,
                                Then<control::ApplyConfigReply> then)
{
    const auto reply = config_.rollback(request.revision(), world_.nowMs());
    if (reply.applied())
        world_.setRevision(reply.revision(), "rolled back to revision " + std::to_string(request.revision()));
    answer(context, then, reply);
}

void FakeEngineClient::loadModel(const QString& model, QObject* context, Then<control::ModelReply> then)
{
    world_.setModelState(model.toStdString(), control::MODEL_PHASE_LOADING, control::LOAD_CAUSE_MANUAL);
    answer(context, then, control::ModelReply());
}

void FakeEngineClient::unloadModel(const QString& model, QObject* context, Then<control::ModelReply> then)
{
    world_.setModelState(model.toStdString(), control::MODEL_PHASE_COLD, {},
                         script::say(control::PHRASE_MODEL_UNLOADED_MANUALLY));
    answer(context, then, control::ModelReply());
}

void FakeEngineClient::pinModel(const QString& model, bool pinned, QObject* context, Then<control::ModelReply> then)
{
    world_.pin(model.toStdString(), pinned);
    answer(context, then, control::ModelReply());
}

void FakeEngineClient::setModelPolicy(const control::SetModelPolicyRequest& request, QObject* context,
                                      Then<control::ModelReply> then)
{
    world_.setPolicy(request);
    answer(context, then, control::ModelReply());
}

void FakeEngineClient::evictConnections(const control::ConnectionsRequest& request, QObject* context,
                                        Then<control::ConnectionsReply> then)
{
    control::ConnectionsReply reply;
    reply.set_count(world_.evict(request.backend(), {request.ids().begin(), request.ids().end()}));
    answer(context, then, reply);
}

void FakeEngineClient::drainBackend(const QString& backend, bool draining, QObject* context,
                                    Then<control::ConnectionsReply> then)
{
    world_.drain(backend.toStdString(), draining);
    answer(context, then, control::ConnectionsReply());
}

void FakeEngineClient::probeBackend(const QString&, QObject* context, Then<control::ProbeReply> then)
{
    control::ProbeReply reply;
    reply.set_healthy(true);
    reply.set_latency_ms(0.7);
    answer(context, then, reply);
}

void FakeEngineClient::testBackend(const control::TestBackendRequest& request, QObject* context,
                                   Then<control::TestBackendReply> then)
{
    answer(context, then, FakeConfig::test(request.backend()));
}

void FakeEngineClient::listRequests(bool /*openOnly*/, QObject* context, Then<control::Requests> then)
{
    answer(context, then, world_.openRequests());
}

void FakeEngineClient::cancelRequest(quint64 id, QObject* context, Then<control::CancelRequestReply> then)
{
    control::CancelRequestReply reply;
    reply.set_cancelled(world_.cancel(id));
    answer(context, then, reply);
}

void FakeEngineClient::shutdownEngine(QObject* context, Then<control::ShutdownReply> then)
{
    timer_.stop();
    stoppedHere_ = true;
    answer(context, then, control::ShutdownReply());
    setPhase(Phase::NoEngine, tr("It was stopped from this console."));
}

}  // namespace millrace::desktop
