// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/cancel.h"
#include "base/gate.h"
#include "base/notifier.h"
#include "front/http_request.h"
#include "http/body_reader.h"
#include "http/h2_stream.h"

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::front {

/// One request over HTTP/2: a stream of a connection that has others, and calls of gRPC beside it.
///
/// Owner:  its session until the stream is over, its coroutine as long as it works; State knows it meanwhile.
/// Thread: the strand.
/// Bound:  the body as with HTTP/1.1; kAheadMax and one write of the answer wait for the client's windows.
/// Errors: as with HTTP/1.1; an answer that breaks off resets the stream.
/// Stop:   abort(), or the end of the connection: the call is cancelled.
class Http2Stream final : public http::H2Stream,
                          private HttpRequest,
                          private stream::Sink,
                          public std::enable_shared_from_this<Http2Stream> {
public:
    static constexpr std::size_t kAheadMax = 8192;

    Http2Stream(std::shared_ptr<HttpFront::State> state, std::shared_ptr<HttpPeer> peer, http::H2Connection& connection,
                http::H2StreamId stream);
    ~Http2Stream() override;

    /// Its head is there. Once, before anything else.
    void begin(const http::HttpFields& fields, bool tooLarge, bool last);
    void abort(const std::string& why);

private:
    enum class Phase { Body, Work, Done };

    void onData(std::string_view bytes) override;
    void onEnd() override;
    void onSent() override;
    void onClosed(std::uint32_t code) override;
    void look(TimePoint now) override;

    net::awaitable<void> run();
    net::awaitable<void> answerWith(Reply reply);
    net::awaitable<void> stream(Reply& reply);
    void endStream(Reply& reply, const Status& status);
    net::awaitable<void> streamInBand(Reply& reply);
    void respond(const Reply& reply);
    void respondInBand(const Reply& reply);
    void refuse(const Reply& reply);
    void refuse(const Status& status) { refuse(refusal(exchange_.route.dialect, status)); }
    net::awaitable<void> taken();
    net::awaitable<Status> write(std::string_view bytes) override;
    std::optional<Status> writeNow(std::string_view bytes) override;
    void send(std::string_view bytes);
    void sendHead(const http::HttpFields& head, bool last);
    void endBody();
    void finish();
    void breakOff();
    http::HttpFields composeHead(const Reply& reply, std::optional<std::uint64_t> length, std::string_view encoding);
    void addSignature(http::HttpFields& head) const;
    void heartbeat(TimePoint now);
    void end(unsigned status, const Status& why);
    void lost(const std::string& why);
    void fail(const std::exception_ptr& error);

    // fixed after construction
    const http::H2StreamId stream_;

    // strand only
    http::H2Connection* connection_;  // none once the stream is over: the client is gone then, or has all
    Gate::Pass pass_;                 // while it works
    Exchange exchange_{head_};
    Phase phase_ = Phase::Body;
    TimePoint bodyBegan_{}, deadline_ = TimePoint::max();
    http::BodyReader body_;
    CancelToken::Registration onCancel_;  // of a call whose body arrives
    bool gone_ = false;
    bool waiting_ = false;  // for the service's answer: nothing else writes
    bool headSent_ = false, finished_ = false;
    bool together_ = false;  // the end of the answer follows what is written
    const Reply* streaming_ = nullptr;
    std::optional<std::uint64_t> promised_;
    TimePoint heartbeatAt_ = TimePoint::max();
    std::size_t unsent_ = 0;
    TimePoint sentAt_{};  // the last progress of what is unsent
    Notifier sent_;
};

/// Requests over HTTP/2 of one connection.
class Http2Service final : public http::H2Service {
public:
    Http2Service(std::shared_ptr<HttpFront::State> state, const http::H2Peer& peer);
    std::shared_ptr<http::H2Stream> open(http::H2Connection& connection, http::H2StreamId stream,
                                         const http::HttpFields& fields, bool tooLarge, bool last) override;

private:
    const std::shared_ptr<HttpFront::State> state_;
    const std::shared_ptr<HttpPeer> peer_;
};

}  // namespace millrace::front
