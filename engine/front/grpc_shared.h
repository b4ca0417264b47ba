// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/cancel.h"
#include "base/gate.h"
#include "front/bodies.h"
#include "front/front.h"
#include "front/routes.h"

#include <grpcpp/impl/service_type.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/status.h>

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace millrace::front {

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

/// What the gRPC services share. Their reactors keep it.
struct GrpcShared : std::enable_shared_from_this<GrpcShared> {
    GrpcShared(Strand strandIn, Clock& clockIn, serve::Service& serviceIn, Hooks hooksIn, Options optionsIn,
               std::shared_ptr<Bodies> bodiesIn)
        : strand(strandIn),
          clock(clockIn),
          service(serviceIn),
          hooks(std::move(hooksIn)),
          bodies(std::move(bodiesIn)),
          pages(service, hooks, bodies->offLoop),
          options(std::move(optionsIn))
    {}

    /// Whether requests are served: what health says.
    bool serving() const { return !draining && service.ready(); }
    /// Whether a message of `bytes` may be kept, by its own size and beside all others; `held` has it then.
    Status hold(BodyBytes& held, std::size_t bytes);
    void enter(GrpcStream& stream);
    void leave(GrpcStream& stream) { streams.erase(&stream); }
    /// All of them look, one after the other.
    void lookNow();

    // fixed after construction
    const Strand strand;
    Clock& clock;
    serve::Service& service;
    const Hooks hooks;
    const std::shared_ptr<Bodies> bodies;
    const Pages pages;

    // strand only
    Options options;
    bool draining = false;
    Gate work;  // loads and unloads, which the service does not count
    std::set<GrpcStream*> streams;
    bool looking = false;

private:
    net::awaitable<void> keepLooking();
};

std::unique_ptr<grpc::Service> makeInferenceService(std::shared_ptr<GrpcShared> shared);
std::unique_ptr<grpc::Service> makeStreamService(std::shared_ptr<GrpcShared> shared);
std::unique_ptr<grpc::Service> makeHealthService(std::shared_ptr<GrpcShared> shared);
/// `alpha`: under the name that older tools ask for.
std::unique_ptr<grpc::Service> makeReflectionService(bool alpha);

inline constexpr const char* kGrpcServices[] = {"inference.GRPCInferenceService", "millrace.v1.Stream",
                                                "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection",
                                                "grpc.reflection.v1alpha.ServerReflection"};

struct GrpcCaller {
    serve::CallInfo info;
    std::string requestId;  ///< the client's own, if it is one that can be repeated
    Status problem;         ///< what is wrong with its metadata
};
/// Who calls, and for how long it will wait. Thread: gRPC's.
GrpcCaller describe(const grpc::CallbackServerContext& context, const char* route);
/// "retry-after-ms" and "field" go into the trailing metadata, which stays below what clients take. Before Finish.
grpc::Status tell(grpc::CallbackServerContext& context, const Status& status);
/// The client's id, or ours, as initial metadata. Before the first message.
void nameRequest(grpc::CallbackServerContext& context, const std::string& own, const serve::Call* call);
/// Where the time of a call went until its first byte, as a Server-Timing field says it: "server-timing" in the
/// trailing metadata. After Call::firstByte(), before Finish.
void addServerTiming(grpc::CallbackServerContext& context, const serve::Call& call);
/// For an exception out of a coroutine: our bug, said to the client as that.
Status ofException(const std::exception_ptr& error);

/// The strand's side of a call, which a reactor's OnCancel reaches by way of a post. Thread: the strand.
struct Link {
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
