// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/notifier.h"
#include "front/http_request.h"
#include "http/h2_connection.h"
#include "http/h2_stream.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace millrace::front {

/// Sends answers over an HTTP/2 stream: whole, streamed, or as events after heartbeats.
///
/// Owner:  base of Http2Stream.    Thread: the strand.
/// Bound:  kAheadMax bytes and one write of the answer wait for the client's windows.
/// Errors: after a disconnect writes fail with clientLeft(); an answer that breaks off resets the stream.
/// Not here: reading the request, producing the answer.
class Http2Responder : protected HttpRequest, protected stream::Sink {
public:
    static constexpr std::size_t kAheadMax = 8192;

protected:
    Http2Responder(std::shared_ptr<HttpFront::State> state, std::shared_ptr<HttpPeer> peer,
                   http::H2Connection& connection, http::H2StreamId stream);
    ~Http2Responder() = default;

    net::awaitable<void> answerWith(Reply& reply);
    void respond(const Reply& reply);
    void heartbeat(TimePoint now);
    /// Resets the stream: the client sees that the answer is incomplete.
    void abortStream();

    // fixed after construction
    const http::H2StreamId stream_;

    // strand only
    http::H2Connection* connection_;  // null once the stream is closed
    Exchange exchange_{head_};
    bool gone_ = false;
    bool finished_ = false;  // the answer is complete
    const Reply* streaming_ = nullptr;
    TimePoint heartbeatAt_ = TimePoint::max();
    Notifier sent_;  // output was pulled

private:
    net::awaitable<void> stream(Reply& reply);
    void endStream(Reply& reply, const Status& status);
    net::awaitable<void> streamInBand(Reply& reply);
    void respondInBand(const Reply& reply);
    net::awaitable<void> taken();
    net::awaitable<Status> write(std::string_view bytes) override;
    std::optional<Status> writeNow(std::string_view bytes) override;
    void send(std::string_view bytes);
    void sendHead(const http::HttpFields& head, bool last);
    void endBody();
    void finish();
    http::HttpFields composeHead(const Reply& reply, std::optional<std::uint64_t> length, std::string_view encoding);
    void addSignature(http::HttpFields& head) const;

    bool headSent_ = false;
    bool together_ = false;  // the answer ends with this write
    std::optional<std::uint64_t> promised_;
};

}  // namespace millrace::front
