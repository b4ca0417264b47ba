// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "front/handlers.h"
#include "front/http_peer.h"
#include "front/http_state.h"
#include "http/request_head.h"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::front {

/// One request, independent of the protocol: validation, its Call, the budget of its body, the header fields of its
/// answer. Base of HttpSession, which handles one request after the other, and of Http2Stream, which handles one.
///
/// Thread: the strand.    Not here: parsing, framing, waiting.
class HttpRequest {
protected:
    HttpRequest(std::shared_ptr<HttpFront::State> state, std::shared_ptr<HttpPeer> peer);
    ~HttpRequest() = default;

    /// For the next request.
    void reset();

    /// Validates the head and opens a Call. A reply is a refusal.
    std::optional<Reply> open(Exchange& exchange);
    /// Finishes the Call. `status`: HTTP status sent; `why`: OK, or the error.
    void end(unsigned status, const Status& why);
    /// Reserves memory for the body from the common budget.
    Status holdBody(Exchange& exchange, std::uint64_t bytes);
    /// See http::bodyDeadline().
    TimePoint bodyDeadline(TimePoint began, std::uint64_t bytes) const;
    /// The error for a body that arrived too slowly.
    Status bodyLate();
    /// The error for an answer shorter than its announced length.
    Status cutShort(std::uint64_t promised) const;
    /// Decompresses the body. `gone` becomes true if the client disconnects meanwhile.
    net::awaitable<Status> unpack(Exchange& exchange, const bool& gone);
    /// The comment to send while a client waits for its first event, with the reason for the wait.
    std::string heartbeatComment(const Exchange& exchange) const;

    // Fields of an answer's head, without those of the connection; defined in front/answer_fields.h.
    template <typename Fields>
    void addFields(Fields& out, const Reply& reply, std::optional<std::uint64_t> length, bool chunked,
                   std::string_view encoding);
    template <typename Fields>
    void addEventsFields(Fields& out, bool chunked);

    // fixed after construction
    const std::shared_ptr<HttpFront::State> state_;
    const std::shared_ptr<HttpPeer> peer_;

    // of the request
    http::RequestHead head_;
    std::shared_ptr<const Options> options_;
    std::shared_ptr<serve::Call> call_;
    std::string requestId_;
    std::string origin_;     // that may read the answer
    bool bodyless_ = false;  // HEAD
    std::uint64_t bodyOut_ = 0;

private:
    const Route& route();
    serve::CallInfo describe();
    template <typename Fields>
    void addCommonFields(Fields& out, std::string exposed, std::string vary);
};

/// Runs an answer's stream after heartbeats have already announced an event stream. Events go to `sink`. True: the
/// answer was a single object, now in reply.body, to be sent as inBandEvent().
net::awaitable<bool> runInBand(Reply& reply, stream::Sink& sink);
/// A complete answer, a refusal or an object, as a single event. May be empty.
std::string inBandEvent(const Route& route, const Reply& reply);

}  // namespace millrace::front
