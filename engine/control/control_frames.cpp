// SPDX-License-Identifier: GPL-3.0-or-later
// The connections of the control service, and what is collected for its watchers.
#include "control/control_methods.h"
#include "control/event_messages.h"
#include "http/h2_refusal.h"

#include <algorithm>
#include <string>
#include <utility>

namespace millrace::control {

namespace {

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
      ticks_(parts_.strand)
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
    if (ticking_ || connections() == 0) return;
    ticking_ = true;
    ticks_.expires_after(calls.inside() > 0 || closedAt_ ? kTickEvery : kIdleTick);
    ticks_.async_wait([weak = weak()](const boost::system::error_code& error) {
        const auto self = weak.lock();
        if (!self || error) return;
        self->ticking_ = false;
        self->tick();
        self->calls_->tick(self->clock.now());
        if (self->closedAt_ && self->clock.now() - *self->closedAt_ >= kLeaving) self->abort(stoppingNow());
        self->tickLater();
    });
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
    engine.set_threads(static_cast<std::uint32_t>(parts_.registry.gaugeTotal("millrace_engine_threads")));
    engine.set_uptime_ms(static_cast<std::uint64_t>(std::max<std::int64_t>(0, parts_.clock.unixMs() - startedMs_)));
    engine.set_idle_resident_bytes(static_cast<std::uint64_t>(parts_.recorder.idleResidentBytes().value_or(0)));
}

}  // namespace millrace::control
