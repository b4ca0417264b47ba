// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/control_methods.h"

#include "control/config_messages.h"
#include "control/event_messages.h"
#include "control/model_policy.h"
#include "control/outgoing.h"
#include "control/watch_call.h"
#include "http/h2_refusal.h"
#include "telemetry/prometheus.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace millrace::control {

namespace {

constexpr std::size_t kEventsUsual = 200;
constexpr std::size_t kReplyBytesMax = 24 * 1024 * 1024;  // of a list that is the whole answer

constexpr std::size_t kRequestsAFrame = 200;
constexpr std::size_t kEventsAFrame = 200;
constexpr Duration kTickEvery = std::chrono::milliseconds(200);  // while there are calls
constexpr Duration kIdleTick = std::chrono::seconds(1);

http::GrpcServerLimits serverLimits()
{
    http::GrpcServerLimits limits;
    limits.h2.streamsMax = ControlMethods::kCallsMax;
    limits.timeouts.idle = Duration::max();  // a console that asks nothing stays
    limits.messageBytesMax = ControlMethods::kRequestBytesMax;
    limits.messagesBytesMax = 4 * ControlMethods::kRequestBytesMax;
    return limits;
}

Status stoppingNow()
{
    return unavailable("the engine is stopping");
}

using Elsewhere = PendingCalls::Elsewhere;

Reply<v1::ModelState> modelReply(const std::shared_ptr<PendingReply<v1::ModelReply>>& reply)
{
    return [reply](StatusOr<v1::ModelState> state) {
        if (!state.ok()) return reply->fail(state.status());
        v1::ModelReply out;
        *out.mutable_state() = *std::move(state);
        reply->send(std::move(out));
    };
}

Reply<std::uint32_t> countReply(const std::shared_ptr<PendingReply<v1::ConnectionsReply>>& reply)
{
    return [reply](StatusOr<std::uint32_t> count) {
        if (!count.ok()) return reply->fail(count.status());
        v1::ConnectionsReply out;
        out.set_count(*count);
        reply->send(std::move(out));
    };
}

template <typename Response>
Reply<Response> forward(const std::shared_ptr<PendingReply<Response>>& reply)
{
    return [reply](StatusOr<Response> response) { reply->send(std::move(response)); };
}

v1::Events eventsOf(const EventLog& eventLog, const v1::ListEventsRequest& request, const std::string& bootId)
{
    const std::size_t most = request.most() == 0 ? kEventsUsual : request.most();
    std::vector<v1::Event> chosen;
    for (const auto& event : eventLog.after(request.after_sequence(), SIZE_MAX)) {
        auto converted = message(event, bootId);
        if (converted.severity() >= request.severity_min()) chosen.push_back(std::move(converted));
    }
    v1::Events events;
    for (std::size_t i = chosen.size() > most ? chosen.size() - most : 0; i < chosen.size(); ++i)
        *events.add_events() = std::move(chosen[i]);
    events.set_left_out(cutTo(*events.mutable_events(), true, kReplyBytesMax));
    return events;
}

}  // namespace

ControlMethods::ControlMethods(const ControlServer::Parts& parts)
    : http::GrpcServer(parts.strand, parts.clock, budget_, serverLimits()),
      parts_(parts),
      startedMs_(parts_.clock.unixMs()),
      connectionsGauge_(
          parts_.registry.gauge("millrace_control_connections", "Connections open at the control socket.")),
      refused_(parts_.registry.counter("millrace_control_refused_total",
                                       "Connections at the control socket refused because too many were open.")),
      calls_(std::make_shared<PendingCalls>(parts_.clock, parts_.strand)),
      loop_(std::make_shared<LoopPoster>(parts_.strand)),
      hub_(std::make_shared<WatchHub>(parts_.clock, parts_.bootId,
                                      [this](WatchHub::Cursors from, std::function<void(WatchHub::Collected)> done) {
                                          collect(from, std::move(done));
                                      })),
      ticks_(parts_.strand, parts_.clock, [this] { onTick(); })
{
    addMethods();
}

ControlMethods::~ControlMethods() = default;

void ControlMethods::take(http::H2Connection::Socket socket)
{
    if (!closedAt_ && connections() < kConnectionsMax) return serve(std::move(socket));
    refused_.add();
    http::refuseH2(socket.native_handle(),
                   closedAt_ ? "the engine is stopping"
                             : std::to_string(connections()) + " connections to the control socket are open");
}

/// The order matters: what the hub's thread still says finds its way, then there is none.
void ControlMethods::close()
{
    if (closedAt_) return;
    closedAt_ = clock.now();
    hub_->stop();
    loop_->close();
    calls_->close(stoppingNow());
    closeGently();
}

void ControlMethods::onConnected()
{
    connectionsGauge_.add(1);
    tickLater();
}

void ControlMethods::onDisconnected(const Status&)
{
    connectionsGauge_.add(-1);
}

