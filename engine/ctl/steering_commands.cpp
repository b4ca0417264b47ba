// SPDX-License-Identifier: GPL-3.0-or-later
#include "ctl/commands.h"
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
    if (!reply.ok()) return complain(reply.status());
    if (json)
        std::cout << jsonText(*reply) << '\n';
    else
        print(*reply);
    return kDone;
}

int reportModel(const StatusOr<v1::ModelReply>& reply, bool json, const std::string& model)
{
    return report(reply, json, [&model](const v1::ModelReply& done) {
        std::cout << shown(model) << " is " << shown(done.state().state()) << (done.state().pinned() ? ", pinned" : "");
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

v1::ConnectionsRequest connectionsRequest(const std::string& backend, const std::string& protocol)
{
    v1::ConnectionsRequest request;
    request.set_backend(backend);
    request.set_protocol(protocol);
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

int cancelRequest(Connection& engine, bool json, std::uint64_t id)
{
    v1::CancelRequestRequest request;
    request.set_id(id);
    const auto reply = engine.call(&Stub::CancelRequest, request);
    if (reply.ok() && !reply->cancelled() && !json)
        return complain(notFound("request " + std::to_string(id) + " is not open"));
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
