// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/notifier.h"
#include "http/body_reader.h"
#include "http/buffers.h"
#include "http/http1_server.h"
#include "http/request_head.h"
#include "http/request_parser.h"
#include "http/response_head.h"
#include "http/send_now.h"
#include "http/socket_reader.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::http {

/// One client's connection to an Http1Server: its requests one after the other, each answered before the next is read.
///
/// Owner:  its own coroutine; the server knows it meanwhile.    Thread: the strand.
/// Bound:  the server's limits.
/// Errors: a client that has left is gone(); writing to it says so.
/// Stop:   the server's stop() and abort().
class Http1Session final : public std::enable_shared_from_this<Http1Session>, private SocketReader::Listener {
public:
    Http1Session(std::shared_ptr<Http1Server> server, Http1Server::Socket socket, bool local);
    ~Http1Session();

    // ---- one request, for Http1Server::serve(); good until that has returned ----
    const RequestHead& head() const { return head_; }
    const std::string& body() const { return body_.text(); }
    bool local() const { return local_; }
    /// From now on the client is watched: `gone` is called once if it disconnects before its answer is complete. The
    /// end of its bytes counts as that.
    void watch(std::function<void()> gone);
    bool gone() const { return gone_; }
    /// The whole answer. To HEAD its body is left out.
    boost::asio::awaitable<void> respond(Response response);
    /// An answer in pieces, in chunks where the client knows them: `response` has no body; its head leaves with the
    /// first piece.
    void begin(const Response& response);
    /// `last`: the answer is complete. False: nobody reads it any more.
    boost::asio::awaitable<bool> write(std::string_view piece, bool last = false);

private:
    friend class Http1Server;
    /// What is waited for; one of them at a time.
    enum class Phase { Idle, Head, Body, Work, Write, Linger };
    /// What came of waiting for a head.
    enum class Head { Incomplete, Complete, Refused, None };

    boost::asio::awaitable<void> run();
    void beginHead();
    Head parseHead();
    Head receiveHead();
    Status checkHead() const;
    boost::asio::awaitable<bool> readBody(BodyReader::Step step);
    Status holdBody();
    boost::asio::awaitable<void> work();
    boost::asio::awaitable<void> refuse(Status why);
    boost::asio::awaitable<void> linger();
    void writeHead(const Response& response, std::optional<std::uint64_t> length);
    boost::asio::awaitable<bool> send(Pieces pieces);
    bool sendNow(Pieces& pieces) { return http::sendNow(socket_.native_handle(), pieces); }

    std::size_t inMost() const;
    void awaitBytes();
    std::optional<std::size_t> receive(boost::asio::mutable_buffer room);
    void readAhead();
    void watchUnread();
    void onReadable(const boost::system::error_code& ended) override;
    void onDropped() override { signal_.drop(); }
    void lost();

    void waitFor(Phase phase, Duration most);
    void waitForBody();
    /// When it has waited too long; ends it where that is now.
    TimePoint expire(TimePoint now);
    void endIfIdle();
    void abort();
    void close();

    // fixed after construction
    const std::shared_ptr<Http1Server> server_;
    const Http1Limits& limits_;
    const bool local_;

    // strand only
    std::size_t place_ = 0;  // among the server's
    Http1Server::Socket socket_;
    SocketReader reader_;
    Notifier signal_;
    bool readable_ = false;     // the reader has something to tell
    bool interrupted_ = false;  // that its wait was ended
    Phase phase_ = Phase::Idle;
    TimePoint deadline_ = TimePoint::max();
    bool timedOut_ = false;
    bool closing_ = false;  // no further request is read
    bool unread_ = false;   // bytes of a refused request may still come
    bool gone_ = false;
    InBuffer in_;
    RequestParser parser_;
    std::string out_;
    ChunkHead chunkHead_;

    // of the request
    RequestHead head_;
    BodyReader body_;
    BodyBytes held_;
    TimePoint bodyBegan_{};
    Status problem_;
    std::function<void()> onGone_;
    bool working_ = false, watched_ = false;
    bool keepAlive_ = false, chunked_ = false;
    bool headPending_ = false;  // written, not sent
    bool complete_ = false;     // the answer
};

}  // namespace millrace::http
