// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/mutex.h"
#include "base/one_shot.h"
#include "base/text.h"
#include "front/front.h"
#include "front/grpc_acceptor.h"
#include "front/grpc_shared.h"
#include "front/http_text.h"
#include "serve/server_timing.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <grpcpp/resource_quota.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <thread>

namespace millrace::front {

namespace {

constexpr Duration kLookEvery = 200ms;
constexpr int kStreamsMax = 1024;          // of one connection; a client's library lets more wait
constexpr std::size_t kMessageMax = 1000;  // as trailing metadata each byte may become three; clients take 8 KB of all
constexpr std::uint64_t kIntMax = std::numeric_limits<int>::max();

}  // namespace

// ---- what the services share ----

Status GrpcShared::hold(BodyBytes& held, std::size_t bytes)
{
    if (bytes > options.bodyBytesMax)
        return withHttpStatus(resourceExhausted("the request has " + std::to_string(bytes) + " bytes, more than " +
                                                std::to_string(options.bodyBytesMax) + " (limits.body_bytes_max)"),
                              413);
    const auto most = std::max(options.bodiesBytesMax, options.bodyBytesMax);
    held = BodyBytes(bodies->budget);
    return held.set(bytes, most) ? absl::OkStatus() : bodiesFull(bodies->budget.held(), most);
}

void GrpcShared::enter(GrpcStream& stream)
{
    streams.insert(&stream);
    if (std::exchange(looking, true)) return;
    net::co_spawn(strand, keepLooking(),
                  [self = shared_from_this()](const std::exception_ptr&) { self->looking = false; });
}

net::awaitable<void> GrpcShared::keepLooking()
{
    const auto self = shared_from_this();
    while (!streams.empty()) {
        const TimePoint now = clock.now();
        co_await clock.sleepUntil(now + kLookEvery);
        lookNow();
    }
}

void GrpcShared::lookNow()
{
    const TimePoint now = clock.now();
    const std::vector<GrpcStream*> all(streams.begin(), streams.end());  // a look may end its stream
    for (auto* stream : all)
        if (streams.contains(stream)) stream->look(now);
}

GrpcCaller describe(const grpc::CallbackServerContext& context, const char* route)
{
    GrpcCaller caller;
    auto& info = caller.info;
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
    const auto priority = clientPriority(field("x-millrace-priority"));
    caller.problem = priority.status();
    info.priority = priority.value_or(0);
    if (const auto id = field("x-request-id"); isSaneId(id)) caller.requestId.assign(id);
    constexpr auto kNoLimit = std::chrono::hours(24);
    const auto left = context.deadline() - std::chrono::system_clock::now();
    if (context.deadline() != std::chrono::system_clock::time_point::max() && left < kNoLimit)
        info.timeout = std::max<Duration>(std::chrono::duration_cast<Duration>(left), Duration(1ms));
    return caller;
}

void nameRequest(grpc::CallbackServerContext& context, const std::string& own, const serve::Call* call)
{
    if (!own.empty())
        context.AddInitialMetadata("x-request-id", own);
    else if (call != nullptr)
        context.AddInitialMetadata("x-request-id", "mr-" + std::to_string(call->context().id.value));
}

void addServerTiming(grpc::CallbackServerContext& context, const serve::Call& call)
{
    std::string value;
    serve::appendServerTiming(value, *call.context().trace);
    context.AddTrailingMetadata("server-timing", value);
}

grpc::Status tell(grpc::CallbackServerContext& context, const Status& status)
{
    if (status.ok()) return grpc::Status::OK;
    if (const auto after = retryAfterOf(status))
        context.AddTrailingMetadata("retry-after-ms", std::to_string(after->count()));
    std::string message = text(status);
    if (const auto field = fieldOf(status); field && !field->empty()) {
        context.AddTrailingMetadata("field", printable(*field, kNameBytesMax));
        message.insert(0, *field + ": ");
    }
    return {static_cast<grpc::StatusCode>(toGrpc(status)), washed(std::move(message), kMessageMax)};
}

Status ofException(const std::exception_ptr& error)
{
    if (!error) return absl::OkStatus();
    try {
        std::rethrow_exception(error);
    } catch (const std::exception& thrown) {
        return internal(thrown.what());
    } catch (...) {
        return internal("an unknown exception");
    }
}

// ---- the front ----

class GrpcFront::Impl {
public:
    /// Services must outlive their server, and both the calls under way.
    struct Serving {
        std::vector<std::unique_ptr<grpc::Service>> services;
        std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> connections;
        std::uint64_t messageBytesMax = 0;
        std::unique_ptr<grpc::Server> server;
    };
    /// For threads that may outlast the strand.
    struct Strands {
        Mutex mutex;
        bool there MILLRACE_GUARDED_BY(mutex) = true;
    };

