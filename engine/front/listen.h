// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "base/on_strand.h"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <string>

namespace millrace::front {

using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, Strand>;

struct Listening {
    std::string address;  ///< "127.0.0.1:11500", "[::1]:11500"
    std::uint16_t port = 0;
};

/// Binds `acceptor` to a loopback address (parseLoopback()), close-on-exec. `purpose` is appended to the error for a
/// port in use: " for gRPC".
StatusOr<Listening> listenOn(Acceptor& acceptor, const std::string& where, const char* purpose = "");

}  // namespace millrace::front
