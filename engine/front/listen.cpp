// SPDX-License-Identifier: GPL-3.0-or-later
#include "front/listen.h"

#include "base/loopback.h"

#include <boost/asio/ip/address.hpp>

#include <fcntl.h>

namespace millrace::front {

namespace net = boost::asio;

StatusOr<Listening> listenOn(Acceptor& acceptor, const std::string& where, const char* purpose)
{
    const auto parsed = parseLoopback(where);
    if (!parsed.ok()) return parsed.status();
    boost::system::error_code ec;
    const auto ip = net::ip::make_address(parsed->ip(), ec);
    if (ec) return invalidArgument("'" + where + "' is not an IP address: " + ec.message());
    const net::ip::tcp::endpoint endpoint(ip, parsed->port);
    acceptor.open(endpoint.protocol(), ec);
    if (!ec) ::fcntl(acceptor.native_handle(), F_SETFD, FD_CLOEXEC);
    if (!ec) acceptor.set_option(net::socket_base::reuse_address(true), ec);
    if (!ec) acceptor.bind(endpoint, ec);
    if (!ec) acceptor.listen(net::socket_base::max_listen_connections, ec);
    if (ec) return unavailable("cannot listen on " + where + purpose + ": " + ec.message());
    Listening out;
    out.port = acceptor.local_endpoint(ec).port();
    out.address = (ip.is_v6() ? "[" + ip.to_string() + "]" : ip.to_string()) + ":" + std::to_string(out.port);
    return out;
}

}  // namespace millrace::front
