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
using enum http::GrpcCode;  // of the front itself; those of the modules below come by toGrpc()

/// A stream to a client: something that waits for the client, and ends with the front.
/// Thread: the strand.
class GrpcStream {
public:
    virtual ~GrpcStream() = default;
    /// Looks whether the client still takes what is sent, and whether there is something new for it.
    virtual void look(TimePoint now) = 0;
    /// The front closes: what asks nothing ends now, the rest with its last answer.
    virtual void close() = 0;
};

/// The server of gRPC, and what its services share. Thread: the strand.
struct GrpcShared final : http::GrpcServer {
    GrpcShared(Strand strandIn, Clock& clockIn, Registry& registryIn, serve::Service& serviceIn, Hooks hooksIn,
               Options optionsIn, std::shared_ptr<Bodies> bodiesIn);

    std::shared_ptr<GrpcShared> self() { return std::static_pointer_cast<GrpcShared>(shared_from_this()); }
    void apply(Options given);
    /// Whether requests are served: what health says.
    bool serving() const { return !draining && service.ready(); }
    void enter(GrpcStream& stream) { streams.insert(&stream); }
    void leave(GrpcStream& stream) { streams.erase(&stream); }
    /// All streams look, one after the other.
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
    Gate work;  // loads and unloads, which the service does not count
    std::set<GrpcStream*> streams;
    std::shared_ptr<HttpFront::State> http;  ///< what serves all else; none: nobody
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
    void refused(const char* reason);
};

inline constexpr const char* kGrpcServices[] = {"inference.GRPCInferenceService", "millrace.v1.Stream",
                                                "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection",
                                                "grpc.reflection.v1alpha.ServerReflection"};

struct GrpcCaller {
    serve::CallInfo info;
    std::string requestId;  ///< the client's own, if it is one that can be repeated
    Status problem;         ///< what is wrong with its metadata
};
/// Who calls, and for how long it will wait.
GrpcCaller describe(const GrpcCall& call, const SharedText& route);
/// "retry-after-ms" and "field" go into the trailing metadata, which stays below what clients take. Before finish().
GrpcStatus toGrpcStatus(GrpcCall& call, const Status& status);
/// The client's id, or ours, as initial metadata. Before the first message.
void nameRequest(GrpcCall& call, const std::string& own, const serve::Call* counted);
/// Where the time of a call went until its first byte, as a Server-Timing field says it: "server-timing" in the
/// trailing metadata. After Call::firstByte(), before finish().
void addServerTiming(GrpcCall& call, const serve::Call& counted);
/// For an exception out of a coroutine: our bug, said to the client as that.
Status ofException(const std::exception_ptr& error);

/// How a call of a client reaches what is done for it.
struct CallHandle {
    std::shared_ptr<serve::Call> call;  ///< none once it has ended, or when it is no request of the service
    CancelSource left;                  ///< for what has no call
    std::size_t bytes = 0;              ///< of its message

    void cancel() const
    {
        left.cancel("the client disconnected");
        if (call) call->cancel("the client disconnected");
    }
};

}  // namespace millrace::front
