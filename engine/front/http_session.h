// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "front/http_request.h"
#include "front/http_state.h"
#include "http/buffers.h"
#include "http/http1_connection.h"
#include "http/response_head.h"

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace millrace::front {

using http::Pieces;

/// One client's connection: its requests one after the other, each answered before the next is read.
///
/// Lives as long as its coroutine; State knows it meanwhile. Thread: the strand.
class HttpSession final : public std::enable_shared_from_this<HttpSession>,
                          private HttpRequest,
                          private stream::Sink,
                          private http::Http1Connection {  // after what it uses: ends first
public:
    using TcpSocket = net::basic_stream_socket<net::ip::tcp, Strand>;

    /// `received`: what was read of it already.
    HttpSession(const std::shared_ptr<HttpFront::State>& state, TcpSocket socket, std::string_view received = {});
    ~HttpSession();

    net::awaitable<void> run();

    /// While a request is in work: is the client still there, does it need a sign of life?
    void tick(TimePoint now);
    /// For an exception that ended run(): our bug, not the client's.
    void fail(const std::string& why);

    std::size_t workingPlace = 0;  // where State keeps it

private:
    void beginRequest();
    void noteRefusedHead();
    std::optional<Reply> open(Exchange& exchange);
    std::optional<Body> takeBody(Exchange& exchange);
    net::awaitable<bool> receive(Exchange& exchange, std::optional<Reply> refused, Body body);
    net::awaitable<Status> awaitBody();
    Status refuseBody(Body body);
    void beginWork(Exchange& exchange);
    bool endNow(Reply& reply);
    net::awaitable<void> answerWith(Exchange& exchange, Reply reply);
    net::awaitable<void> stream(Exchange& exchange, Reply& reply);
    net::awaitable<void> endStream(Exchange& exchange, Reply& reply, Status status);
    net::awaitable<void> streamInBand(Exchange& exchange, Reply& reply);
    net::awaitable<void> respond(const Reply& reply);
    net::awaitable<void> respondInBand(const Exchange& exchange, const Reply& reply);
    net::awaitable<Status> write(std::string_view bytes) override;
    std::optional<Status> writeNow(std::string_view bytes) override;

    void end(unsigned status, const Status& why);
    std::optional<Status> streamNow(Reply& reply);
    bool isDone(const Status& streamed) const;
    void beginStream(Reply& reply);
    void composeHead(const Reply& reply, std::optional<std::uint64_t> length, std::string_view encoding);
    void composeEventsHead();
    void finishHead();
    void addChunk(Pieces& pieces, std::string_view bytes);
    Pieces start();
    void heartbeat();
    std::shared_ptr<void> self() override { return shared_from_this(); }
    void onLost(const std::string& why) override;
    void handOver();

    // strand only
    std::string out_;      // heads and short answers
    std::string pending_;  // of what was sent without waiting, and the kernel did not take whole
    http::ChunkHead chunkHead_;
    bool first_ = true;  // no request yet

    // of the request in work
    Exchange* exchange_ = nullptr;
    bool waiting_ = false;  // for the service's answer: nothing else writes
    bool headSent_ = false;
    bool chunked_ = false;
    const Reply* streaming_ = nullptr;
    std::optional<Status> streamed_;  // what a stream that ran at once left to be done
    std::optional<std::uint64_t> promised_;
    TimePoint heartbeatAt_ = TimePoint::max();
};

}  // namespace millrace::front
