// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/socket_reader.h"

#include "base/clock.h"
#include "http/send_now.h"

#include <boost/asio/error.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/query.hpp>

#include <cerrno>
#include <sys/epoll.h>
#include <type_traits>
#include <utility>

namespace millrace::http {

namespace {

using Reactor = boost::asio::detail::reactor;
using Operation = boost::asio::detail::operation;
using Descriptor = std::remove_pointer_t<Reactor::per_descriptor_data>;

// The end of the stream, a reset, or urgent data, before which recv() stops.
constexpr std::uint32_t kReadOn = EPOLLRDHUP | EPOLLHUP | EPOLLERR | EPOLLPRI;

/// Names a private member of Asio's reactor: the arguments of an explicit instantiation are exempt from access checks
/// ([temp.spec.general]).
template <typename Tag, typename Tag::Member kMember>
struct Private {
    friend typename Tag::Member of(Tag) { return kMember; }
};
struct PollFile {
    using Member = int Reactor::*;
    friend Member of(PollFile);
};
struct Registered {
    using Member = std::uint32_t Descriptor::*;
    friend Member of(Registered);
};
template struct Private<PollFile, &Reactor::epoll_fd_>;
template struct Private<Registered, &Descriptor::registered_events_>;

/// The latest event of a socket, which the reactor keeps as the result of the operation that a descriptor is.
struct Event : Operation {
    static unsigned& of(Descriptor* descriptor)
    {
        static_assert(std::is_base_of_v<Operation, Descriptor>);
        return reinterpret_cast<Operation*>(descriptor)->*(&Event::task_result_);  // a private base, at the start
    }
};

}  // namespace

thread_local std::uint64_t SocketReader::receives_ = 0;

SocketReader::SocketReader(SocketState& socket, const Strand& strand, Listener& listener)
    : socket_(socket),
      reactor_(boost::asio::use_service<boost::asio::detail::reactor>(
          boost::asio::query(strand, boost::asio::execution::context))),
      listener_(listener)
{}

void SocketReader::opened(bool handedOver)
{
    Descriptor* const descriptor = socket_.reactor_data_;
    std::uint32_t& registered = descriptor->*of(Registered());
    if ((registered & EPOLLRDHUP) == 0) {
        epoll_event wanted{};
        wanted.events = registered | EPOLLRDHUP;
        wanted.data.ptr = descriptor;
        if (::epoll_ctl(reactor_.*of(PollFile()), EPOLL_CTL_MOD, socket_.socket_, &wanted) == 0)
            registered = wanted.events;
    }
    reportsEnd_ = (registered & EPOLLRDHUP) != 0;
    more_ = handedOver;  // otherwise the first wait detects available data
    unsigned& event = Event::of(descriptor);
    if (!handedOver) event = 0;  // of the descriptor's previous socket
    readsOn_ = (event & kReadOn) != 0;
}

std::size_t SocketReader::receive(boost::asio::mutable_buffer space, boost::system::error_code& error)
{
    MR_CHECK(space.size() > 0);
    ssize_t got = 0;
    do {
        ++receives_;
        got = receiveNow(socket_.socket_, space.data(), space.size());
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
    const auto count = static_cast<std::size_t>(got);
    // Less than there was space for: whatever comes now is another event.
    more_ = count == space.size() || readsOn_ || !reportsEnd_;
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

boost::asio::detail::reactor_op::status SocketReader::Wait::perform(reactor_op* base)
{
    auto& reader = static_cast<Wait*>(base)->reader;
    if ((Event::of(reader.socket_.reactor_data_) & kReadOn) != 0) reader.readsOn_ = true;
    return done_and_exhausted;
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
