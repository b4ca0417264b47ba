// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "http/buffers.h"

#include <boost/asio/buffer.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <span>
#include <sys/socket.h>
#include <sys/types.h>

/// The system calls of a small request, straight: those of the C library are points where a thread may be cancelled,
/// which costs two atomic operations each. None of our threads is ever cancelled.
namespace millrace::http {

inline constexpr std::size_t kPiecesMax = 8;  ///< of one sendNow()

/// Hands over what the kernel takes at once of all `pieces`, without waiting; would_block: nothing.
std::size_t sendNow(int socket, std::span<const boost::asio::const_buffer> pieces, boost::system::error_code& error);

/// The same of what is left of `pieces`; true: that was all. False: it would block, or the socket is broken, which a
/// send that waits finds out.
bool sendNow(int socket, Pieces& pieces);

/// recvmsg(), without waiting; -1: errno says why.
ssize_t receiveNow(int socket, msghdr& message);

}  // namespace millrace::http