    Impl(std::shared_ptr<GrpcShared> sharedIn, std::shared_ptr<GrpcAcceptor> acceptorIn)
        : shared(std::move(sharedIn)), acceptor(std::move(acceptorIn))
    {}

    const std::shared_ptr<GrpcShared> shared;
    const std::shared_ptr<GrpcAcceptor> acceptor;
    grpc::ResourceQuota memory{"millrace_front"};
    /// The last one gets the connections. gRPC fixes a server's largest message when it starts, so that a limit that is
    /// raised live needs another one; each is at least twice the one before.
    std::vector<std::shared_ptr<Serving>> servings;
    const std::shared_ptr<Strands> strands = std::make_shared<Strands>();
    bool closing = false;

    /// Messages are measured by ourselves, in words that name the limit; gRPC refuses what is beyond twice of it.
    bool reaches(std::uint64_t bodyBytes) const
    {
        return !servings.empty() &&
               (bodyBytes <= servings.back()->messageBytesMax || servings.back()->messageBytesMax == kIntMax);
    }

    Status serve()
    {
        const auto& options = shared->options;
        auto serving = std::make_shared<Serving>();
        serving->messageBytesMax = std::min(options.bodyBytesMax * 2, kIntMax);
        serving->services.push_back(makeInferenceService(shared));
        serving->services.push_back(makeStreamService(shared));
        serving->services.push_back(makeHealthService(shared));
        serving->services.push_back(makeReflectionService(false));
        serving->services.push_back(makeReflectionService(true));
        const auto ms = [](Duration span) {
            const auto count = std::chrono::duration_cast<std::chrono::milliseconds>(span).count();
            return static_cast<int>(std::clamp<std::int64_t>(count, 1000, std::numeric_limits<int>::max()));
        };

        grpc::ServerBuilder builder;
        serving->connections = builder.experimental().AddExternalConnectionAcceptor(
            grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD, grpc::InsecureServerCredentials());
        for (const auto& service : serving->services) builder.RegisterService(service.get());
        builder.SetResourceQuota(memory);
        builder.SetMaxReceiveMessageSize(static_cast<int>(serving->messageBytesMax));
        builder.SetMaxSendMessageSize(-1);
        builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kStreamsMax);
        // Who connects and says nothing, or has asked nothing for long, makes place for others.
        builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, ms(options.headerTimeout));
        builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, ms(options.keepaliveTimeout));
        // A client that pings too often has done no harm: no GOAWAY for it. We never ping.
        builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 0);
        serving->server = builder.BuildAndStart();
        if (!serving->server) return unavailable("gRPC did not start");
        servings.push_back(std::move(serving));
        return absl::OkStatus();
    }

    void hand(int listener, int socket)
    {
        grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters parameters;
        parameters.listener_fd = listener;
        parameters.fd = socket;
        servings.back()->connections->HandleNewConnection(&parameters);
    }

    void sizeMemory()
    {
        // One message always has its place, as it was sent and as it is read.
        memory.Resize(
            static_cast<std::size_t>(std::max(shared->options.bodiesBytesMax, shared->options.bodyBytesMax * 2)));
    }
};

