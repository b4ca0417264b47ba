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

/// One client's connection to an Http1Server: its requests one after the other, each answered before the next is read.
///
/// Owner:  its own coroutine; the server knows it meanwhile.    Thread: the strand.
/// Bound:  the server's limits.
/// Errors: a client that has left is gone(); writing to it says so.
/// Stop:   the server's stop() and abort().
class Http1Session final : public std::enable_shared_from_this<Http1Session>, private Http1Connection {
public:
    Http1Session(std::shared_ptr<Http1Server> server, Http1Server::Socket socket, bool local);

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
