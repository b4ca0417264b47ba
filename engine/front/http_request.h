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

/// One request of a client and how the front treats it, whatever carries it: what it must be before it is served, its
/// call and its end, the bytes of its body, the fields of its answer. An HTTP/1.1 connection is one request after the
/// other, a stream of HTTP/2 is one.
///
/// Thread: the strand.    Not here: bytes, frames and waiting.
class HttpRequest {
protected:
    HttpRequest(std::shared_ptr<HttpFront::State> state, std::shared_ptr<HttpPeer> peer);
    ~HttpRequest() = default;

    /// Forgets the one before.
    void reset();

    /// The head has been read; a reply refuses it.
    std::optional<Reply> open(Exchange& exchange);
    /// The answer has been given, or nobody waits for it.
    void end(unsigned status, const Status& why);
    /// Takes memory for the body from what all bodies may have.
    Status holdBody(Exchange& exchange, std::uint64_t bytes);
    /// The deadline of a body that began at `began` and of which `bytes` have arrived.
    TimePoint bodyDeadline(TimePoint began, std::uint64_t bytes) const;
    /// Why it has: the client may still read that.
    Status bodyLate();
    /// Of an answer that ended before all that was promised of it.
    Status cutShort(std::uint64_t promised) const;
    /// A body that was packed becomes plain; `gone`: the client is, meanwhile.
    net::awaitable<Status> unpack(Exchange& exchange, const bool& gone);
    /// Comment line for a client that waits for events while there are none.
    std::string heartbeatComment(const Exchange& exchange) const;

    // What an answer's head has, but for what is the connection's; the templates are in front/answer_fields.h.
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
    std::string origin_;     // which may read the answer
    bool bodyless_ = false;  // HEAD
    std::uint64_t bodyOut_ = 0;

private:
    const Route& route();
    serve::CallInfo describe();
    template <typename Fields>
    void addCommonFields(Fields& out, std::string exposed, std::string vary);
};

/// The answer of a stream after heartbeats have said that plain events will come. Events go to `sink`; true: it was an
/// object, which is the reply's body now and goes out as inBandEvent().
net::awaitable<bool> runInBand(Reply& reply, stream::Sink& sink);
/// A whole answer where events were promised: the refusal or the object as the one event. May be empty.
std::string inBandEvent(const Route& route, const Reply& reply);

}  // namespace millrace::front
