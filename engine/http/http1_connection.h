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

/// 0 is not special: it allows nothing, or no time at all.
struct Http1Limits {
    std::size_t connections = 1024;  ///< more are closed at once
    std::uint32_t headerBytes = 64 << 10;
    std::uint64_t bodyBytes = 16 << 20;
    std::uint64_t bodiesBytes = 64 << 20;  ///< all connections together; a single body may always have bodyBytes
    Duration idle = 75s;     ///< between requests; announced in Keep-Alive, so that clients' pools can expire earlier
    Duration head = 60s;     ///< from the first byte of a head to its last
    Duration body = 60s;     ///< without progress; a minimum rate applies as well (bodyDeadline())
    Duration written = 60s;  ///< without progress, while the client does not read its answer

    std::uint64_t bodiesMost() const { return bodiesBytes > bodyBytes ? bodiesBytes : bodyBytes; }
};

/// The server's end of an HTTP/1.1 connection, independent of what is served: receive buffer, heads and bodies of
/// requests, deadlines, detection of disconnects, sending, closing. The derived class runs the sequence.
///
/// Whatever can complete without waiting is a plain call, so that a small request needs no coroutine frame here:
///
///     beginHead(limits.idle);
///     Head at = parseHead(head);
///     while (at == Head::Incomplete) {
///         while (awaitBytes()) co_await signal_.wait();
///         at = receiveHead(head);
///     }
///
/// Owner:  a coroutine of the derived class; registered with Http1Connections.    Thread: the strand.
/// Bound:  Http1Limits; a body reserves its memory from the common budget before it grows.
/// Errors: problem_ says why a request cannot be read; after a disconnect gone_ is true, and onLost() was called.
/// Stop:   Http1Connections' stop() and abort().
class Http1Connection : private SocketReader::Listener {
public:
    using Socket = boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol, Strand>;  // TCP or Unix

    Http1Connection(const Http1Connection&) = delete;
    Http1Connection& operator=(const Http1Connection&) = delete;

protected:
    /// What the connection waits for; exactly one at a time.
    enum class Phase { Idle, Head, Body, Work, Write, Linger };
    /// Progress of reading a head. Refused: see problem_. None: no further request. Other: not HTTP/1.
    enum class Head { Incomplete, Complete, Refused, None, Other };
    /// Progress of reading a body. Refused: see problem_. NoMemory: the budget of all bodies is exhausted. Late: too
    /// slow.
    /// Left: the client disconnected.
    enum class Body { Incomplete, Complete, Refused, NoMemory, Late, Left };

    /// `received`: bytes already read from the socket.
    Http1Connection(std::shared_ptr<Http1Connections> all, Socket socket, const Http1Limits& limits,
                    RequestParser::Settings settings, std::string_view received = {});
    ~Http1Connection();
    /// The owning pointer of the derived object, which pending waits hold.
    virtual std::shared_ptr<void> self() = 0;
    /// Called once: the client disconnected, or the connection was aborted.
    virtual void onLost(const std::string& why) = 0;

    // ---- a head ----
    /// Starts waiting for a request, for at most `idle` until its first byte.
    void beginHead(Duration idle);
    /// Parses what has been received.
    Head parseHead(RequestHead& head);
    /// Receives and parses. REQUIRES: awaitBytes() returned false.
    Head receiveHead(RequestHead& head);

    // ---- a body ----
    /// Takes what arrived with the head, and accounts for its memory in `held`. Incomplete: readBody() reads the rest.
    Body beginBody(const RequestHead& head, BodyBytes& held);
    boost::asio::awaitable<Body> readBody(const RequestHead& head);

    // ---- the answer ----
    bool sendNow(Pieces& pieces) { return http::sendNow(socket_.native_handle(), pieces); }
    /// Sends the rest of `pieces`, waiting as needed. False: the client disconnected or timed out.
    boost::asio::awaitable<bool> send(Pieces pieces);

    // ---- the client's presence, while working_ and watched_ ----
    /// Reads pipelined data now, instead of at the next event.
    void readAhead();
    /// Polls the socket for a reset: for ClientPresence::Look::Ask.
    bool isReset();
    [[gnu::cold]] void lost(const std::string& why);

    /// Enters `phase` and sets its deadline.
    void waitFor(Phase phase, Duration most);
    /// Starts waiting for input. False: there is some already, or the end of the stream.
    bool awaitBytes();
    /// True when many pipelined requests were answered in a row: the caller yields to other connections.
    bool hadItsTurns();
    /// Discards input after a refusal for a while, since closing at once would discard the answer.
    boost::asio::awaitable<void> linger();
    [[gnu::cold]] void abort(const std::string& why);
    void close();

    // fixed after construction
    const std::shared_ptr<Http1Connections> all_;

    // strand only
    Socket socket_;
    bool readable_ = false;  // the reader has input
    Notifier signal_;        // of readable_
    InBuffer in_;
    RequestParser parser_;
    Http1Limits limits_;
    std::string_view otherBegin_;  // first bytes of another protocol; empty: none
    Status problem_;
    bool timedOut_ = false;
    bool closing_ = false;    // no further request is read
    bool unread_ = false;     // input of a refused request may still arrive
    bool keepAlive_ = false;  // another request may follow this one
    bool gone_ = false;

    // of the request
    BodyReader body_;
    ClientPresence presence_;
    bool working_ = false;  // it is being answered
    bool watched_ = false;  // and a disconnect is reported

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
    /// Its deadline; ends the wait if that has passed.
    TimePoint expire(TimePoint now);
    void endIfIdle();
    void limitBody();

    // fixed after construction
    const RequestParser::Settings settings_;

    // strand only
    std::size_t place_ = 0;  // index in all_
    SocketReader reader_;
    bool interrupted_ = false;  // its wait was aborted
    Phase phase_ = Phase::Idle;
    TimePoint deadline_ = TimePoint::max();
    TimePoint bodyBegan_{};
    std::uint32_t streak_ = 0;
};

}  // namespace millrace::http
