// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/send_now.h"

#include "base/check.h"

#include <boost/asio/error.hpp>

#include <array>
#include <cerrno>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

namespace millrace::http {

std::size_t sendNow(int socket, std::span<const boost::asio::const_buffer> pieces, boost::system::error_code& error)
{
    MR_CHECK(pieces.size() <= kPiecesMax);
    constexpr int kFlags = MSG_DONTWAIT | MSG_NOSIGNAL;
    std::array<iovec, kPiecesMax> parts;
    for (std::size_t i = 0; i < pieces.size(); ++i) parts[i] = {const_cast<void*>(pieces[i].data()), pieces[i].size()};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = pieces.size();
    long sent = 0;
    do {
        sent = pieces.size() == 1
                   ? ::syscall(SYS_sendto, socket, parts[0].iov_base, parts[0].iov_len, kFlags, nullptr, 0)
                   : ::syscall(SYS_sendmsg, socket, &message, kFlags);
    } while (sent < 0 && errno == EINTR);
    error = {};
    if (sent >= 0) return static_cast<std::size_t>(sent);
    if (errno == EAGAIN || errno == EWOULDBLOCK)
        error = boost::asio::error::would_block;
    else
        error.assign(errno, boost::asio::error::get_system_category());
    return 0;
}

bool sendNow(int socket, Pieces& pieces)
{
    const std::size_t all = pieces.left();
    if (all == 0) return true;
    boost::system::error_code error;
    const std::size_t sent = sendNow(socket, {pieces.all.data(), pieces.count}, error);
    if (error) return false;
    pieces.consume(sent);
    return sent == all;
}

ssize_t receiveNow(int socket, void* space, std::size_t size)
{
    return static_cast<ssize_t>(::syscall(SYS_recvfrom, socket, space, size, MSG_DONTWAIT, nullptr, nullptr));
}

}  // namespace millrace::http
