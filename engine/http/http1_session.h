// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "http/body_budget.h"
#include "http/http1_connection.h"
#include "http/http1_server.h"
#include "http/request_head.h"
#include "http/response_head.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::http {

/// One client's connection to an Http1Server: serves its requests one after the other, each answered before the next is
/// read. Http1Server::serve() gets it once per request.
///
///     session.watch([&] { source.cancel("client disconnected"); });
///     session.begin({.contentType = "text/event-stream"});     // in pieces; otherwise respond()
///     while (auto event = co_await next())
///         if (!co_await session.write(*event)) co_return;
///     co_await session.write({}, true);
///
/// Owner:  a coroutine of the server.    Thread: the strand.
/// Bound:  the server's limits.
/// Errors: after a disconnect gone() is true, and writes have no effect.
/// Stop:   the server's stop() and abort().
class Http1Session final : public std::enable_shared_from_this<Http1Session>, private Http1Connection {
public:
    Http1Session(std::shared_ptr<Http1Server> server, Http1Server::Socket socket, bool local);

    // ---- the current request, for Http1Server::serve(); valid until that returns ----
    const RequestHead& head() const { return head_; }
    const std::string& body() const { return body_.text(); }
    bool local() const { return local_; }
    /// Watches the client: `gone` is called, once, if it disconnects before the answer is complete. The end of its
    /// stream counts as a disconnect.
    void watch(std::function<void()> gone);
    bool gone() const { return gone_; }
    /// Sends a whole answer; without the body for a HEAD request. REQUIRES: once per request, and not together with
    /// begin().
    boost::asio::awaitable<void> respond(Response response);
    /// Starts an answer in pieces, chunked for HTTP/1.1 clients. The head is sent with the first piece. REQUIRES:
    /// `response` has no body.
    void begin(const Response& response);
    /// Sends a piece. `last`: completes the answer. False: the client disconnected.
    boost::asio::awaitable<bool> write(std::string_view piece, bool last = false);

private:
    friend class Http1Server;

    boost::asio::awaitable<void> run();
    Head beginRequest();
    Status checkHead() const;
    boost::asio::awaitable<bool> receive(Body body);
    boost::asio::awaitable<void> work();
    boost::asio::awaitable<void> refuse(Status why);
    void writeHead(const Response& response, std::optional<std::uint64_t> length);
    std::shared_ptr<void> self() override { return shared_from_this(); }
    void onLost(const std::string& why) override;

    // fixed after construction
    const std::shared_ptr<Http1Server> server_;
    const bool local_;

    // strand only
    std::string out_;
    ChunkHead chunkHead_;

    // of the request
    RequestHead head_;
    BodyBytes held_;
    std::function<void()> onGone_;
    bool chunked_ = false;
    bool headPending_ = false;  // written, not sent
    bool complete_ = false;     // the answer
};

}  // namespace millrace::http
