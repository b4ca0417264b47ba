// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "http/buffers.h"

#include <boost/asio/buffer.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <span>
#include <sys/socket.h>
#include <sys/types.h>

/// Direct system calls for the hot path. The C library's wrappers are thread cancellation points, which costs two
/// atomic operations per call; no thread here is ever cancelled. Thread: any; one per socket.
namespace millrace::http {

inline constexpr std::size_t kPiecesMax = 8;  ///< of one sendNow(); more abort

/// Sends as much of `pieces` as the kernel accepts without blocking, and returns the number of bytes. `error`:
/// would_block if it accepts nothing.
std::size_t sendNow(int socket, std::span<const boost::asio::const_buffer> pieces, boost::system::error_code& error);

/// The same, consuming `pieces`. True: all was sent. False: it would block, or the socket is broken, which a subsequent
/// waiting send reports.
bool sendNow(int socket, Pieces& pieces);

/// recv() with MSG_DONTWAIT; -1: see errno.
ssize_t receiveNow(int socket, void* space, std::size_t size);

}  // namespace millrace::http
