// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "base/on_strand.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace millrace::http {

/// Accepts connections on a TCP address, or on a Unix socket, whose file it creates with mode 0600; the caller removes
/// it.
///
///     auto listener = std::make_shared<Listener>(strand, clock, [server](Listener::Socket socket, bool local) {
///         server->accept(std::move(socket), local);
///     });
///     if (Status status = listener->listen("127.0.0.1", 11500); !status.ok()) return status;
///
/// Owner:  a server.    Thread: the strand.
/// Bound:  none: the receiver drops what exceeds its limit.
/// Stop:   stop() accepts no more; accepted sockets belong to the receiver.
/// Not here: which addresses are allowed (base/loopback.h).
class Listener final : public std::enable_shared_from_this<Listener> {
public:
    using Socket = boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol, Strand>;
    /// `local`: accepted on the Unix socket.
    using Take = std::function<void(Socket socket, bool local)>;

    Listener(Strand strand, Clock& clock, Take take);

    /// `host`: an IP address, with port 0 for any free port; or the path of a Unix socket, beginning with '/'.
    /// `purpose` is appended to the error for an address in use: " (gRPC)". REQUIRES: called once, and a shared_ptr
    /// owns this.
    Status listen(const std::string& host, std::uint16_t port, const char* purpose = "");
    /// The port in use; 0: a Unix socket, or stopped.
    std::uint16_t port() const;
    void stop();

private:
    using Tcp = boost::asio::ip::tcp;
    using Local = boost::asio::local::stream_protocol;
    template <typename Protocol>
    using Acceptor = boost::asio::basic_socket_acceptor<Protocol, Strand>;

    template <typename Protocol>
    Status listenOn(Acceptor<Protocol>& acceptor, const typename Protocol::endpoint& endpoint,
                    const std::string& where);
    template <typename Protocol>
    static boost::asio::awaitable<void> accept(std::shared_ptr<Listener> self, Acceptor<Protocol>& acceptor);

    const Strand strand_;
    Clock& clock_;
    Take take_;
    Acceptor<Tcp> tcp_;
    Acceptor<Local> local_;
    bool stopped_ = false;
};

/// Calls listen() on `server` and returns it as its interface, or the error.
template <typename Server, typename Made>
StatusOr<std::unique_ptr<Server>> listening(std::unique_ptr<Made> server, const std::string& host, std::uint16_t port)
{
    if (Status status = server->listen(host, port); !status.ok()) return status;
    return std::unique_ptr<Server>(std::move(server));
}

}  // namespace millrace::http
