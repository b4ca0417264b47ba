// SPDX-License-Identifier: GPL-3.0-or-later
#include "front/http2_stream.h"

#include "base/free_buffer.h"
#include "front/http_text.h"
#include "http/h2_head.h"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <utility>

namespace millrace::front {

using http::H2Code;
using http::HttpFields;

// ---- the request ----

Http2Stream::Http2Stream(std::shared_ptr<HttpFront::State> state, std::shared_ptr<HttpPeer> peer,
                         http::H2Connection& connection, http::H2StreamId stream)
    : Http2Responder(std::move(state), std::move(peer), connection, stream)
{}

Http2Stream::~Http2Stream()
{
    state_->http2Streams.erase(this);
}

void Http2Stream::begin(const HttpFields& fields, bool tooLarge, bool last)
{
    pass_ = state_->gate.enter();
    if (!pass_) {  // not processed: the client may retry
        phase_ = Phase::Done;
        connection_->session().reset(stream_, H2Code::RefusedStream);
        return connection_->wakeForOne();
    }
    state_->http2Streams.insert(this);
    http::readHead(fields, head_);
    if (tooLarge) {
        state_->refused("header");
        exchange_.route.dialect = Dialect::OpenAi;
        return refuse(httpRefusal(431, "the request headers are larger than " +
                                           std::to_string(options_->headerBytesMax) +
                                           " bytes (limits.header_bytes_max)"));
    }
    if (const auto refused = HttpRequest::open(exchange_)) return refuse(*refused);
    body_.begin(head_, options_->bodyBytesMax, exchange_.held, options_->bodiesMost());
    if (last) return;
    bodyBegan_ = state_->clock.now();
    deadline_ = bodyDeadline(bodyBegan_, 0);
    if (call_) {
        const CancelToken token = call_->context().cancel;
        onCancel_ = token.onCancel([this, token] {  // stopped by the engine or the operator
            if (!gone_ && phase_ == Phase::Body) refuse(token.status());
        });
        if (phase_ != Phase::Body) return;
    }
    if (!head_.find("expect")) return;
    HttpFields interim;
    interim.add(":status", "100");
    connection_->session().inform(stream_, interim);
    connection_->wakeForOne();
}

void Http2Stream::onData(std::string_view bytes)
{
    connection_->session().consume(stream_, bytes.size());
    if (phase_ != Phase::Body || bytes.empty()) return;
    const auto step = body_.append(bytes);
    deadline_ = bodyDeadline(bodyBegan_, body_.received());
    if (step == http::BodyReader::Step::NoMemory) return refuse(state_->bodiesAreFull(*options_));
    if (step == http::BodyReader::Step::Failed)
        refuse(httpRefusal(413, "the request body is larger than " + std::to_string(options_->bodyBytesMax) +
                                    " bytes (limits.body_bytes_max)"));
}

void Http2Stream::onEnd()
{
    if (phase_ != Phase::Body) return;
    onCancel_ = {};
    phase_ = Phase::Work;
    exchange_.body = body_.takeText();
    LoopTime::exactFor(exchange_.body.size());
    if (exchange_.call) exchange_.call->received();
    exchange_.acceptGzip = acceptsGzip(head_.find("accept-encoding").value_or(""));
    if (options_->heartbeat > Duration{}) heartbeatAt_ = state_->clock.now() + options_->heartbeat;
    net::co_spawn(state_->strand, run(), [self = shared_from_this()](const std::exception_ptr& error) {
        if (error) self->fail(error);
    });
}

net::awaitable<void> Http2Stream::run()
{
    const auto self = shared_from_this();
    if (head_.find("content-encoding")) {
        const Status status = co_await unpack(exchange_, gone_);
        if (!gone_ && !status.ok()) {
            refuse(status);
            co_return;
        }
    }
    std::optional<Reply> reply;
    if (!gone_) reply = state_->handlers.answerNow(exchange_.route, state_->draining);
    if (!gone_ && !reply) {
        waiting_ = true;
        reply = co_await state_->handlers.answer(exchange_);
        waiting_ = false;
    }
    if (gone_) {
        end(499, clientLeft());
        co_return;
    }
    co_await answerWith(*reply);
    end(gone_ ? 499 : reply->status, gone_ ? clientLeft() : reply->why);
}

void Http2Stream::refuse(const Reply& reply)
{
    const auto self = shared_from_this();
    phase_ = Phase::Done;
    onCancel_ = {};
    respond(reply);
    end(reply.status, reply.why);
}

void Http2Stream::end(unsigned status, const Status& why)
{
    phase_ = Phase::Done;
    waiting_ = false;
    HttpRequest::end(status, why);
    exchange_.call.reset();
    body_.release();
    freeBuffer(exchange_.body);  // frees memory early: the stream may last long
    exchange_.held.release();
    state_->http2Streams.erase(this);
    pass_ = {};
}

void Http2Stream::fail(const std::exception_ptr& error)
{
    const std::string why = exceptionText(error);
    state_->eventLog.append(Severity::Error, "front_failed", state_->address, why);
    streaming_ = nullptr;
    end(500, internal(why));
    if (connection_) abortStream();
}

// ---- the client's presence ----

void Http2Stream::onSent()
{
    sent_.wakeLater(state_->strand);
}

void Http2Stream::onClosed(std::uint32_t code)
{
    if (!std::exchange(connection_, nullptr)) return;
    const bool complete = finished_ && code == static_cast<std::uint32_t>(H2Code::NoError);
    if (phase_ != Phase::Done && !complete) lost("the client disconnected");
    sent_.wakeLater(state_->strand);
}

void Http2Stream::look(TimePoint now)
{
    if (!connection_) return;
    if (phase_ == Phase::Body && now >= std::min(deadline_, state_->connections.bodiesUntil()))
        return refuse(bodyLate());
    const std::size_t unsent = connection_->session().unsent(stream_);
    if (unsent == 0 || std::exchange(unsent_, unsent) != unsent) sentAt_ = now;
    if (unsent > 0 && now - sentAt_ >= options_->bodyTimeout)
        return abort("the client did not read its response in time (limits.body_timeout_ms)");
    if (waiting_ && now >= heartbeatAt_ && exchange_.waitsForEvents) heartbeat(now);
}

void Http2Stream::abort(const std::string& why)
{
    const auto self = shared_from_this();
    lost(why);
    if (!connection_) return;
    connection_->session().reset(stream_, H2Code::Cancel);
    connection_->wakeForOne();
}

void Http2Stream::lost(const std::string& why)
{
    if (std::exchange(gone_, true)) return;
    sent_.wakeLater(state_->strand);
    if (const auto call = call_) call->cancel(why);
    if (phase_ == Phase::Body) end(499, clientLeft());
}

// ---- the connection ----

Http2Service::Http2Service(std::shared_ptr<HttpFront::State> state, const http::H2Peer& peer)
    : state_(std::move(state)), peer_(std::make_shared<HttpPeer>())
{
    peer_->address = peer.address;
    peer_->port = peer.port;
}

std::shared_ptr<http::H2Stream> Http2Service::open(http::H2Connection& connection, http::H2StreamId id,
                                                   const HttpFields& fields, bool tooLarge, bool last)
{
    const auto stream = std::make_shared<Http2Stream>(state_, peer_, connection, id);
    stream->begin(fields, tooLarge, last);
    return stream;
}

}  // namespace millrace::front
