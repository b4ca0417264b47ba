// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/socket_reader.h"

#include "base/clock.h"
#include "http/send_now.h"

#include <boost/asio/error.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/query.hpp>

#include <array>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <utility>

namespace millrace::http {

thread_local std::uint64_t SocketReader::receives_ = 0;

SocketReader::SocketReader(SocketState& socket, const Strand& strand, Listener& listener)
    : socket_(socket),
      reactor_(boost::asio::use_service<boost::asio::detail::reactor>(
          boost::asio::query(strand, boost::asio::execution::context))),
      listener_(listener)
{}

void SocketReader::opened(bool handedOver)
{
    const int on = 1;
    saysWhatIsLeft_ = ::setsockopt(socket_.socket_, IPPROTO_TCP, TCP_INQ, &on, sizeof on) == 0;
    more_ = handedOver;  // otherwise the first wait detects available data
}

std::size_t SocketReader::receive(boost::asio::mutable_buffer space, boost::system::error_code& error)
{
    MR_CHECK(space.size() > 0);
    iovec piece{space.data(), space.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control;
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    ssize_t got = 0;
    do {
        if (saysWhatIsLeft_) {
            message.msg_control = control.data();
            message.msg_controllen = control.size();
        }
        ++receives_;
        got = receiveNow(socket_.socket_, message);
    } while (got < 0 && errno == EINTR);
    error = {};
    more_ = true;
    if (got == 0) {
        error = boost::asio::error::eof;
        return 0;
    }
    if (got < 0) {
        error.assign(errno, boost::asio::error::get_system_category());
        if (errno == EAGAIN || errno == EWOULDBLOCK) {
            error = boost::asio::error::would_block;
            more_ = false;
        }
        return 0;
    }
    if (const cmsghdr* header = CMSG_FIRSTHDR(&message);
        saysWhatIsLeft_ && header && header->cmsg_level == IPPROTO_TCP && header->cmsg_type == TCP_CM_INQ) {
        int left = 0;
        std::memcpy(&left, CMSG_DATA(header), sizeof left);
        more_ = left != 0;  // the end of the stream counts as one byte
    }
    const auto count = static_cast<std::size_t>(got);
    LoopTime::exactFor(count);
    return count;
}

void SocketReader::start(std::shared_ptr<void> keep, bool atOnce)
{
    MR_CHECK(!waiting() && keep);
    wait_.keep = std::move(keep);
    wait_.ec_ = {};
    if (atOnce)
        reactor_.post_immediate_completion(&wait_, true);
    else
        reactor_.start_op(boost::asio::detail::reactor::read_op, socket_.socket_, socket_.reactor_data_, &wait_, true,
                          true);
}

void SocketReader::Wait::complete(void* owner, boost::asio::detail::operation* base, const boost::system::error_code&,
                                  std::size_t)
{
    auto* const wait = static_cast<Wait*>(base);
    const auto keep = std::move(wait->keep);
    if (!owner) {
        wait->reader.listener_.onDropped();
        return;
    }
    if (!wait->ec_) wait->reader.more_ = true;
    const LoopTime event;
    wait->reader.listener_.onReadable(wait->ec_);
}

}  // namespace millrace::http