StatusOr<std::unique_ptr<GrpcFront>> GrpcFront::create(Strand strand, Clock& clock, Registry& registry,
                                                       Journal& journal, serve::Service& service, Hooks hooks,
                                                       Options options, const std::string& address,
                                                       std::shared_ptr<Bodies> bodies)
{
    if (!bodies) bodies = makeBodies(strand, registry);
    auto acceptor = std::make_shared<GrpcAcceptor>(strand, clock, registry, journal, options.clientsMax);
    if (Status status = acceptor->listen(address); !status.ok()) return status;
    auto impl = std::make_shared<Impl>(
        std::make_shared<GrpcShared>(strand, clock, service, std::move(hooks), std::move(options), std::move(bodies)),
        acceptor);
    impl->sizeMemory();
    if (Status status = impl->serve(); !status.ok()) return status;
    acceptor->start([weak = std::weak_ptr(impl)](int listener, int socket) {
        if (const auto here = weak.lock()) here->hand(listener, socket);
    });
    return std::unique_ptr<GrpcFront>(new GrpcFront(std::move(impl)));
}

GrpcFront::GrpcFront(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

GrpcFront::~GrpcFront()
{
    impl_->shared->bodies->offLoop.stop();
    impl_->acceptor->stop();
    {
        const MutexLock lock(impl_->strands->mutex);
        impl_->strands->there = false;
    }
    for (const auto& serving : impl_->servings) {
        if (!serving->server) continue;
        auto shutDown = [serving] { serving->server->Shutdown(std::chrono::system_clock::now()); };
        // Not closed: calls still need the strand, which this thread may be. Whoever waits for them must be another.
        if (impl_->acceptor->accepted())
            std::thread(std::move(shutDown)).detach();
        else
            shutDown();
    }
}

void GrpcFront::apply(Options options)
{
    impl_->acceptor->setMax(options.clientsMax);
    impl_->shared->options = std::move(options);
    impl_->sizeMemory();
    if (!impl_->closing && !impl_->reaches(impl_->shared->options.bodyBytesMax))
        static_cast<void>(impl_->serve());  // else the old limit holds, and says so
}

const std::string& GrpcFront::address() const
{
    return impl_->acceptor->address();
}

std::uint16_t GrpcFront::port() const
{
    return impl_->acceptor->port();
}

bool GrpcFront::closed() const
{
    return std::all_of(impl_->servings.begin(), impl_->servings.end(),
                       [](const auto& serving) { return !serving->server; });
}

net::awaitable<void> GrpcFront::drain()
{
    const auto impl = impl_;
    impl->shared->draining = true;
    impl->shared->lookNow();
    impl->shared->work.close();
    co_await impl->shared->work.emptied();
}

net::awaitable<void> GrpcFront::close(TimePoint deadline)
{
    const auto impl = impl_;
    if (std::exchange(impl->closing, true)) co_return;
    impl->shared->draining = true;
    impl->acceptor->stop();
    const std::vector<GrpcStream*> streams(impl->shared->streams.begin(), impl->shared->streams.end());
    for (auto* stream : streams)
        if (impl->shared->streams.contains(stream)) stream->close();
    const auto left = std::max(Duration{}, deadline - impl->shared->clock.now());
    const auto until =
        std::chrono::system_clock::now() + std::chrono::duration_cast<std::chrono::system_clock::duration>(left);
    std::vector<OneShot<bool>> ends;
    for (const auto& serving : impl->servings) {
        OneShot<bool> ended;
        ends.push_back(ended);
        // Shutdown waits for calls that need this thread to end.
        std::thread([serving, until, ended, strands = impl->strands, strand = impl->shared->strand] {
            serving->server->Shutdown(until);
            const MutexLock lock(strands->mutex);
            if (strands->there) net::post(strand, [ended] { ended.set(true); });
        }).detach();
    }
    for (const auto& ended : ends) co_await ended.wait();
    for (const auto& serving : impl->servings) serving->server.reset();
}

}  // namespace millrace::front
