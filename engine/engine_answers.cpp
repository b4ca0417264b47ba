// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine_answers.h"

#include "backend/trial.h"
#include "base/text.h"
#include "module_options.h"
#include "phrases.h"
#include "telemetry/sentence_message.h"
#include "to_proto.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <algorithm>
#include <unistd.h>
#include <utility>
#include <vector>

namespace millrace {
namespace {

/// None: both.
std::optional<pool::Protocol> protocolOf(control::v1::PoolProtocol protocol)
{
    switch (protocol) {
        case control::v1::POOL_PROTOCOL_HTTP:
            return pool::Protocol::Http;
        case control::v1::POOL_PROTOCOL_GRPC:
            return pool::Protocol::Grpc;
        case control::v1::POOL_PROTOCOL_UNSPECIFIED:
        case control::v1::PoolProtocol_INT_MIN_SENTINEL_DO_NOT_USE_:
        case control::v1::PoolProtocol_INT_MAX_SENTINEL_DO_NOT_USE_:
            break;
    }
    return std::nullopt;
}

// A test of a backend that is not configured.
constexpr Duration kTrialMost = 5s;
constexpr int kTrialModelsMax = 200;  // named in the answer

}  // namespace

EngineAnswers::EngineAnswers(Strand strand, Modules modules, Facts facts, Stop stop)
    : strand_(strand), at_(modules), facts_(std::move(facts)), stop_(std::move(stop))
{}

// ---- what the console sees ----

void EngineAnswers::fillStatus(control::v1::Status& status)
{
    status.set_boot_id(facts_.bootId);
    status.set_version(facts_.version);
    status.set_pid(::getpid());
    status.set_started_ms(facts_.startedMs);
    status.set_now_ms(at_.clock.unixMs());
    status.set_http(facts_.http);
    status.set_grpc(facts_.grpc);
    status.set_control(facts_.control);
    status.set_state_dir(facts_.stateDir);
    status.set_draining(draining());
    status.set_requests_in_flight(at_.gateway.inFlight());
    status.set_protocol(2);
}

void EngineAnswers::fillFlow(control::v1::Flow& flow)
{
    toProto(at_.gateway, at_.clock, flow);
}

void EngineAnswers::fillPools(control::v1::PoolSection& pools)
{
    for (const auto& backend : at_.backends.all())
        toProto(backend->pools(), at_.clock, pools, at_.gateway.listingProblem(*backend));
}

std::uint64_t EngineAnswers::fillBatches(control::v1::BatchSection& batches, std::uint64_t cursor)
{
    return toProto(at_.batcher, batchOptions(at_.config.current()), at_.registry.histogramTotal("millrace_batch_rows"),
                   at_.clock, cursor, batches);
}

void EngineAnswers::fillModels(control::v1::ModelSection& models)
{
    toProto(at_.loader, loadOptions(at_.config.current()), at_.clock, models);
}

void EngineAnswers::fillStreams(control::v1::StreamSection& streams)
{
    toProto(at_.streamer, at_.clock, streams);
}

std::uint64_t EngineAnswers::fillRequests(google::protobuf::RepeatedPtrField<control::v1::RequestRecord>& requests,
                                          std::uint64_t cursor, std::size_t most)
{
    const auto& ended = at_.gateway.ended();
    auto first = std::max(cursor, ended.begin());
    if (ended.end() - first > most) first = ended.end() - most;
    for (auto position = first; position < ended.end(); ++position)
        toProto(*ended.at(position), at_.clock, *requests.Add());
    return ended.end();
}

void EngineAnswers::listRequests(const control::v1::ListRequestsRequest& request, control::v1::Requests& requests)
{
    const std::size_t most = request.most() == 0 ? 100 : request.most();
    for (const auto& open : at_.gateway.openRequests(most)) toProto(open, at_.clock, *requests.add_requests());
    if (request.open_only()) return;
    const auto& ended = at_.gateway.ended();
    for (auto position = ended.end();
         position > ended.begin() && static_cast<std::size_t>(requests.requests_size()) < most; --position)
        toProto(*ended.at(position - 1), at_.clock, *requests.add_requests());
}

bool EngineAnswers::cancelRequest(std::uint64_t id)
{
    return at_.gateway.cancel(RequestId{id}, "cancelled by the operator");
}

std::uint64_t EngineAnswers::shutdown()
{
    stop_.begin();
    return at_.gateway.inFlight();
}

// ---- models ----

StatusOr<control::v1::ModelState> EngineAnswers::stateOf(const std::string& model) const
{
    for (const auto& known : at_.loader.models()) {
        if (known.model != model) continue;
        control::v1::ModelState state;
        toProto(known, at_.clock, state);
        return state;
    }
    return withField(notFound("model '" + model + "' does not exist"), "model");
}

void EngineAnswers::loadModel(const std::string& model, bool wait, control::Reply<control::v1::ModelState> reply)
{
    auto run = [](EngineAnswers* self, std::string name, bool answers,
                  control::Reply<control::v1::ModelState> then) -> net::awaitable<void> {
        // It may be there since the backends were last asked.
        if (const Status known = co_await self->at_.gateway.lookFor(name); !known.ok()) {
            then(known);
            co_return;
        }
        self->at_.loader.load(name, load::Priority::Manual, [self, name, answers, then](Status status) {
            if (answers) then(status.ok() ? self->stateOf(name) : StatusOr<control::v1::ModelState>(status));
        });
        if (!answers) then(self->stateOf(name));
    };
    net::co_spawn(strand_, run(this, model, wait, reply), net::detached);
}

void EngineAnswers::unloadModel(const std::string& model, bool wait, control::Reply<control::v1::ModelState> reply)
{
    if (const auto known = stateOf(model); !known.ok()) return reply(known.status());
    auto run = [](EngineAnswers* self, std::string name, bool answers,
                  control::Reply<control::v1::ModelState> then) -> net::awaitable<void> {
        const auto status = co_await self->at_.loader.unload(name, load::UnloadBy::Operator);
        if (answers) then(status.ok() ? self->stateOf(name) : StatusOr<control::v1::ModelState>(status));
    };
    net::co_spawn(strand_, run(this, model, wait, reply), net::detached);
    if (!wait) reply(stateOf(model));
}

void EngineAnswers::pinModel(const std::string& model, bool pinned, control::Reply<control::v1::ModelState> reply)
{
    const auto status = at_.loader.pin(model, pinned);
    if (status.ok())
        at_.eventLog.append(Severity::Info, pinned ? "model_pinned" : "model_unpinned", model,
                            say(pinned ? Phrase::EventPinned : Phrase::EventUnpinned));
    reply(status.ok() ? stateOf(model) : StatusOr<control::v1::ModelState>(status));
}

void EngineAnswers::setModelPolicy(const control::v1::SetModelPolicyRequest& request,
                                   control::Reply<control::v1::ModelState> reply)
{
    const std::string& model = request.model();
    const load::ModelPolicy before = at_.loader.policyOf(model);
    load::ModelPolicy policy = before;
    if (request.has_idle_ttl_ms()) policy.idleTtl = fromMs(static_cast<double>(request.idle_ttl_ms()));
    if (request.idle_ttl_default()) policy.idleTtl.reset();
    if (request.has_preload()) policy.preload = request.preload();
    if (const Status status = at_.loader.setPolicy(model, policy); !status.ok()) return reply(status);
    if (policy.idleTtl != before.idleTtl)
        at_.eventLog.append(Severity::Info, "model_idle_ttl_changed", model,
                            !policy.idleTtl                      ? say(Phrase::EventIdleTtlReset, "loader.idle_ttl_ms")
                            : *policy.idleTtl > Duration::zero() ? say(Phrase::EventIdleTtl, *policy.idleTtl)
                                                                 : say(Phrase::EventIdleTtlNever));
    if (policy.preload != before.preload)
        at_.eventLog.append(Severity::Info, policy.preload ? "model_preload_on" : "model_preload_off", model,
                            say(policy.preload ? Phrase::EventPreloadOn : Phrase::EventPreloadOff));
    reply(stateOf(model));
}

// ---- backends ----

void EngineAnswers::evictConnections(const control::v1::ConnectionsRequest& request,
                                     control::Reply<std::uint32_t> reply)
{
    const auto backend = at_.backends.find(request.backend());
    if (!backend) return reply(notFound("unknown backend '" + request.backend() + "'"));
    std::vector<ConnectionId> ids;
    for (const auto id : request.ids()) ids.push_back(ConnectionId{id});
    const auto count = backend->evict(protocolOf(request.protocol()), ids);
    if (count > 0)
        at_.eventLog.append(Severity::Info, "connections_evicted", request.backend(),
                            say(Phrase::ConnectionsClosed, Value(count, Unit::Connections)));
    reply(count);
}

void EngineAnswers::drainBackend(const std::string& name, bool draining, control::Reply<std::uint32_t> reply)
{
    const auto backend = at_.backends.find(name);
    if (!backend) return reply(notFound("unknown backend '" + name + "'"));
    const auto count = backend->setDraining(draining);
    at_.eventLog.append(Severity::Notice, draining ? "backend_draining" : "backend_resumed", name,
                        say(draining ? Phrase::BackendDrained : Phrase::BackendResumed));
    reply(count);
}

void EngineAnswers::probeBackend(const control::v1::ConnectionsRequest& request,
                                 control::Reply<control::v1::ProbeReply> reply)
{
    const auto backend = at_.backends.find(request.backend());
    if (!backend) return reply(notFound("unknown backend '" + request.backend() + "'"));
    auto run = [](EngineAnswers* self, std::shared_ptr<backend::AdministeredBackend> asked,
                  control::Reply<control::v1::ProbeReply> then) -> net::awaitable<void> {
        const auto result = co_await asked->probe();
        control::v1::ProbeReply out;
        out.set_healthy(result.healthy);
        out.set_latency_ms(toMs(result.latency));
        const Sentence reason = Sentence::joined(result.reason, self->at_.gateway.listingProblem(*asked));
        out.set_reason(reason.english());
        *out.mutable_reason_words() = telemetry::message(reason);
        then(out);
    };
    net::co_spawn(strand_, run(this, backend, reply), net::detached);
}

void EngineAnswers::testBackend(const config::v1::Backend& wanted, control::Reply<control::v1::TestBackendReply> reply)
{
    if (trials_ >= kTrialsMax)
        return reply(resourceExhausted(std::to_string(kTrialsMax) + " backends are being tested already"));
    auto run = [](EngineAnswers* self, backend::BackendOptions options,
                  control::Reply<control::v1::TestBackendReply> then) -> net::awaitable<void> {
        const auto result =
            co_await backend::tryBackend(std::move(options), self->strand_, self->at_.clock, kTrialMost);
        --self->trials_;
        control::v1::TestBackendReply out;
        out.set_reachable(result.reachable);
        out.set_latency_ms(toMs(result.latency));
        out.set_reason(washed(result.reason, kMessageBytesMax));
        for (const auto& model : result.models) {
            if (out.models_size() == kTrialModelsMax) break;
            out.add_models(model);
        }
        out.set_models_left_out(static_cast<std::uint32_t>(result.models.size()) -
                                static_cast<std::uint32_t>(out.models_size()));
        then(out);
    };
    ++trials_;
    net::co_spawn(strand_, run(this, at_.backends.optionsOf(wanted, at_.config.current()), std::move(reply)),
                  net::detached);
}

}  // namespace millrace
