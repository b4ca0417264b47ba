// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/cancel.h"
#include "base/gate.h"
#include "front/http2_responder.h"
#include "http/body_reader.h"
#include "http/h2_stream.h"

#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <string_view>

namespace millrace::front {

/// One HTTP request over HTTP/2, on a connection shared with others and with gRPC calls.
///
/// Owner:  its session until the stream is closed, and its coroutine; registered with State.
/// Thread: the strand.
/// Bound:  the body as with HTTP/1.1; output as Http2Responder.
/// Errors: as with HTTP/1.1; an answer that breaks off resets the stream.
/// Stop:   abort(), or the end of the connection: the call is cancelled.
class Http2Stream final : public http::H2Stream,
                          private Http2Responder,
                          public std::enable_shared_from_this<Http2Stream> {
public:
    Http2Stream(std::shared_ptr<HttpFront::State> state, std::shared_ptr<HttpPeer> peer, http::H2Connection& connection,
                http::H2StreamId stream);
    ~Http2Stream() override;

    /// Its head has arrived. REQUIRES: called once, before any other method.
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
    void refuse(const Reply& reply);
    void refuse(const Status& status) { refuse(refusal(exchange_.route.dialect, status)); }
    void end(unsigned status, const Status& why);
    void lost(const std::string& why);
    void fail(const std::exception_ptr& error);

    // strand only
    Gate::Pass pass_;  // while it is being served
    Phase phase_ = Phase::Body;
    TimePoint bodyBegan_{}, deadline_ = TimePoint::max();
    http::BodyReader body_;
    CancelToken::Registration onCancel_;  // while the body arrives
    bool waiting_ = false;                // for the service's answer: heartbeats may be written
    std::size_t unsent_ = 0;
    TimePoint sentAt_{};  // last progress of unsent output
};

/// Creates an Http2Stream for each HTTP request on one connection.
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
