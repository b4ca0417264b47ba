// SPDX-License-Identifier: GPL-3.0-or-later
#include "front/grpc_acceptor.h"

#include "http/h2_refusal.h"
#include "phrases.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace millrace::front {

namespace {

constexpr auto kTuple = net::as_tuple(net::use_awaitable);
constexpr Duration kAcceptPause = 50ms;  // after a failure such as too many open files
constexpr Duration kFailureEvery = 10s;
constexpr Duration kFullEvery = 1min;
constexpr int kBurst = 64;  // accepted in a row before yielding

}  // namespace

GrpcAcceptor::GrpcAcceptor(Strand strand, Clock& clock, Registry& registry, EventLog& eventLog, std::uint32_t most,
                           std::function<std::size_t()> open)
    : strand_(strand),
      clock_(clock),
      eventLog_(eventLog),
      open_(std::move(open)),
      accepted_(registry.counter("millrace_front_grpc_connections_accepted_total",
                                 "Client connections accepted at the gRPC address.")),
      refused_(registry.counter("millrace_front_refused_total",
                                "Connections and requests refused before they were served.",
                                {{"reason", "grpc_clients"}})),
      acceptor_(strand),
      most_(most)
{}

Status GrpcAcceptor::listen(const std::string& where)
{
    auto listening = listenOn(acceptor_, where, " for gRPC");
    if (!listening.ok()) return listening.status();
    boost::system::error_code ec;
    acceptor_.native_non_blocking(true, ec);
    if (ec) return unavailable("cannot listen on " + where + " for gRPC: " + ec.message());
    port_ = listening->port;
    address_ = std::move(listening->address);
    return absl::OkStatus();
}

void GrpcAcceptor::start(Hand hand)
{
    hand_ = std::move(hand);
    net::co_spawn(strand_, accept(shared_from_this()), net::detached);
}

void GrpcAcceptor::stop()
{
    stopped_ = true;
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    hand_ = nullptr;
}

net::awaitable<void> GrpcAcceptor::accept(std::shared_ptr<GrpcAcceptor> self)
{
    while (!self->stopped_) {
        const auto [ec] = co_await self->acceptor_.async_wait(Acceptor::wait_read, kTuple);
        if (self->stopped_ || ec) co_return;
        bool failed = false;
        for (int i = 0; i < kBurst; ++i) {
            const int socket =
                ::accept4(self->acceptor_.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (socket >= 0) {
                self->take(socket);
                if (self->stopped_) co_return;
                continue;
            }
            if (errno == EINTR || errno == ECONNABORTED) continue;
            failed = errno != EAGAIN && errno != EWOULDBLOCK;
            break;
        }
        if (!failed) continue;
        const auto now = self->clock_.now();
        if (now - self->lastFailureLog_ >= kFailureEvery) {
            self->lastFailureLog_ = now;
            self->eventLog_.append(Severity::Error, "accept_failed", self->address_,
                                   say(Phrase::CannotAccept, Value::quote(std::strerror(errno))));
        }
        co_await self->clock_.sleepUntil(now + kAcceptPause);
    }
}

void GrpcAcceptor::take(int socket)
{
    if (open_() >= most_) return rejectConnection(socket);
    boost::system::error_code ec;
    const auto local = acceptor_.local_endpoint(ec);
    http::H2Connection::Socket taken(strand_);
    if (!ec) taken.assign(local.protocol(), socket, ec);
    if (ec) {
        ::close(socket);
        return;
    }
    accepted_.add();
    hand_(std::move(taken));
}

void GrpcAcceptor::rejectConnection(int socket)
{
    refused_.add();
    const auto open = open_();
    const std::string message = std::to_string(open) + " client connections are open (limits.clients_max)";
    const auto now = clock_.now();
    if (lastFullLog_ == TimePoint{} || now - lastFullLog_ >= kFullEvery) {
        lastFullLog_ = now;
        eventLog_.append(Severity::Warning, "clients_refused", address_, say(Phrase::ClientsRefused, open));
    }
    http::refuseH2(socket, message);
    ::close(socket);
}

}  // namespace millrace::front
