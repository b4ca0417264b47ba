// SPDX-License-Identifier: GPL-3.0-or-later
#include "front/grpc_acceptor.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace millrace::front {

namespace {

constexpr auto kTuple = net::as_tuple(net::use_awaitable);
constexpr Duration kAcceptPause = 50ms;  // after a failure such as too many open files
constexpr Duration kFailureEvery = 10s;
constexpr Duration kFullEvery = 1min;
constexpr Duration kCountEvery = 1s;
constexpr int kBurst = 64;  // accepted in a row before others get their turn

std::uint64_t inodeOf(int socket)
{
    struct stat about = {};
    return ::fstat(socket, &about) == 0 && S_ISSOCK(about.st_mode) ? about.st_ino : 0;
}

/// A frame of HTTP/2 on stream 0 (RFC 9113, 4.1).
std::string frame(char type, const std::string& payload)
{
    const auto size = payload.size();
    std::string out{static_cast<char>(size >> 16), static_cast<char>(size >> 8), static_cast<char>(size), type};
    return out.append(5, '\0') + payload;
}

}  // namespace

GrpcAcceptor::GrpcAcceptor(Strand strand, Clock& clock, Registry& registry, Journal& journal, std::uint32_t most)
    : strand_(strand),
      clock_(clock),
      journal_(journal),
      connections_(
          registry.gauge("millrace_front_grpc_connections", "Open client connections (gRPC), counted once a second.")),
      accepted_(
          registry.counter("millrace_front_grpc_connections_accepted_total", "Client connections accepted (gRPC).")),
      refused_(registry.counter("millrace_front_refused_total",
                                "Connections and requests refused before they were served.",
                                {{"reason", "grpc_clients"}})),
      acceptor_(strand),
      most_(most),
      counting_(strand, clock, [this] { count(); })
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
    counting_.stop();
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
                continue;
            }
            if (errno == EINTR || errno == ECONNABORTED) continue;
            failed = errno != EAGAIN && errno != EWOULDBLOCK;
            break;
        }
        if (!failed) continue;
        const auto now = self->clock_.now();
        if (now - self->failureNoted_ >= kFailureEvery) {
            self->failureNoted_ = now;
            self->journal_.note(Severity::Error, "accept_failed", self->address_,
                                std::string("cannot accept connections: ") + std::strerror(errno));
        }
        co_await self->clock_.sleepUntil(now + kAcceptPause);
    }
}

void GrpcAcceptor::take(int socket)
{
    if (open_.size() >= most_) forgetClosed();
    if (open_.size() >= most_) return turnAway(socket);
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    open_[socket] = inodeOf(socket);
    accepted_.add();
    connections_.set(static_cast<double>(open_.size()));
    counting_.at(clock_.now() + kCountEvery);
    hand_(acceptor_.native_handle(), socket);
}

void GrpcAcceptor::turnAway(int socket)
{
    refused_.add();
    const std::string message = std::to_string(open_.size()) + " client connections are open (limits.clients_max)";
    const auto now = clock_.now();
    if (fullNoted_ == TimePoint{} || now - fullNoted_ >= kFullEvery) {
        fullNoted_ = now;
        journal_.note(Severity::Warning, "clients_refused", address_, message + "; more are refused");
    }
    // GOAWAY: the last stream served is 0, ENHANCE_YOUR_CALM, the reason (RFC 9113, 6.8).
    const std::string why{'\0', '\0', '\0', '\0', '\0', '\0', '\0', '\x0b'};
    const std::string answer = frame('\x04', "") + frame('\x07', why + message);
    static_cast<void>(::send(socket, answer.data(), answer.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
    ::shutdown(socket, SHUT_WR);
    // Bytes that stay unread would make the kernel take the answer back. A client's first ones are few.
    std::array<char, 4096> unread;
    static_cast<void>(::recv(socket, unread.data(), unread.size(), MSG_DONTWAIT));
    ::close(socket);
}

void GrpcAcceptor::forgetClosed()
{
    std::erase_if(open_, [](const auto& entry) { return inodeOf(entry.first) != entry.second; });
    connections_.set(static_cast<double>(open_.size()));
}

void GrpcAcceptor::count()
{
    forgetClosed();
    if (!open_.empty()) counting_.at(clock_.now() + kCountEvery);
}

}  // namespace millrace::front
