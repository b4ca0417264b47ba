// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "base/notifier.h"
#include "base/on_strand.h"
#include "http/body_budget.h"
#include "http/body_reader.h"
#include "http/buffers.h"
#include "http/client_presence.h"
#include "http/http1_connections.h"
#include "http/request_head.h"
#include "http/request_parser.h"
#include "http/send_now.h"
#include "http/socket_reader.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/generic/stream_protocol.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::http {

/// 0 is not special anywhere: it allows nothing, or no time.
struct Http1Limits {
    std::size_t connections = 1024;  ///< more are closed at once
    std::uint32_t headerBytes = 64 << 10;
    std::uint64_t bodyBytes = 16 << 20;
    std::uint64_t bodiesBytes = 64 << 20;  ///< all connections together; a single body is always allowed bodyBytes
    Duration idle = 75s;     ///< between requests; announced in Keep-Alive, so that clients' pools can stay below it
    Duration head = 60s;     ///< from its first byte to its last
    Duration body = 60s;     ///< without progress; there is a minimum rate as well (bodyDeadline())
    Duration written = 60s;  ///< while the client reads nothing of its answer

    std::uint64_t bodiesMost() const { return bodiesBytes > bodyBytes ? bodiesBytes : bodyBytes; }
};

/// A connection of HTTP/1.1 at its server, whatever is served there: the bytes that were received and not yet used, the
/// deadline of what is waited for, heads and bodies of requests, whether the client is still there, what the socket
/// does not take at once, the end. Whoever serves derives it and says in which order.
///
/// All that need not wait is a plain call, so that a small request costs no coroutine here:
///
///     beginHead(limits.idle);
///     Head at = parseHead(head);
///     while (at == Head::Incomplete) {
///         while (awaitBytes()) co_await signal_.wait();
///         at = receiveHead(head);
///     }
///
/// Owner:  the coroutine of what is derived; Http1Connections knows it meanwhile.    Thread: the strand.
/// Bound:  Http1Limits; a body's memory is taken from what all bodies may have before it grows.
/// Errors: problem_ says why a request cannot be read; a client that has left is gone_, and onLost() says why.
/// Stop:   Http1Connections' stop() and abort().
class Http1Connection : private SocketReader::Listener {
public:
    using Socket = boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol, Strand>;  // TCP or Unix

    Http1Connection(const Http1Connection&) = delete;
    Http1Connection& operator=(const Http1Connection&) = delete;

protected:
    /// What is waited for; one of them at a time.
    enum class Phase { Idle, Head, Body, Work, Write, Linger };
    /// What came of waiting for a head. Refused: problem_ says why. Other: it is another protocol.
    enum class Head { Incomplete, Complete, Refused, None, Other };
    /// What came of waiting for a body. Refused: problem_ says why; NoMemory: all bodies together have too many bytes.
    enum class Body { Incomplete, Complete, Refused, NoMemory, Late, Left };

    /// `received`: what was read of it already.
    Http1Connection(std::shared_ptr<Http1Connections> all, Socket socket, const Http1Limits& limits,
                    RequestParser::Settings settings, std::string_view received = {});
    ~Http1Connection();
    /// What waits keeps this: the connection itself.
    virtual std::shared_ptr<void> self() = 0;
    /// The client has left, or is not listened to any more. Once.
    virtual void onLost(const std::string& why) = 0;

    // ---- a head ----
    void beginHead(Duration idle);
    /// Of what has been received.
    Head parseHead(RequestHead& head);
    /// The next bytes have come, or nothing more.
    Head receiveHead(RequestHead& head);

    // ---- a body ----
    /// Its memory is counted in `held`. What has come with the head is taken at once; the rest needs readBody().
    Body beginBody(const RequestHead& head, BodyBytes& held);
    boost::asio::awaitable<Body> readBody(const RequestHead& head);

    // ---- the answer ----
    bool sendNow(Pieces& pieces) { return http::sendNow(socket_.native_handle(), pieces); }
    /// False: nobody reads it any more.
    boost::asio::awaitable<bool> send(Pieces pieces);

    // ---- the client's presence, while working_ and watched_ ----
    /// What was sent ahead is read now, instead of when more comes.
    void readAhead();
    /// What ClientPresence::Look::Ask asks for.
    bool isReset();
    void lost(const std::string& why);

    void waitFor(Phase phase, Duration most);
    /// False: there are some, or the end of them.
    bool awaitBytes();
    /// Whether others should get their turn: many requests were answered in a row that had been pipelined.
    bool hadItsTurns();
    /// Reads on after a refusal, so that the client gets to read it.
    boost::asio::awaitable<void> linger();
    void abort(const std::string& why);
    void close();

    // fixed after construction
    const std::shared_ptr<Http1Connections> all_;

    // strand only
    Socket socket_;
    bool readable_ = false;  // the reader has something to deliver
    Notifier signal_;        // that it has
    InBuffer in_;
    RequestParser parser_;
    Http1Limits limits_;
    std::string_view otherBegin_;  // the first bytes of another protocol; empty: there is none
    Status problem_;
    bool timedOut_ = false;
    bool closing_ = false;    // no further request is read
    bool unread_ = false;     // bytes of a refused request may still come
    bool keepAlive_ = false;  // after this request
    bool gone_ = false;

    // of the request
    BodyReader body_;
    ClientPresence presence_;
    bool working_ = false;  // its answer is made
    bool watched_ = false;  // and is not made for a client that has left

private:
    friend class Http1Connections;

    void waitForBody();
    Body bodyAt(BodyReader::Step step);
    std::size_t inMost() const;
    std::optional<std::size_t> receive(boost::asio::mutable_buffer space);
    void onReadable(const boost::system::error_code& ended) override;
    void onDropped() override { signal_.drop(); }
    void onEnd();
    void watchUnread();

    // for Http1Connections
    /// When it has waited too long; ends it where that is now.
    TimePoint expire(TimePoint now);
    void endIfIdle();
    void limitBody();

    // fixed after construction
    const RequestParser::Settings settings_;

    // strand only
    std::size_t place_ = 0;  // among all_
    SocketReader reader_;
    bool interrupted_ = false;  // its wait was ended
    Phase phase_ = Phase::Idle;
    TimePoint deadline_ = TimePoint::max();
    TimePoint bodyBegan_{};
    std::uint32_t streak_ = 0;
};

}  // namespace millrace::http
