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

/// The connection limits for the front's options.
http::Http1Limits limitsOf(const Options& options);

/// Sends answers over an HTTP/1.1 connection: whole, chunked as they arrive, or as events after heartbeats.
///
/// Owner:  base of HttpSession.    Thread: the strand.
/// Bound:  one write and one heartbeat pending.
/// Errors: after a disconnect writes fail with clientLeft(); an answer that breaks off closes the connection.
/// Not here: reading the request, producing the answer.
class HttpResponder : protected HttpRequest,
                      protected stream::Sink,
                      protected http::Http1Connection {  // last base: destroyed first
public:
    using TcpSocket = net::basic_stream_socket<net::ip::tcp, Strand>;

protected:
    HttpResponder(const std::shared_ptr<HttpFront::State>& state, TcpSocket socket, std::string_view received);
    ~HttpResponder() = default;

    /// Resets the state for the next request's answer.
    void beginAnswer();
    /// True: sent completely. False: continue with answerWith().
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
    std::string pending_;  // output that the kernel did not accept at once
    http::ChunkHead chunkHead_;
    bool headSent_ = false;
    bool chunked_ = false;
    const Reply* streaming_ = nullptr;
    std::optional<Status> streamed_;  // the result of a stream that ran at once, to be completed by answerWith()
    std::optional<std::uint64_t> promised_;
};

}  // namespace millrace::front
