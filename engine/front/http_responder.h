// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "front/http_request.h"
#include "front/http_state.h"
#include "http/buffers.h"
#include "http/http1_connection.h"
#include "http/response_head.h"

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::front {

using http::Pieces;

/// What a connection of HTTP/1.1 may take and how long it is waited for.
http::Http1Limits limitsOf(const Options& options);

/// How answers go out over a connection of HTTP/1.1: whole, in chunks as they come, or as events behind heartbeats.
///
/// Owner:  the session that it is.    Thread: the strand.
/// Bound:  one write and one heartbeat wait for the client.
/// Errors: a client that has left ends what runs with clientLeft(); an answer that breaks off ends the connection.
/// Not here: which request, and which answer.
class HttpResponder : protected HttpRequest,
                      protected stream::Sink,
                      protected http::Http1Connection {  // after what it uses: ends first
public:
    using TcpSocket = net::basic_stream_socket<net::ip::tcp, Strand>;

protected:
    HttpResponder(const std::shared_ptr<HttpFront::State>& state, TcpSocket socket, std::string_view received);
    ~HttpResponder() = default;

    /// Of the next request.
    void beginAnswer();
    /// True: all of it has been handed over. Else answerWith() goes on.
    bool answerNow(Reply& reply);
    net::awaitable<void> answerWith(Exchange& exchange, Reply& reply);
    net::awaitable<void> respond(const Reply& reply);
    void heartbeat(const Exchange& exchange);

    // strand only
    TimePoint heartbeatAt_ = TimePoint::max();

private:
    net::awaitable<void> stream(Exchange& exchange, Reply& reply);
    net::awaitable<void> endStream(Exchange& exchange, Reply& reply, Status status);
    net::awaitable<void> streamInBand(Exchange& exchange, Reply& reply);
    net::awaitable<void> respondInBand(const Exchange& exchange, const Reply& reply);
    net::awaitable<Status> write(std::string_view bytes) override;
    std::optional<Status> writeNow(std::string_view bytes) override;
    std::optional<Status> streamNow(Reply& reply);
    bool isDone(const Status& streamed) const;
    void beginStream(Reply& reply);
    void composeHead(const Reply& reply, std::optional<std::uint64_t> length, std::string_view encoding);
    void composeEventsHead();
    void finishHead();
    void addChunk(Pieces& pieces, std::string_view bytes);
    Pieces start();

    std::string out_;      // heads and short answers
    std::string pending_;  // of what was sent without waiting, and the kernel did not take whole
    http::ChunkHead chunkHead_;
    bool headSent_ = false;
    bool chunked_ = false;
    const Reply* streaming_ = nullptr;
    std::optional<Status> streamed_;  // what a stream that ran at once left to be done
    std::optional<std::uint64_t> promised_;
};

}  // namespace millrace::front
