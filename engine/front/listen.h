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

/// Opens `acceptor` at a loopback address (parseLoopback); no child inherits it. `purpose` ends the error of a
/// port that is taken: " for gRPC", or nothing.
StatusOr<Listening> listenOn(Acceptor& acceptor, const std::string& where, const char* purpose = "");

}  // namespace millrace::front
