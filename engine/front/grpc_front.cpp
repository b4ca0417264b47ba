// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/one_shot.h"
#include "front/front.h"
#include "front/grpc_shared.h"
#include "front/hosts.h"
#include "front/http_text.h"

#include <boost/asio/post.hpp>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <thread>

namespace millrace::front {

serve::CallInfo describe(const grpc::CallbackServerContext& context, const char* route)
{
    serve::CallInfo info;
    const auto& fields = context.client_metadata();
    const auto field = [&](const char* name) {
        const auto found = fields.find(name);
        return found == fields.end() ? std::string_view()
                                     : std::string_view(found->second.data(), found->second.size());
    };
    const std::string peer = context.peer();  // "ipv4:127.0.0.1:51422"
    const auto colon = peer.rfind(':');
    const unsigned long port = colon == std::string::npos ? 0 : std::strtoul(peer.c_str() + colon + 1, nullptr, 10);
    info.client = clientName(field("user-agent"), "grpc", static_cast<std::uint16_t>(port));
    info.route = route;
    info.own = field("x-millrace-own") == "1";
    constexpr auto kNoLimit = std::chrono::hours(24);
    const auto left = context.deadline() - std::chrono::system_clock::now();
    if (context.deadline() != std::chrono::system_clock::time_point::max() && left < kNoLimit)
        info.timeout = std::max<Duration>(std::chrono::duration_cast<Duration>(left), Duration(1ms));
    return info;
}

grpc::Status tell(grpc::CallbackServerContext& context, const Status& status)
{
    if (status.ok()) return grpc::Status::OK;
    if (const auto after = retryAfterOf(status))
        context.AddTrailingMetadata("retry-after-ms", std::to_string(after->count()));
    std::string message = text(status);
    if (const auto field = fieldOf(status); field && !field->empty()) {
        context.AddTrailingMetadata("field", printable(*field, 256));
        message.insert(0, *field + ": ");
    }
    return {static_cast<grpc::StatusCode>(toGrpc(status)), message};
}

/// Services must outlive their server, and both the calls under way.
class GrpcFront::Impl {
public:
    struct Serving {
        std::unique_ptr<grpc::Service> inference, stream;
        std::unique_ptr<grpc::Server> server;
    };

    std::shared_ptr<GrpcShared> shared;
    std::shared_ptr<Serving> serving = std::make_shared<Serving>();
    std::string address;
    std::uint16_t port = 0;
    bool draining = false;

    Status listen(const std::string& where)
    {
        auto parsed = parseLoopback(where);
        if (!parsed.ok()) return parsed.status();
        const std::string host = parsed->host == "localhost" ? "127.0.0.1" : parsed->host;
        const std::string bracketed = host.find(':') == std::string::npos ? host : "[" + host + "]";
        serving->inference = makeInferenceService(shared);
        serving->stream = makeStreamService(shared);

        grpc::ServerBuilder builder;
        int bound = 0;
        builder.AddListeningPort(bracketed + ":" + std::to_string(parsed->port), grpc::InsecureServerCredentials(),
                                 &bound);
        builder.RegisterService(serving->inference.get());
        builder.RegisterService(serving->stream.get());
        constexpr std::uint64_t kIntMax = std::numeric_limits<int>::max();
        builder.SetMaxReceiveMessageSize(static_cast<int>(std::min(shared->bodyBytesAtStart, kIntMax)));
        builder.SetMaxSendMessageSize(-1);
        // Two engines on one port would share its connections at random: refuse instead.
        builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
        // A client that pings too often has done no harm: no GOAWAY for it. We never ping.
        builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 0);
        serving->server = builder.BuildAndStart();
        if (!serving->server || bound == 0) return unavailable("cannot listen on " + where + " for gRPC");
        port = static_cast<std::uint16_t>(bound);
        address = bracketed + ":" + std::to_string(port);
        return absl::OkStatus();
    }
};

StatusOr<std::unique_ptr<GrpcFront>> GrpcFront::create(Strand strand, Clock& clock, Registry&, Journal&,
                                                       serve::Service& service, Hooks hooks, Options options,
                                                       const std::string& address)
{
    auto impl = std::make_shared<Impl>();
    impl->shared = std::make_shared<GrpcShared>(strand, clock, service, std::move(hooks), std::move(options));
    if (Status status = impl->listen(address); !status.ok()) return status;
    return std::unique_ptr<GrpcFront>(new GrpcFront(std::move(impl)));
}

GrpcFront::GrpcFront(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

GrpcFront::~GrpcFront()
{
    if (!impl_->serving->server) return;
    // Not drained: calls still need the strand, which this thread may be. Whoever waits for them must be another.
    std::thread([serving = impl_->serving] { serving->server->Shutdown(std::chrono::system_clock::now()); }).detach();
}

void GrpcFront::apply(Options options)
{
    impl_->shared->bodyBytesMax = options.bodyBytesMax;
}

const std::string& GrpcFront::address() const
{
    return impl_->address;
}

std::uint16_t GrpcFront::port() const
{
    return impl_->port;
}

net::awaitable<void> GrpcFront::drain(TimePoint deadline)
{
    const auto impl = impl_;
    if (std::exchange(impl->draining, true)) co_return;
    const auto left = std::max(Duration{}, deadline - impl->shared->clock.now());
    // Shutdown waits for calls that need this thread to end.
    OneShot<bool> ended;
    std::thread closer([serving = impl->serving, strand = impl->shared->strand, left, ended] {
        serving->server->Shutdown(std::chrono::system_clock::now() +
                                  std::chrono::duration_cast<std::chrono::system_clock::duration>(left));
        net::post(strand, [ended] { ended.set(true); });
    });
    co_await ended.wait();
    closer.join();
    impl->serving->server.reset();
}

}  // namespace millrace::front
