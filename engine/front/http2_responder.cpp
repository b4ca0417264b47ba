// SPDX-License-Identifier: GPL-3.0-or-later
#include "front/http2_responder.h"

#include "base/letters.h"
#include "front/answer_fields.h"
#include "front/http_text.h"

#include <utility>

namespace millrace::front {

using http::H2Code;
using http::HttpFields;

namespace {

/// Writes HTTP/2 fields, with names in lower case.
class FieldWriter {
public:
    explicit FieldWriter(HttpFields& out) : out_(out) {}
    std::string& begin(std::string_view name)
    {
        name_.assign(name);
        for (char& c : name_) c = lower(c);
        value_.clear();
        return value_;
    }
    void end() { out_.add(name_, trimmed(value_)); }

private:
    HttpFields& out_;
    std::string name_, value_;
};

}  // namespace

Http2Responder::Http2Responder(std::shared_ptr<HttpFront::State> state, std::shared_ptr<HttpPeer> peer,
                               http::H2Connection& connection, http::H2StreamId stream)
    : HttpRequest(std::move(state), std::move(peer)), stream_(stream), connection_(&connection)
{}

net::awaitable<void> Http2Responder::answerWith(Reply& reply)
{
    if (headSent_) {  // by a heartbeat: the answer must be an event
        if (reply.stream)
            co_await streamInBand(reply);
        else
            respondInBand(reply);
    } else if (reply.stream) {
        co_await stream(reply);
    } else {
        respond(reply);
    }
    if (connection_ && call_ && connection_->session().unsent(stream_) > kAheadMax) {
        call_->answerComplete();
        co_await taken();
    }
}

void Http2Responder::respond(const Reply& reply)
{
    if (call_) call_->firstByte();
    const bool framed = !hasNoBody(reply.status);
    const bool hasBody = framed && !bodyless_ && !reply.body.empty();
    sendHead(composeHead(reply, framed ? std::optional<std::uint64_t>(reply.body.size()) : std::nullopt, {}), !hasBody);
    if (hasBody) {
        bodyOut_ += reply.body.size();
        connection_->session().send(stream_, reply.body);
        endBody();
    }
    connection_->wakeForOne();
}

net::awaitable<void> Http2Responder::stream(Reply& reply)
{
    promised_ = reply.stream->contentLength();
    streaming_ = &reply;
    together_ = true;
    auto status = reply.stream->runNow(*this);
    together_ = false;
    if (!status) status = co_await reply.stream->run(*this);
    streaming_ = nullptr;
    endStream(reply, *std::move(status));
}

/// Completes an answer after its stream has run.
void Http2Responder::endStream(Reply& reply, const Status& status)
{
    if (gone_) return;
    if (!status.ok()) {
        if (!headSent_) {
            reply = refusal(exchange_.route.dialect, status);
            return respond(reply);
        }
        reply.why = status;
        if (!connection_) return;
        // An event stream reported the error in-band; other answers must be visibly truncated.
        if (!reply.stream->reportedInBand()) return abortStream();
    }
    if (promised_ && bodyOut_ != *promised_) {
        const Status why = cutShort(*promised_);
        if (!headSent_) {
            reply = refusal(exchange_.route.dialect, why);
            return respond(reply);
        }
        reply.why = why;
        return abortStream();
    }
    if (headSent_) return finish();
    if (call_) call_->firstByte();
    sendHead(composeHead(reply, promised_, reply.encoding), true);
    connection_->wakeForOne();
}

/// Streams an answer after heartbeats have announced an event stream.
net::awaitable<void> Http2Responder::streamInBand(Reply& reply)
{
    streaming_ = &reply;
    const bool isObject = co_await runInBand(reply, *this);
    streaming_ = nullptr;
    if (gone_) co_return;
    if (isObject)
        respondInBand(reply);
    else
        finish();
}

void Http2Responder::respondInBand(const Reply& reply)
{
    const std::string event = inBandEvent(exchange_.route, reply);
    bodyOut_ += event.size();
    connection_->session().send(stream_, event);
    finish();
}

net::awaitable<Status> Http2Responder::write(std::string_view bytes)
{
    if (gone_ || !connection_) co_return clientLeft();
    if (bytes.empty()) co_return absl::OkStatus();
    send(bytes);
    connection_->wakeForOne();
    if (connection_ && connection_->session().unsent(stream_) > kAheadMax) co_await taken();
    if (gone_) co_return clientLeft();
    co_return absl::OkStatus();
}

std::optional<Status> Http2Responder::writeNow(std::string_view bytes)
{
    if (gone_ || !connection_ || bytes.empty() || connection_->session().unsent(stream_) + bytes.size() > kAheadMax)
        return std::nullopt;
    send(bytes);
    if (!together_) connection_->wakeForOne();
    return absl::OkStatus();
}

void Http2Responder::send(std::string_view bytes)
{
    if (bodyOut_ == 0 && call_) call_->firstByte();
    if (!headSent_) sendHead(composeHead(*streaming_, promised_, streaming_->encoding), false);
    bodyOut_ += bytes.size();
    connection_->session().send(stream_, std::string(bytes));
    if (promised_ == bodyOut_) endBody();
}

/// Waits until all output was pulled.
net::awaitable<void> Http2Responder::taken()
{
    while (!gone_ && connection_ && connection_->session().unsent(stream_) > 0) co_await sent_.wait();
}

void Http2Responder::sendHead(const HttpFields& head, bool last)
{
    headSent_ = true;
    finished_ = last;
    connection_->session().respond(stream_, head, last);
}

/// Ends the stream after the pending output.
void Http2Responder::endBody()
{
    finished_ = true;
    connection_->session().finish(stream_);
}

void Http2Responder::finish()
{
    if (!connection_) return;
    endBody();
    connection_->wakeForOne();
}

void Http2Responder::abortStream()
{
    http::H2Connection& connection = *std::exchange(connection_, nullptr);
    connection.session().reset(stream_, H2Code::InternalError);
    connection.wake();
}

HttpFields Http2Responder::composeHead(const Reply& reply, std::optional<std::uint64_t> length,
                                       std::string_view encoding)
{
    HttpFields head;
    head.add(":status", std::to_string(reply.status));
    FieldWriter writer(head);
    addFields(writer, reply, length, false, encoding);
    addSignature(head);
    return head;
}

void Http2Responder::addSignature(HttpFields& head) const
{
    head.add("server", "millrace");
    head.add("date", state_->date());
}

void Http2Responder::heartbeat(TimePoint now)
{
    heartbeatAt_ = now + options_->heartbeat;
    auto& session = connection_->session();
    if (session.unsent(stream_) > 0) return;  // the previous one is still pending
    if (!headSent_) {
        HttpFields head;
        head.add(":status", "200");
        FieldWriter writer(head);
        addEventsFields(writer, false);
        addSignature(head);
        sendHead(head, false);
    }
    session.send(stream_, heartbeatComment(exchange_));
    connection_->wakeForOne();
}

}  // namespace millrace::front
