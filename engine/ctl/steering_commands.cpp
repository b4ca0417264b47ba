// SPDX-License-Identifier: GPL-3.0-or-later
#include "ctl/steering_commands.h"

#include "control/configuration.h"
#include "ctl/enum_words.h"
#include "ctl/error_output.h"
#include "ctl/json_text.h"
#include "ctl/text_table.h"

#include <iostream>

namespace millrace::ctl {

namespace {

namespace v1 = control::v1;
using Stub = Connection::Stub;

template <typename Reply, typename Print>
int report(const StatusOr<Reply>& reply, bool json, Print print)
{
    if (!reply.ok()) return printError(reply.status());
    if (json) return printJson(*reply);
    print(*reply);
    return kDone;
}

int reportModel(const StatusOr<v1::ModelReply>& reply, bool json, const std::string& model)
{
    return report(reply, json, [&model](const v1::ModelReply& done) {
        std::cout << shown(model) << " is " << phaseText(done.state().state())
                  << (done.state().pinned() ? ", pinned" : "");
        if (done.state().has_eta_ms()) std::cout << ", ready in " << msText(done.state().eta_ms());
        std::cout << '\n';
    });
}

v1::ModelRequest modelRequest(const std::string& model, bool wait)
{
    v1::ModelRequest request;
    request.set_model(model);
    request.set_wait(wait);
    return request;
}

constexpr const char* kIdleTtl = "loader.idle_ttl_ms";

/// A span by the rules of the setting that it stands for.
StatusOr<std::uint64_t> idleTtlMs(const std::string& time)
{
    config::Config config;
    const Status status = config::set(config, kIdleTtl, time);
    if (status.ok() && config.loader().has_idle_ttl_ms()) return config.loader().idle_ttl_ms();
    std::string why = status.ok() ? "is empty" : text(status);
    if (const std::string path = std::string(kIdleTtl) + ' '; why.starts_with(path)) why.erase(0, path.size());
    return invalidArgument("TIME " + why + "; it may also be \"never\", or \"default\" for " + kIdleTtl);
}

std::string policyText(const v1::ModelState& state)
{
    const std::string all = state.has_idle_ttl_ms() ? idleTtlText(state.idle_ttl_ms())
                                                    : std::string("unloaded when unused as ") + kIdleTtl + " says";
    return all + (state.never_preloaded() ? ", never preloaded" : ", may be preloaded");
}

int setPolicy(Connection& engine, bool json, const v1::SetModelPolicyRequest& request)
{
    const auto reply = engine.call(&Stub::SetModelPolicy, request);
    if (absl::IsUnimplemented(reply.status()))
        return printError(unimplemented("the engine is older than this millracectl: it has no settings for one model"));
    return report(reply, json, [&](const v1::ModelReply& done) {
        std::cout << shown(request.model()) << ": " << policyText(done.state()) << '\n';
    });
}

/// Of --protocol; unspecified: both.
v1::PoolProtocol protocolOf(const std::string& word)
{
    for (const auto protocol : {v1::POOL_PROTOCOL_HTTP, v1::POOL_PROTOCOL_GRPC})
        if (enumText(protocol) == word) return protocol;
    return v1::POOL_PROTOCOL_UNSPECIFIED;
}

v1::ConnectionsRequest connectionsRequest(const std::string& backend, const std::string& protocol)
{
    v1::ConnectionsRequest request;
    request.set_backend(backend);
    request.set_protocol(protocolOf(protocol));
    return request;
}

}  // namespace

int loadModel(Connection& engine, bool json, const std::string& model, bool wait)
{
    return reportModel(engine.call(&Stub::LoadModel, modelRequest(model, wait), wait), json, model);
}

int unloadModel(Connection& engine, bool json, const std::string& model, bool wait)
{
    return reportModel(engine.call(&Stub::UnloadModel, modelRequest(model, wait), wait), json, model);
}

int pinModel(Connection& engine, bool json, const std::string& model, bool pinned)
{
    v1::PinModelRequest request;
    request.set_model(model);
    request.set_pinned(pinned);
    return reportModel(engine.call(&Stub::PinModel, request), json, model);
}

int setIdleTtl(Connection& engine, bool json, const std::string& model, const std::string& time)
{
    v1::SetModelPolicyRequest request;
    request.set_model(model);
    if (time == "default") {
        request.set_idle_ttl_default(true);
    } else {
        const auto span = time == "never" ? StatusOr<std::uint64_t>(0) : idleTtlMs(time);
        if (!span.ok()) return printError(span.status(), kUsage);
        request.set_idle_ttl_ms(*span);
    }
    return setPolicy(engine, json, request);
}

int setPreload(Connection& engine, bool json, const std::string& model, bool preload)
{
    v1::SetModelPolicyRequest request;
    request.set_model(model);
    request.set_preload(preload);
    return setPolicy(engine, json, request);
}

int cancelRequest(Connection& engine, bool json, std::uint64_t id)
{
    v1::CancelRequestRequest request;
    request.set_id(id);
    const auto reply = engine.call(&Stub::CancelRequest, request);
    if (reply.ok() && !reply->cancelled() && !json)
        return printError(notFound("request " + std::to_string(id) + " is not open"));
    const int code = report(
        reply, json, [id](const v1::CancelRequestReply&) { std::cout << "request " << id << " is cancelled\n"; });
    return reply.ok() && !reply->cancelled() ? kRefused : code;
}

int evictConnections(Connection& engine, bool json, const std::string& backend, const std::string& protocol)
{
    return report(engine.call(&Stub::EvictConnections, connectionsRequest(backend, protocol)), json,
                  [](const v1::ConnectionsReply& done) { std::cout << done.count() << " connections closed\n"; });
}

int drainBackend(Connection& engine, bool json, const std::string& backend, bool draining)
{
    v1::DrainBackendRequest request;
    request.set_backend(backend);
    request.set_draining(draining);
    return report(engine.call(&Stub::DrainBackend, request), json, [&](const v1::ConnectionsReply& done) {
        if (draining)
            std::cout << shown(backend) << " is draining: no new requests; " << done.count()
                      << " busy connections finish\n";
        else
            std::cout << shown(backend) << " takes requests again\n";
    });
}

int probeBackend(Connection& engine, bool json, const std::string& backend, const std::string& protocol)
{
    const auto reply = engine.call(&Stub::ProbeBackend, connectionsRequest(backend, protocol), true);
    const int code = report(reply, json, [&backend](const v1::ProbeReply& done) {
        std::cout << shown(backend) << (done.healthy() ? " is healthy, " : " is unhealthy, ")
                  << msText(done.latency_ms()) << (done.reason().empty() ? "" : ": " + shown(done.reason())) << '\n';
    });
    return reply.ok() && !reply->healthy() ? kRefused : code;
}

int shutdown(Connection& engine, bool json)
{
    return report(engine.call(&Stub::Shutdown, v1::ShutdownRequest()), json, [](const v1::ShutdownReply& done) {
        std::cout << "the engine stops; " << done.requests_in_flight() << " requests in flight finish first\n";
    });
}

}  // namespace millrace::ctl
