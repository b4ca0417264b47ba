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

/// Accepts connections at an address of this machine, or at a Unix socket, whose file is made for its owner alone
/// (0600) and is the caller's to remove.
///
/// Owner:  a server.    Thread: the loop.    Bound: none; whoever is handed one too many drops it.
/// Stop:   stop() accepts no more; what was handed over is the server's.
class Listener final : public std::enable_shared_from_this<Listener> {
public:
    using Socket = boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol, Strand>;
    /// `local`: over the Unix socket.
    using Take = std::function<void(Socket socket, bool local)>;

    Listener(Strand strand, Clock& clock, Take take);

    /// `host`: an address, port 0: any; or the path of a Unix socket, which is made. `purpose` ends the error of a
    /// place that is taken: " (gRPC)", or nothing. Once.
    Status listen(const std::string& host, std::uint16_t port, const char* purpose = "");
    /// 0: it is a Unix socket, or stopped.
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

/// A server that listens, as the interface that its owner knows; or why it does not.
template <typename Server, typename Made>
StatusOr<std::unique_ptr<Server>> listening(std::unique_ptr<Made> server, const std::string& host, std::uint16_t port)
{
    if (Status status = server->listen(host, port); !status.ok()) return status;
    return std::unique_ptr<Server>(std::move(server));
}

}  // namespace millrace::http
