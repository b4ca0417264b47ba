// SPDX-License-Identifier: GPL-3.0-or-later
#include "front/http_front.h"

#include "front/http2_stream.h"
#include "front/http_session.h"
#include "front/http_state.h"
#include "front/http_text.h"
#include "front/kserve_read.h"
#include "phrases.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <array>
#include <exception>
#include <sys/socket.h>

namespace millrace::front {

namespace {

constexpr Duration kAcceptPause = 50ms;  // after a failure such as too many open files
constexpr Duration kNoteEvery = 10s;
constexpr Duration kBodiesDraining = 500ms;  // for bodies still arriving when the service drains
constexpr std::size_t kDrainedMax = 65536;   // bytes read from a rejected client

}  // namespace

std::string exceptionText(const std::exception_ptr& error)
{
    try {
        std::rethrow_exception(error);
    } catch (const std::exception& thrown) {
        return thrown.what();
    } catch (...) {
        return "unknown exception";
    }
}

std::shared_ptr<Bodies> makeBodies(Strand strand, Registry& registry)
{
    return std::make_shared<Bodies>(std::move(strand), registry);
}

// ---- shared state ----

HttpFront::State::State(Strand strandIn, Clock& clockIn, Registry& registryIn, EventLog& journalIn,
                        serve::Service& serviceIn, Hooks hooksIn, Options optionsIn, std::shared_ptr<Bodies> bodiesIn)
    : strand(strandIn),
      clock(clockIn),
      registry(registryIn),
      eventLog(journalIn),
      service(serviceIn),
      hooks(std::move(hooksIn)),
      bodies(bodiesIn ? std::move(bodiesIn) : makeBodies(strandIn, registryIn)),
      handlers(service, hooks, bodies->offLoop),
      accepted(registry.counter("millrace_front_connections_accepted_total",
                                "Client connections accepted at the HTTP address.")),
      options(std::make_shared<const Options>(std::move(optionsIn))),
      acceptor(strandIn),
      connections(strandIn, clockIn,
                  &registry.gauge("millrace_front_connections", "Open client connections (HTTP/1.1)."))
{}

Status HttpFront::State::listen(const std::string& where)
{
    if (Status status = checkProcessor(); !status.ok()) return status;
    auto listening = listenOn(acceptor, where);
    if (!listening.ok()) return listening.status();
    port = listening->port;
    address = std::move(listening->address);
    return absl::OkStatus();
}

net::awaitable<void> HttpFront::State::accept()
{
    const auto self = shared_from_this();
    const auto pass = gate.enter();
    while (!draining) {
        auto [ec, socket] = co_await acceptor.async_accept(net::as_tuple(net::use_awaitable));
        if (draining || ec == net::error::operation_aborted) break;
        if (ec) {
            if (ec != net::error::connection_aborted) {
                const auto now = clock.now();
                if (now - lastRejectLog >= kNoteEvery) {
                    lastRejectLog = now;
                    eventLog.append(Severity::Error, "accept_failed", address,
                                    say(Phrase::CannotAccept, Value::quote(ec.message())));
                }
                co_await clock.sleepUntil(now + kAcceptPause);
            }
            continue;
        }
        if (connections.size() < options->clientsMax) accepted.add();
        take(std::move(socket));
        // What has come with this connection is read, and sent on, before the kernel is asked for the next one.
        co_await net::post(strand, net::use_awaitable);
    }
}

void HttpFront::State::take(net::basic_stream_socket<net::ip::tcp, Strand> socket, std::string_view received)
{
    if (draining) return;
    if (connections.size() >= options->clientsMax) return rejectConnection(socket);
    const auto self = shared_from_this();
    auto session = std::make_shared<HttpSession>(self, std::move(socket), received);
    net::co_spawn(strand, session->run(), [self, session](const std::exception_ptr& error) {
        if (error) {
            session->fail(exceptionText(error));
            self->eventLog.append(Severity::Error, "front_failed", self->address, exceptionText(error));
        }
    });
}

void HttpFront::State::rejectConnection(net::basic_stream_socket<net::ip::tcp, Strand>& socket)
{
    refused("clients");
    const auto now = clock.now();
    const std::string message =
        std::to_string(connections.size()) + " client connections are open (limits.clients_max)";
    if (now - lastRejectLog >= kNoteEvery) {
        lastRejectLog = now;
        eventLog.append(Severity::Warning, "clients_refused", address, say(Phrase::ClientsRefused, connections.size()));
    }
    const std::string body = errorBody(Dialect::OpenAi, unavailable(message));
    const std::string answer = "HTTP/1.1 " + statusLine(503) +
                               "Content-Type: application/json\r\nRetry-After: 1\r\nServer: millrace\r\n"
                               "Connection: close\r\nContent-Length: " +
                               std::to_string(body.size()) + "\r\n\r\n" + body;
    boost::system::error_code ec;
    socket.non_blocking(true, ec);
    socket.write_some(net::buffer(answer), ec);
    socket.shutdown(net::socket_base::shutdown_send, ec);
    // Unread input would turn close() into a reset, which discards the answer. A client's first request is small.
    std::array<char, 4096> unread;
    for (std::size_t turns = kDrainedMax / unread.size(); turns > 0; --turns)
        if (::recv(socket.native_handle(), unread.data(), unread.size(), MSG_DONTWAIT) <= 0) break;
    socket.close(ec);
}

void HttpFront::State::beginWork(HttpSession& session)
{
    session.workingPlace = working.size();
    working.push_back(&session);
    if (std::exchange(ticking, true)) return;
    net::co_spawn(strand, tick(), [self = shared_from_this()](const std::exception_ptr& error) {
        if (error) self->ticking = false;
    });
}

void HttpFront::State::endWork(HttpSession& session)
{
    const std::size_t place = session.workingPlace;
    if (place >= working.size() || working[place] != &session) return;
    working.back()->workingPlace = place;
    std::swap(working[place], working.back());
    working.pop_back();
}

net::awaitable<void> HttpFront::State::tick()
{
    const auto self = shared_from_this();
    const auto pass = gate.enter();
    while (!working.empty()) {
        renewSignature();
        const TimePoint now = clock.now();
        co_await clock.sleepUntil(now + kTickEvery);
        // Effects of a tick are posted, so the list does not change during the iteration.
        for (std::size_t i = 0; i < working.size(); ++i) working[i]->tick(clock.now());
    }
    ticking = false;
}

void HttpFront::State::stopListening()
{
    draining = true;
    boost::system::error_code ignored;
    acceptor.close(ignored);
}

void HttpFront::State::limitBodies()
{
    if (connections.bodiesUntil() == TimePoint::max()) connections.limitBodies(clock.now() + kBodiesDraining);
}

const std::string& HttpFront::State::date()
{
    if (!ticking) renewSignature();
    return date_;
}

const std::string& HttpFront::State::signature()
{
    if (!ticking) renewSignature();
    return signature_;
}

void HttpFront::State::renewSignature()
{
    const std::int64_t second = clock.unixMs() / 1000;
    if (second == signatureSecond_) return;
    signatureSecond_ = second;
    date_ = httpDate(second);
    signature_ = "Server: millrace\r\nDate: " + date_ + "\r\n";
}

std::string HttpFront::State::nextRequestId()
{
    return "mr-page-" + std::to_string(++requests_);
}

void HttpFront::State::refused(const char* reason)
{
    registry
        .counter("millrace_front_refused_total", "Connections and requests refused before they were served.",
                 {{"reason", reason}})
        .add();
}

Status HttpFront::State::bodiesAreFull(const Options& of)
{
    refused("bodies");
    return bodiesFull(bodies->budget.held(), of.bodiesMost());
}

// ---- HttpFront ----

StatusOr<std::unique_ptr<HttpFront>> HttpFront::create(Strand strand, Clock& clock, Registry& registry,
                                                       EventLog& eventLog, serve::Service& service, Hooks hooks,
                                                       Options options, const std::string& address,
                                                       std::shared_ptr<Bodies> bodies)
{
    auto state = std::make_shared<State>(strand, clock, registry, eventLog, service, std::move(hooks),
                                         std::move(options), std::move(bodies));
    if (Status status = state->listen(address); !status.ok()) return status;
    net::co_spawn(strand, state->accept(), [state](const std::exception_ptr& error) {
        if (error) state->eventLog.append(Severity::Error, "front_failed", state->address, exceptionText(error));
    });
    return std::unique_ptr<HttpFront>(new HttpFront(std::move(state)));
}

HttpFront::HttpFront(std::shared_ptr<State> state) : state_(std::move(state)) {}

HttpFront::~HttpFront()
{
    abort();
    state_->bodies->offLoop.stop();
}

void HttpFront::apply(Options options)
{
    state_->options = std::make_shared<const Options>(std::move(options));
}

const std::string& HttpFront::address() const
{
    return state_->address;
}

std::uint16_t HttpFront::port() const
{
    return state_->port;
}

std::uint32_t HttpFront::clients() const
{
    return static_cast<std::uint32_t>(state_->connections.size());
}

void HttpFront::beginDrain()
{
    state_->limitBodies();
}

net::awaitable<void> HttpFront::drain()
{
    const auto state = state_;
    state->stopListening();
    state->limitBodies();
    state->connections.stop();
    state->gate.close();
    co_await state->gate.emptied();
}

void HttpFront::abort()
{
    state_->stopListening();
    const std::string why = "the engine is stopping";
    state_->connections.abort(why);
    for (auto* stream : std::vector<Http2Stream*>(state_->http2Streams.begin(), state_->http2Streams.end()))
        if (state_->http2Streams.contains(stream)) stream->abort(why);
}

}  // namespace millrace::front
