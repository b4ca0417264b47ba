// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/notifier.h"
#include "front/http_request.h"
#include "front/http_state.h"
#include "http/body_reader.h"
#include "http/buffers.h"
#include "http/request_parser.h"
#include "http/response_head.h"
#include "http/send_now.h"
#include "http/socket_reader.h"

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace millrace::front {

using http::InBuffer;
using http::Pieces;
using http::RequestParser;

/// One client's connection: its requests one after the other, each answered before the next is read.
///
/// Lives as long as its coroutine; State knows it meanwhile. Thread: the strand.
class HttpSession final : public std::enable_shared_from_this<HttpSession>,
                          private HttpRequest,
                          private stream::Sink,
                          private http::SocketReader::Listener {
public:
    using Socket = net::basic_stream_socket<net::ip::tcp, Strand>;

    /// `received`: what was read of it already.
    HttpSession(std::shared_ptr<HttpFront::State> state, Socket socket, std::string_view received = {});

    net::awaitable<void> run();

    /// While a request is in work: is the client still there, does it need a sign of life?
    void tick(TimePoint now);
    /// Ends what has waited too long for the client.
    void sweep(TimePoint now);
    void endIfIdle();
    /// State::bodiesUntil has been set.
    void limitBody();
    void abort(const std::string& why);
    /// For an exception that ended run(): our bug, not the client's.
    void fail(const std::string& why);

    // where State keeps it
    std::size_t place = 0, workingPlace = 0;

private:
    /// What is waited for; one of them at a time.
    enum class Phase { Idle, Head, Body, Work, Write, Linger };

    /// What came of waiting for a request.
    enum class Head { Incomplete, Complete, Refused, None, Http2 };

    void beginHead();
    Head parseHead();
    Head receiveHead();
    std::optional<Reply> open(Exchange& exchange);
    net::awaitable<bool> receive(Exchange& exchange, std::optional<Reply> refused, std::optional<Status> body);
    void beginWork(Exchange& exchange);
    bool endNow(Reply& reply);
    bool hasBody() const;
    net::awaitable<Status> readBody(Exchange& exchange);
    net::awaitable<Status> readWhole(Exchange& exchange);
    net::awaitable<bool> fill();
    net::awaitable<std::size_t> readSome(char* to, std::size_t most);
    std::size_t inMost() const;
    net::mutable_buffer roomToRead();
    void awaitBytes();
    std::optional<std::size_t> receive(net::mutable_buffer room);
    net::awaitable<void> answerWith(Exchange& exchange, Reply reply);
    net::awaitable<void> stream(Exchange& exchange, Reply& reply);
    net::awaitable<void> endStream(Exchange& exchange, Reply& reply, Status status);
    net::awaitable<void> streamInBand(Exchange& exchange, Reply& reply);
    net::awaitable<void> respond(const Reply& reply);
    net::awaitable<void> respondInBand(const Exchange& exchange, const Reply& reply);
    net::awaitable<bool> send(Pieces pieces);
    net::awaitable<void> linger();
    net::awaitable<Status> write(std::string_view bytes) override;
    std::optional<Status> writeNow(std::string_view bytes) override;

    void begin(Exchange& exchange);
    void end(unsigned status, const Status& why);
    void waitFor(Phase phase, Duration most);
    void waitForBody();
    std::optional<Status> readBodyNow(Exchange& exchange);
    std::optional<Status> streamNow(Reply& reply);
    bool isDone(const Status& streamed) const;
    void beginStream(Reply& reply);
    bool sendNow(Pieces& pieces) { return http::sendNow(socket_.native_handle(), pieces); }
    void composeHead(const Reply& reply, std::optional<std::uint64_t> length, std::string_view encoding);
    void composeEventsHead();
    void finishHead();
    void addChunk(Pieces& pieces, std::string_view bytes);
    Pieces start();
    bool isHalfClosing() const;
    void onReadable(const boost::system::error_code& ended) override;
    void onDropped() override { readSignal_.drop(); }
    void readAhead();
    void heartbeat();
    void lost(const std::string& why);
    void handOver();
    void close();

    // strand only
    Socket socket_;
    http::SocketReader reader_;
    bool readable_ = false;     // the reader has bytes, the end or an error
    bool interrupted_ = false;  // that its wait was ended
    Notifier readSignal_;
    RequestParser parser_{{.header = "limits.header_bytes_max", .body = "limits.body_bytes_max"}};
    InBuffer in_;
    Status headProblem_;
    std::string out_;      // heads and short answers
    std::string pending_;  // of what was sent without waiting, and the kernel did not take whole
    http::ChunkHead chunkHead_;

    Phase phase_ = Phase::Idle;
    TimePoint deadline_ = TimePoint::max();
    bool timedOut_ = false;
    bool first_ = true;     // no request yet
    bool closing_ = false;  // no further request is read
    bool unread_ = false;   // bytes of a refused request may still come
    std::uint32_t streak_ = 0;

    // of the request in work
    Exchange* exchange_ = nullptr;
    bool keepAlive_ = true;
    bool working_ = false;
    bool waiting_ = false;     // for the service's answer: nothing else writes
    bool seen_ = false;        // by a tick: it is no quick one
    bool asked_ = false;       // by a tick: the kernel, whether the connection was reset
    bool pollHangup_ = false;  // too much was pipelined to see the end of it by reading
    bool halfClosed_ = false;  // the client has said that it sends no more, and waits for its answer
    TimePoint bodyBegan_{};
    http::BodyReader body_;
    bool gone_ = false;
    std::string goneWhy_;
    bool headSent_ = false;
    bool chunked_ = false;
    const Reply* streaming_ = nullptr;
    std::optional<Status> streamed_;  // what a stream that ran at once left to be done
    std::optional<std::uint64_t> promised_;
    TimePoint heartbeatAt_ = TimePoint::max();
};

}  // namespace millrace::front
