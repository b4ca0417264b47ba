// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/cancel.h"
#include "base/deadline_timer.h"
#include "base/gate.h"
#include "front/bodies.h"
#include "front/front.h"
#include "front/handlers.h"
#include "front/http_state.h"
#include "http/grpc_server.h"

#include <algorithm>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace millrace::front {

using http::GrpcCall;
using http::GrpcHandler;
using http::GrpcMessage;
using http::GrpcMethod;
using http::GrpcMethods;
using http::GrpcStatus;
using enum http::GrpcCode;  // for the front's own errors; those of other modules use toGrpc()

/// A long-lived call that watches its client, and ends with the front.
/// Thread: the strand.
class GrpcStream {
public:
    virtual ~GrpcStream() = default;
    /// Called regularly: checks that the client still reads, and whether there is something new for it.
    virtual void look(TimePoint now) = 0;
    /// The front closes: end now if idle, otherwise with the last answer.
    virtual void close() = 0;
};

/// The gRPC server, and the state that its services share. Thread: the strand.
struct GrpcShared final : http::GrpcServer {
    GrpcShared(Strand strandIn, Clock& clockIn, Registry& registryIn, serve::Service& serviceIn, Hooks hooksIn,
               Options optionsIn, std::shared_ptr<Bodies> bodiesIn);

    std::shared_ptr<GrpcShared> self() { return std::static_pointer_cast<GrpcShared>(shared_from_this()); }
    void apply(Options given);
    /// What the health service reports.
    bool serving() const { return !draining && service.ready(); }
    void enter(GrpcStream& stream) { streams.insert(&stream); }
    void leave(GrpcStream& stream) { streams.erase(&stream); }
    /// Calls GrpcStream::look() of all streams.
    void lookNow();

    // fixed after construction
    Registry& registry;
    serve::Service& service;
    const Hooks hooks;
    const std::shared_ptr<Bodies> bodies;
    const Handlers handlers;
    Gauge& connectionsGauge;

    // strand only
    Options options;
    bool draining = false;
    Gate work;  // loads and unloads, which are not calls of the service
    std::set<GrpcStream*> streams;
    std::shared_ptr<HttpFront::State> http;  ///< serves other requests; null: none
    DeadlineTimer looking;                   // last: ends first

private:
    Status messageTooLarge(std::uint64_t bytes) const override;
    Status messagesFull() const override;
    Status messageLate() const override;
    std::string headersTooLarge() const override;
    void onConnected() override;
    void onDisconnected(const Status& why) override;
    std::unique_ptr<http::H2Service> serviceFor(const http::H2Peer& peer) override;
    bool takesOthers() const override { return http != nullptr; }
    void onOther(http::H2Connection::Socket socket, std::string received) override;
    void refreshHealth();
    [[gnu::cold]] void refused(const char* reason);
};

inline constexpr const char* kGrpcServices[] = {"inference.GRPCInferenceService", "millrace.v1.Stream",
                                                "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection",
                                                "grpc.reflection.v1alpha.ServerReflection"};

struct GrpcCaller {
    serve::CallInfo info;
    std::string requestId;  ///< the client's, if valid (isValidRequestId())
    Status problem;         ///< what is wrong with the metadata
};
/// Derives the caller from a call's metadata: client, route, time-out.
GrpcCaller describe(const GrpcCall& call, const SharedText& route);
/// Converts a status; adds "retry-after-ms" and "field" to the trailing metadata, and keeps that below clients' limits.
/// REQUIRES: before finish().
GrpcStatus toGrpcStatus(GrpcCall& call, const Status& status);
/// Adds the request id, the client's or ours, to the initial metadata. REQUIRES: before the first message.
void nameRequest(GrpcCall& call, const std::string& own, const serve::Call* counted);
/// Adds "server-timing" (serve/server_timing.h) to the trailing metadata. REQUIRES: after Call::firstByte(), before
/// finish().
void addServerTiming(GrpcCall& call, const serve::Call& counted);
/// The Internal error for an exception that left a coroutine; null: OK.
Status ofException(const std::exception_ptr& error);

/// Cancels whatever works for a client's call.
struct CallHandle {
    std::shared_ptr<serve::Call> call;  ///< null: ended, or not a call of the service
    CancelSource left;                  ///< for work without a call of the service
    std::size_t bytes = 0;              ///< size of its message

    void cancel() const
    {
        left.cancel("the client disconnected");
        if (call) call->cancel("the client disconnected");
    }
};

}  // namespace millrace::front
