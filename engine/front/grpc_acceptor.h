// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "base/event_log.h"
#include "base/metrics.h"
#include "base/on_strand.h"
#include "front/listen.h"
#include "http/h2_connection.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace millrace::front {

/// Accepts TCP connections for gRPC, and limits their number.
///
/// Owner:  GrpcFront.    Thread: the strand.
/// Bound:  setMax(); connections beyond it get a GOAWAY and are closed, counted, and reported by at most one event a
///         minute.
/// Stop:   stop() accepts no more; existing connections belong to their sessions.
class GrpcAcceptor final : public std::enable_shared_from_this<GrpcAcceptor> {
public:
    using Hand = std::function<void(http::H2Connection::Socket socket)>;

    /// `open` returns the current number of connections.
    GrpcAcceptor(Strand strand, Clock& clock, Registry& registry, EventLog& eventLog, std::uint32_t most,
                 std::function<std::size_t()> open);

    /// `where`: "127.0.0.1:11501", "[::1]:0"; loopback only.
    Status listen(const std::string& where);
    /// REQUIRES: after listen(). Nothing is accepted before the strand runs.
    void start(Hand hand);
    void stop();
    void setMax(std::uint32_t most) { most_ = most; }
    /// Refuses and counts a connection beyond the limit; the caller closes `socket`.
    void rejectConnection(int socket);

    const std::string& address() const { return address_; }
    std::uint16_t port() const { return port_; }

private:
    static boost::asio::awaitable<void> accept(std::shared_ptr<GrpcAcceptor> self);
    void take(int socket);

    // fixed after construction
    const Strand strand_;
    Clock& clock_;
    EventLog& eventLog_;
    const std::function<std::size_t()> open_;
    Counter& accepted_;
    Counter& refused_;
    std::string address_;
    std::uint16_t port_ = 0;
    Hand hand_;

    // strand only
    Acceptor acceptor_;
    std::uint32_t most_;
    bool stopped_ = false;
    TimePoint lastFullLog_{}, lastFailureLog_{};
};

}  // namespace millrace::front