void ControlMethods::tickLater()
{
    if (connections() > 0) ticks_.at(clock.now() + (calls.inside() > 0 || closedAt_ ? kTickEvery : kIdleTick));
}

void ControlMethods::onTick()
{
    const auto self = weak().lock();  // the last connection may end in tick()
    if (!self) return;
    tick();
    calls_->tick(clock.now());
    if (closedAt_ && clock.now() - *closedAt_ >= kLeaving) abort(stoppingNow());
    tickLater();
}

/// The hub's thread: what belongs to the engine is filled on the strand, the rest here.
void ControlMethods::collect(WatchHub::Cursors from, std::function<void(WatchHub::Collected)> done)
{
    auto collected = std::make_shared<WatchHub::Collected>();
    collected->cursors = from;
    Snapshot& snapshot = collected->snapshot;
    for (const auto& event : parts_.eventLog.after(from.events, kEventsAFrame)) {
        snapshot.events.push_back(message(event, parts_.bootId));
        collected->cursors.events = event.sequence;
    }
    const auto sample = parts_.recorder.latest();
    snapshot.sample = message(sample);
    fillEngine(sample, snapshot.engine);
    loop_->post([weak = weak(), collected, done = std::move(done)] {
        const auto self = weak.lock();
        if (!self || self->closedAt_) return;
        self->fillOnStrand(*collected);
        done(std::move(*collected));
    });
}

void ControlMethods::fillOnStrand(WatchHub::Collected& collected)
{
    Snapshot& snapshot = collected.snapshot;
    EngineControl& view = parts_.view;
    snapshot.timeMs = parts_.clock.unixMs();
    snapshot.revision = parts_.config.revision();
    snapshot.draining = view.draining();
    snapshot.guard = parts_.config.guard();
    view.fillFlow(snapshot.flow);
    view.fillPools(snapshot.pools);
    collected.cursors.batches = view.fillBatches(snapshot.batches, collected.cursors.batches);
    view.fillModels(snapshot.models);
    view.fillStreams(snapshot.streams);
    google::protobuf::RepeatedPtrField<v1::RequestRecord> requests;
    collected.cursors.requests = view.fillRequests(requests, collected.cursors.requests, kRequestsAFrame);
    for (auto& record : requests) snapshot.requests.push_back(std::move(record));
}

void ControlMethods::fillEngine(const telemetry::Sample& sample, v1::Engine& engine) const
{
    const auto value = [&sample](const char* name) {
        const auto found = sample.values.find(name);
        return found == sample.values.end() ? 0 : found->second;
    };
    engine.set_resident_bytes(static_cast<std::uint64_t>(value("engine_resident_bytes")));
    engine.set_cpu_cores(value("engine_cpu_cores"));
    engine.set_threads(static_cast<std::uint32_t>(parts_.registry.gaugeTotal("process_threads")));
    engine.set_uptime_ms(static_cast<std::uint64_t>(std::max<std::int64_t>(0, parts_.clock.unixMs() - startedMs_)));
    engine.set_idle_resident_bytes(static_cast<std::uint64_t>(parts_.recorder.idleResidentBytes().value_or(0)));
}

template <typename Request, typename Response>
void ControlMethods::unary(const char* name, typename UnaryCall<Request, Response>::Run run)
{
    http::GrpcMethod method;
    method.make = [calls = calls_, run = std::move(run)](std::shared_ptr<http::GrpcCall> call) {
        return std::make_shared<UnaryCall<Request, Response>>(calls, std::move(call), run);
    };
    methods.emplace(std::string("/") + kServiceName + name, std::move(method));
}

void ControlMethods::addMethods()
{
    addViews();
    addConfiguration();
    addSteering();
    http::GrpcMethod watch;
    watch.make = [this](std::shared_ptr<http::GrpcCall> call) {
        return std::make_shared<WatchCall>(hub_, loop_, std::move(call));
    };
    methods.emplace(std::string("/") + kServiceName + "Watch", std::move(watch));
}

