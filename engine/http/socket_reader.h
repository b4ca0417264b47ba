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

/// Reads a stream socket with one system call per arrival of data (engine/docs/adr/0008-one-read-for-each-message.md).
///
/// Asio tries each read before it waits, and each wait polls the kernel again: one useless system call per message on a
/// persistent connection. A read that returns less than there was space for has emptied the socket: this waits at once,
/// since later data raises a new edge-triggered event (epoll(7), "Questions and answers", 9). Only the end of the
/// stream, a reset or urgent data may be behind the data of the same event; the event says so, and then this reads on.
///
///     if (!reader.more()) reader.wait(self);                   // onReadable() follows
///     const auto count = reader.receive(buffer, error);        // in onReadable()
///
/// REQUIRES: all reads of the socket go through its reader, since an event that another read waits for may have passed;
/// the socket is not moved.
///
/// Owner:  a connection, beside its socket.    Thread: the strand.
/// Bound:  one wait at a time.    Errors: those of recv(); eof at the end of the stream.
/// Stop:   cancelling or closing the socket ends the wait, mostly with operation_aborted.
class SocketReader {
public:
    class Listener {
    public:
        /// receive() has input, or the wait was cancelled (`ended`: operation_aborted).
        virtual void onReadable(const boost::system::error_code& ended) = 0;
        /// Instead of it: the event loop was destroyed. The callee drops whoever waits for input.
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

    /// REQUIRES: called whenever the socket has been opened. `handedOver`: another reader used it before, so the event
    /// for available data may have passed.
    void opened(bool handedOver = false);
    /// Reads what has arrived; would_block: nothing. REQUIRES: `space` is not empty.
    std::size_t receive(boost::asio::mutable_buffer space, boost::system::error_code& error);
    /// Calls onReadable() once, from the loop, as soon as there is input. Holds `keep` until after that call.
    void wait(std::shared_ptr<void> keep) { start(std::move(keep), more_); }
    /// The same, but only for what arrives from now on, including end of stream and reset.
    void waitForNews(std::shared_ptr<void> keep) { start(std::move(keep), false); }
    /// receive() may have input: call it instead of waiting.
    bool more() const { return more_; }
    bool waiting() const { return wait_.keep != nullptr; }

    /// Number of system calls of all readers of this thread, for tests.
    static std::uint64_t receives() { return receives_; }

private:
    using SocketState = boost::asio::detail::reactive_socket_service_base::base_implementation_type;

    /// The socket's implementation is protected in Asio.
    template <typename Protocol>
    struct Parts : boost::asio::basic_stream_socket<Protocol, Strand> {
        static SocketState& of(boost::asio::basic_stream_socket<Protocol, Strand>& socket)
        {
            return (socket.*(&Parts::impl_)).get_implementation();
        }
    };

    /// Waits for readiness only, and consumes the event: the next wait is for the next one.
    struct Wait final : boost::asio::detail::reactor_op {
        explicit Wait(SocketReader& owner) : reactor_op({}, &Wait::perform, &Wait::complete), reader(owner) {}
        static status perform(reactor_op* base);
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
    bool reportsEnd_ = false;  // the kernel does, with the event
    bool readsOn_ = false;     // an event had more than data: read until there is nothing
    bool more_ = false;
};

}  // namespace millrace::http
