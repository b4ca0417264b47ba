// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/on_strand.h"

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/detail/reactive_socket_service_base.hpp>
#include <boost/asio/detail/reactor.hpp>
#include <boost/asio/detail/reactor_op.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace millrace::http {

/// Reads a stream socket with one system call for each arrival of bytes.
///
/// Asio's reads are tried before they wait, and its waits ask the kernel anew: a system call for nothing with each
/// message of a kept connection. Here nothing is tried once the kernel has said that it holds no more, neither bytes
/// nor the end (TCP_INQ, an answer to each read): bytes that arrive later raise another event. A socket that is not TCP
/// does not say it, and a read is tried first as Asio does. A reset that came together with bytes is not said either:
/// it is seen when something is sent, or by asking (poll()).
///
/// All reads of the socket go through its reader: the event that another one would wait for may have passed.
///
/// Owner:  a connection, beside its socket, which is not moved meanwhile.    Thread: the strand.
/// Bound:  one wait at a time.    Errors: those of recv(); eof at the end of the stream.
/// Stop:   cancelling or closing the socket ends the wait, mostly with operation_aborted.
class SocketReader {
public:
    class Listener {
    public:
        /// receive() has something to deliver, or the wait was ended (`ended`: operation_aborted).
        virtual void onReadable(const boost::system::error_code& ended) = 0;
        /// Instead of it: the loop is gone. Whoever waits for bytes is to be dropped.
        virtual void onDropped() {}

    protected:
        ~Listener() = default;
    };

    template <typename Protocol>
    SocketReader(boost::asio::basic_stream_socket<Protocol, Strand>& socket, Listener& listener)
        : SocketReader(Parts<Protocol>::of(socket), socket.get_executor(), listener)
    {}
    SocketReader(const SocketReader&) = delete;
    SocketReader& operator=(const SocketReader&) = delete;

    /// The socket is open now, maybe another one than before. `handedOver`: another reader had it, and the event of
    /// what there is may have passed with that one.
    void opened(bool handedOver = false);
    /// Reads what has arrived. would_block: nothing yet. REQUIRES: `space` is not empty.
    std::size_t receive(boost::asio::mutable_buffer space, boost::system::error_code& error);
    /// Calls onReadable() once, from the loop. `keep` lives until after that.
    void wait(std::shared_ptr<void> keep) { start(std::move(keep), more_); }
    /// The same, but not for what is there already: for what arrives from now on, be it the end or a reset.
    void waitForNews(std::shared_ptr<void> keep) { start(std::move(keep), false); }
    /// receive() has something to deliver, or may have.
    bool more() const { return more_; }
    bool waiting() const { return wait_.keep != nullptr; }

    /// System calls of all readers of this thread, for tests of what a request costs.
    static std::uint64_t receives() { return receives_; }

private:
    using SocketState = boost::asio::detail::reactive_socket_service_base::base_implementation_type;

    /// Asio keeps its part of a socket for classes derived from it.
    template <typename Protocol>
    struct Parts : boost::asio::basic_stream_socket<Protocol, Strand> {
        static SocketState& of(boost::asio::basic_stream_socket<Protocol, Strand>& socket)
        {
            return (socket.*(&Parts::impl_)).get_implementation();
        }
    };

    /// Readiness is all that is waited for: the event is used up with it, and the next wait is for the next one.
    struct Wait final : boost::asio::detail::reactor_op {
        explicit Wait(SocketReader& owner) : reactor_op({}, &Wait::perform, &Wait::complete), reader(owner) {}
        static status perform(reactor_op*) { return done_and_exhausted; }
        static void complete(void* owner, boost::asio::detail::operation* base, const boost::system::error_code&,
                             std::size_t);

        SocketReader& reader;
        std::shared_ptr<void> keep;
    };

    SocketReader(SocketState& socket, const Strand& strand, Listener& listener);
    void start(std::shared_ptr<void> keep, bool atOnce);

    static thread_local std::uint64_t receives_;

    SocketState& socket_;
    boost::asio::detail::reactor& reactor_;
    Listener& listener_;
    Wait wait_{*this};
    bool saysWhatIsLeft_ = false;
    bool more_ = false;  ///< a read has something to deliver, or may have
};

}  // namespace millrace::http