void ControlMethods::addViews()
{
    unary<v1::GetStatusRequest, v1::Status>("GetStatus", [this](const auto&, const auto& reply) {
        v1::Status status;
        parts_.view.fillStatus(status);
        status.set_revision(parts_.config.revision());
        reply->send(std::move(status));
    });
    unary<v1::GetHistoryRequest, v1::History>("GetHistory", [this](const auto& request, const auto& reply) {
        telemetry::History::Query query;
        query.names.assign(request.names().begin(), request.names().end());
        query.fromMs = request.from_ms();
        query.toMs = request.to_ms() == 0 ? parts_.clock.unixMs() : request.to_ms();
        query.pointsMax = request.points_max();
        // On the thread of the history's disk.
        auto found = [to = reply->handOver(), ticket = reply->ticket()](StatusOr<telemetry::History::Answer> answer) {
            if (!answer.ok()) return to.send(ticket, answer.status());
            auto history = message(*answer);
            to.send(ticket, framed(history));
        };
        parts_.history.query(std::move(query), std::move(found));
    });
    unary<v1::GetMetricsRequest, v1::Metrics>("GetMetrics", [this](const auto&, const auto& reply) {
        reply->sendBeside([&registry = parts_.registry, ticket = reply->ticket()](const Elsewhere& to) {
            v1::Metrics metrics;
            metrics.set_prometheus_text(telemetry::prometheusText(registry));
            to.send(ticket, framed(metrics));
        });
    });
    unary<v1::ListEventsRequest, v1::Events>("ListEvents", [this](const auto& request, const auto& reply) {
        reply->sendBeside([this, request, ticket = reply->ticket()](const Elsewhere& to) {
            auto events = eventsOf(parts_.eventLog, request, parts_.bootId);
            to.send(ticket, framed(events));
        });
    });
    unary<v1::ListRequestsRequest, v1::Requests>("ListRequests", [this](const auto& request, const auto& reply) {
        v1::Requests requests;
        parts_.view.listRequests(request, requests);
        requests.set_left_out(cutTo(*requests.mutable_requests(), false, kReplyBytesMax));
        reply->send(std::move(requests));
    });
}

void ControlMethods::addConfiguration()
{
    unary<v1::GetSchemaRequest, v1::Schema>("GetSchema", [](const auto&, const auto& reply) {
        reply->sendBeside([ticket = reply->ticket()](const Elsewhere& to) {
            auto schema = schemaMessage();
            to.send(ticket, framed(schema));
        });
    });
    unary<v1::GetConfigRequest, v1::ConfigState>(
        "GetConfig", [this](const auto&, const auto& reply) { reply->send(parts_.config.state()); });
    unary<v1::ValidateConfigRequest, v1::ValidateConfigReply>(
        "ValidateConfig",
        [this](const auto& request, const auto& reply) { reply->send(parts_.config.validate(request.config())); });
    unary<v1::ApplyConfigRequest, v1::ApplyConfigReply>("ApplyConfig", [this](const auto& request, const auto& reply) {
        parts_.config.apply(request, forward(reply));
    });
    unary<v1::ListRevisionsRequest, v1::Revisions>("ListRevisions", [this](const auto& request, const auto& reply) {
        auto revisions = parts_.config.list(request.most());
        revisions.set_left_out(cutTo(*revisions.mutable_revisions(), false, kReplyBytesMax));
        reply->send(std::move(revisions));
    });
    unary<v1::RollbackRequest, v1::ApplyConfigReply>("Rollback", [this](const auto& request, const auto& reply) {
        parts_.config.rollback(request, forward(reply));
    });
}

void ControlMethods::addSteering()
{
    unary<v1::ModelRequest, v1::ModelReply>("LoadModel", [this](const auto& request, const auto& reply) {
        parts_.view.loadModel(request.model(), request.wait(), modelReply(reply));
    });
    unary<v1::ModelRequest, v1::ModelReply>("UnloadModel", [this](const auto& request, const auto& reply) {
        parts_.view.unloadModel(request.model(), request.wait(), modelReply(reply));
    });
    unary<v1::PinModelRequest, v1::ModelReply>("PinModel", [this](const auto& request, const auto& reply) {
        parts_.view.pinModel(request.model(), request.pinned(), modelReply(reply));
    });
    unary<v1::SetModelPolicyRequest, v1::ModelReply>("SetModelPolicy", [this](const auto& request, const auto& reply) {
        if (const Status status = checkPolicy(request); !status.ok())
            reply->fail(status);
        else
            parts_.view.setModelPolicy(request, modelReply(reply));
    });
    unary<v1::ConnectionsRequest, v1::ConnectionsReply>(
        "EvictConnections",
        [this](const auto& request, const auto& reply) { parts_.view.evictConnections(request, countReply(reply)); });
    unary<v1::DrainBackendRequest, v1::ConnectionsReply>(
        "DrainBackend", [this](const auto& request, const auto& reply) {
            parts_.view.drainBackend(request.backend(), request.draining(), countReply(reply));
        });
    unary<v1::ConnectionsRequest, v1::ProbeReply>("ProbeBackend", [this](const auto& request, const auto& reply) {
        parts_.view.probeBackend(request, forward(reply));
    });
    unary<v1::TestBackendRequest, v1::TestBackendReply>("TestBackend", [this](const auto& request, const auto& reply) {
        parts_.view.testBackend(request.backend(), forward(reply));
    });
    unary<v1::CancelRequestRequest, v1::CancelRequestReply>(
        "CancelRequest", [this](const auto& request, const auto& reply) {
            v1::CancelRequestReply out;
            out.set_cancelled(parts_.view.cancelRequest(request.id()));
            reply->send(std::move(out));
        });
    unary<v1::ShutdownRequest, v1::ShutdownReply>("Shutdown", [this](const auto&, const auto& reply) {
        v1::ShutdownReply out;
        out.set_requests_in_flight(parts_.view.shutdown());
        reply->send(std::move(out));
    });
}

}  // namespace millrace::control
