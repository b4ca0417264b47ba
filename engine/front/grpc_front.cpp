// SPDX-License-Identifier: GPL-3.0-or-later
#include "front/grpc_front.h"

#include "base/text.h"
#include "front/grpc_acceptor.h"
#include "front/grpc_health.h"
#include "front/grpc_inference.h"
#include "front/grpc_reflection.h"
#include "front/grpc_shared.h"
#include "front/grpc_stream.h"
#include "front/http2_stream.h"
#include "front/http_front.h"
#include "front/http_text.h"
#include "serve/server_timing.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <sys/socket.h>
#include <vector>

namespace millrace::front {

namespace {

constexpr Duration kLookEvery = 200ms;
constexpr Duration kCloseEvery = 5ms;  // interval of checks while the front closes
constexpr Duration kIdleLeast = 1s;    // time for a client's first request

http::GrpcServerLimits grpcLimits(const Options& options)
{
    http::GrpcServerLimits limits;
    limits.h2.streamsMax = GrpcFront::kCallsMax;
    limits.h2.headerListBytesMax = options.headerBytesMax;
    limits.timeouts.greeting = options.headerTimeout;
    limits.timeouts.idle = std::max<Duration>(options.keepaliveTimeout, kIdleLeast);
    limits.timeouts.written = options.bodyTimeout;
    limits.messageBytesMax = options.bodyBytesMax;
    limits.messagesBytesMax = options.bodiesBytesMax;
    limits.messageTimeout = options.bodyTimeout;
    return limits;
}

}  // namespace

// ---- shared state ----

GrpcShared::GrpcShared(Strand strandIn, Clock& clockIn, Registry& registryIn, serve::Service& serviceIn, Hooks hooksIn,
                       Options optionsIn, std::shared_ptr<Bodies> bodiesIn)
    : GrpcServer(strandIn, clockIn, bodiesIn->budget, grpcLimits(optionsIn)),
      registry(registryIn),
      service(serviceIn),
      hooks(std::move(hooksIn)),
      bodies(std::move(bodiesIn)),
      handlers(service, hooks, bodies->offLoop),
      connectionsGauge(registry.gauge("millrace_front_grpc_connections", "Open client connections (HTTP/2 and gRPC).")),
      options(std::move(optionsIn)),
      looking(strandIn, clockIn, [this] {
          lookNow();
          tick();
          refreshHealth();
      })
{}

void GrpcShared::apply(Options given)
{
    options = std::move(given);
    setLimits(grpcLimits(options));
}

Status GrpcShared::messageTooLarge(std::uint64_t bytes) const
{
    return withHttpStatus(resourceExhausted("the request has " + std::to_string(bytes) + " bytes, more than " +
                                            std::to_string(options.bodyBytesMax) + " (limits.body_bytes_max)"),
                          413);
}

Status GrpcShared::messagesFull() const
{
    return bodiesFull(budget.held(), std::max(options.bodiesBytesMax, options.bodyBytesMax));
}

Status GrpcShared::messageLate() const
{
    return httpRefusal(408, "the request did not arrive in time (limits.body_timeout_ms)");
}

std::string GrpcShared::headersTooLarge() const
{
    return "the header fields have more than " + std::to_string(options.headerBytesMax) +
           " bytes (limits.header_bytes_max)";
}

void GrpcShared::onConnected()
{
    connectionsGauge.set(static_cast<double>(connections()));
    refreshHealth();
}

void GrpcShared::onDisconnected(const Status& why)
{
    connectionsGauge.set(static_cast<double>(connections()));
    if (absl::IsDeadlineExceeded(why))
        refused("grpc_greeting");
    else if (absl::IsInvalidArgument(why) || absl::IsResourceExhausted(why))
        refused("grpc_protocol");
}

std::unique_ptr<http::H2Service> GrpcShared::serviceFor(const http::H2Peer& peer)
{
    if (!http) return nullptr;
    return std::make_unique<Http2Service>(http, peer);
}

void GrpcShared::onOther(http::H2Connection::Socket socket, std::string received)
{
    boost::system::error_code ec;
    const bool v6 = socket.local_endpoint(ec).protocol().family() == AF_INET6;
    net::basic_stream_socket<net::ip::tcp, Strand> taken(strand);
    const int handle = socket.release(ec);
    if (!ec) taken.assign(v6 ? net::ip::tcp::v6() : net::ip::tcp::v4(), handle, ec);
    if (!ec) http->take(std::move(taken), received);
}

void GrpcShared::refused(const char* reason)
{
    registry
        .counter("millrace_front_refused_total", "Connections and requests refused before they were served.",
                 {{"reason", reason}})
        .add();
}

/// Ticks while there are connections or streams.
void GrpcShared::refreshHealth()
{
    if (connections() > 0) looking.at(clock.now() + kLookEvery);
}

void GrpcShared::lookNow()
{
    const TimePoint now = clock.now();
    const std::vector<GrpcStream*> all(streams.begin(), streams.end());  // a copy: look() may end its stream
    for (auto* stream : all)
        if (streams.contains(stream)) stream->look(now);
}

namespace {

/// Caches the latest caller's name, which is mostly also the next one's. Thread: the strand.
const SharedText& nameOf(std::string_view agent, std::uint16_t port)
{
    struct Known {
        std::string agent;
        std::uint16_t port = 0;
        SharedText name;
    };
    constexpr std::size_t kKnown = 64, kAgentBytesMax = 256;
    thread_local std::array<Known, kKnown> all;
    Known& known = all[port % kKnown];
    if (known.name.empty() || known.port != port || known.agent != agent) {
        known = {std::string(agent.substr(0, kAgentBytesMax)), port, clientName(agent, "grpc", port)};
    }
    return known.name;
}

}  // namespace

GrpcCaller describe(const GrpcCall& call, const SharedText& route)
{
    GrpcCaller caller;
    auto& info = caller.info;
    info.client = nameOf(call.field("user-agent"), call.port());
    info.route = route;
    info.own = call.field("x-millrace-own") == "1";
    const auto priority = clientPriority(call.field("x-millrace-priority"));
    caller.problem = priority.status();
    info.priority = priority.value_or(0);
    if (const auto id = call.field("x-request-id"); isValidRequestId(id)) caller.requestId.assign(id);
    if (const auto left = call.timeLeft()) info.timeout = std::max<Duration>(*left, 1ms);
    if (call.timeoutUnreadable())
        caller.problem =
            withField(invalidArgument("must be up to eight digits and a unit: H, M, S, m, u or n"), "grpc-timeout");
    return caller;
}

void nameRequest(GrpcCall& call, const std::string& own, const serve::Call* counted)
{
    if (!own.empty())
        call.addInitial("x-request-id", own);
    else if (counted != nullptr)
        call.addInitial("x-request-id", "mr-" + std::to_string(counted->context().id.value));
}

void addServerTiming(GrpcCall& call, const serve::Call& counted)
{
    std::string value;
    value.reserve(128);
    serve::appendServerTiming(value, *counted.context().trace);
    call.addTrailing("server-timing", value);
}

GrpcStatus toGrpcStatus(GrpcCall& call, const Status& status)
{
    if (status.ok()) return {};
    if (const auto after = retryAfterOf(status)) call.addTrailing("retry-after-ms", std::to_string(after->count()));
    std::string message = text(status);
    if (const auto field = fieldOf(status); field && !field->empty()) {
        call.addTrailing("field", printable(*field, kNameBytesMax));
        message.insert(0, *field + ": ");
    }
    return {toGrpc(status), std::move(message)};
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
    Impl(std::shared_ptr<GrpcShared> sharedIn, std::shared_ptr<GrpcAcceptor> acceptorIn)
        : shared(std::move(sharedIn)), acceptor(std::move(acceptorIn))
    {
        addInferenceMethods(shared->methods, shared);
        addStreamMethods(shared->methods, shared);
        addHealthMethods(shared->methods, shared);
        addReflectionMethods(shared->methods);
    }

    void abort() { shared->abort(unavailable("the engine is stopping")); }
    void take(http::H2Connection::Socket socket, std::string_view received)
    {
        boost::system::error_code ec;
        if (closing) return;
        if (shared->connections() < shared->options.clientsMax)
            shared->serve(std::move(socket), received);
        else if (const int handle = socket.release(ec); !ec)
            acceptor->rejectConnection(handle);
    }

    const std::shared_ptr<GrpcShared> shared;
    const std::shared_ptr<GrpcAcceptor> acceptor;
    bool closing = false, closed = false;
};

StatusOr<std::unique_ptr<GrpcFront>> GrpcFront::create(Strand strand, Clock& clock, Registry& registry,
                                                       EventLog& eventLog, serve::Service& service, Hooks hooks,
                                                       Options options, const std::string& address,
                                                       std::shared_ptr<Bodies> bodies)
{
    if (!bodies) bodies = makeBodies(strand, registry);
    const auto clientsMax = options.clientsMax;
    auto shared = std::make_shared<GrpcShared>(strand, clock, registry, service, std::move(hooks), std::move(options),
                                               std::move(bodies));
    auto acceptor = std::make_shared<GrpcAcceptor>(strand, clock, registry, eventLog, clientsMax,
                                                   [shared] { return shared->connections(); });
    if (Status status = acceptor->listen(address); !status.ok()) return status;
    auto impl = std::make_shared<Impl>(std::move(shared), acceptor);
    acceptor->start([weak = std::weak_ptr(impl)](http::H2Connection::Socket socket) {
        if (const auto here = weak.lock()) here->shared->serve(std::move(socket));
    });
    return std::unique_ptr<GrpcFront>(new GrpcFront(std::move(impl)));
}

GrpcFront::GrpcFront(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

GrpcFront::~GrpcFront()
{
    impl_->acceptor->stop();
    impl_->abort();
    impl_->shared->bodies->offLoop.stop();
}

void GrpcFront::join(HttpFront& http)
{
    impl_->shared->http = http.state_;
    http.state_->takeHttp2 = [weak = std::weak_ptr(impl_)](http::H2Connection::Socket socket,
                                                           std::string_view received) {
        if (const auto here = weak.lock()) here->take(std::move(socket), received);
    };
}

void GrpcFront::apply(Options options)
{
    impl_->acceptor->setMax(options.clientsMax);
    impl_->shared->apply(std::move(options));
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
    return impl_->closed;
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
    GrpcShared& shared = *impl->shared;
    shared.draining = true;
    impl->acceptor->stop();
    const std::vector<GrpcStream*> streams(shared.streams.begin(), shared.streams.end());
    for (auto* stream : streams)
        if (shared.streams.contains(stream)) stream->close();
    shared.closeGently();
    // HTTP answers in progress are cut off by HttpFront, like those over HTTP/1.1.
    const auto goesOn = [&] { return shared.http && !shared.http->http2Streams.empty(); };
    while (shared.connections() > 0 && (shared.clock.now() < deadline || goesOn())) {
        co_await shared.clock.sleepUntil(shared.clock.now() + kCloseEvery);
        shared.tick();
    }
    impl->abort();
    shared.calls.close();
    co_await shared.calls.emptied();
    shared.looking.stop();
    impl->closed = true;
}

}  // namespace millrace::front
