// SPDX-License-Identifier: GPL-3.0-or-later
#include "front/http_responder.h"

#include "front/answer_fields.h"
#include "front/http_text.h"

namespace millrace::front {

namespace {

constexpr std::size_t kShort = 8192;      // smaller answers are copied behind their head
constexpr std::size_t kJoinedMax = 2048;  // the same for pieces, to save an iovec
using http::kLastChunk;
constexpr http::RequestParser::Settings kSettings{.header = "limits.header_bytes_max",
                                                  .body = "limits.body_bytes_max",
                                                  .headTime = "limits.header_timeout_ms",
                                                  .bodyTime = "limits.body_timeout_ms"};

/// Writes HTTP/1.1 fields, one per line.
struct FieldLines {
    std::string& out;

    std::string& begin(std::string_view name)
    {
        out += name;
        out += ": ";
        return out;
    }
    void end() { out += "\r\n"; }
};

std::shared_ptr<HttpPeer> peerOf(const HttpResponder::TcpSocket& socket)
{
    auto peer = std::make_shared<HttpPeer>();
    boost::system::error_code error;
    const auto endpoint = socket.remote_endpoint(error);
    if (!error) {
        peer->port = endpoint.port();
        peer->address = endpoint.address().to_string();
    }
    return peer;
}

}  // namespace

http::Http1Limits limitsOf(const Options& options)
{
    http::Http1Limits limits;
    limits.headerBytes = options.headerBytesMax;
    limits.bodyBytes = options.bodyBytesMax;
    limits.bodiesBytes = options.bodiesBytesMax;
    limits.idle = options.keepaliveTimeout;
    limits.head = options.headerTimeout;
    limits.body = limits.written = options.bodyTimeout;
    return limits;
}

HttpResponder::HttpResponder(const std::shared_ptr<HttpFront::State>& state, TcpSocket socket,
                             std::string_view received)
    : HttpRequest(state, peerOf(socket)),
      Http1Connection(std::shared_ptr<http::Http1Connections>(state, &state->connections), Socket(std::move(socket)),
                      limitsOf(*state->options), kSettings, received)
{}

void HttpResponder::beginAnswer()
{
    headSent_ = false;
    chunked_ = false;
    promised_.reset();
    heartbeatAt_ = TimePoint::max();
}

bool HttpResponder::answerNow(Reply& reply)
{
    auto streamed = streamNow(reply);
    if (!streamed) return false;
    if (isDone(*streamed)) return true;
    streamed_ = *std::move(streamed);
    return false;
}

net::awaitable<void> HttpResponder::answerWith(Exchange& exchange, Reply& reply)
{
    if (auto streamed = std::exchange(streamed_, std::nullopt)) {
        co_await endStream(exchange, reply, *std::move(streamed));
    } else if (headSent_) {  // by a heartbeat: the answer must be an event
        keepAlive_ = false;
        if (reply.stream)
            co_await streamInBand(exchange, reply);
        else
            co_await respondInBand(exchange, reply);
    } else if (reply.stream) {
        co_await stream(exchange, reply);
    } else {
        co_await respond(reply);
    }
}

net::awaitable<void> HttpResponder::respond(const Reply& reply)
{
    if (call_) call_->firstByte();
    const bool framed = !hasNoBody(reply.status);
    const bool hasBody = !bodyless_ && framed;
    chunked_ = false;
    composeHead(reply, framed ? std::optional<std::uint64_t>(reply.body.size()) : std::nullopt, {});
    if (hasBody) bodyOut_ += reply.body.size();
    const bool isShort = reply.body.size() <= kShort;
    if (hasBody && isShort) out_ += reply.body;
    Pieces pieces;
    pieces.add(out_);
    if (hasBody && !isShort) pieces.add(reply.body);
    headSent_ = true;
    if (sendNow(pieces)) co_return;
    if (call_) call_->answerComplete();
    co_await send(pieces);
}

net::awaitable<void> HttpResponder::stream(Exchange& exchange, Reply& reply)
{
    beginStream(reply);
    Status status = co_await reply.stream->run(*this);
    co_await endStream(exchange, reply, std::move(status));
}

void HttpResponder::beginStream(Reply& reply)
{
    promised_ = reply.stream->contentLength();
    chunked_ = !promised_ && head_.version() >= 11;
    if (!promised_ && !chunked_) keepAlive_ = false;  // HTTP/1.0: the answer ends with the connection
    streaming_ = &reply;
}

/// The fast path: a complete answer in a single write. Empty: not possible, and nothing was sent.
std::optional<Status> HttpResponder::streamNow(Reply& reply)
{
    if (headSent_ || !reply.stream) return std::nullopt;
    beginStream(reply);
    auto status = reply.stream->runNow(*this);
    streaming_ = nullptr;
    return status;
}

/// True if nothing remains to be sent or logged after a stream.
bool HttpResponder::isDone(const Status& streamed) const
{
    return streamed.ok() && headSent_ && !chunked_ && pending_.empty() && bodyOut_ == promised_;
}

/// Completes an answer after its stream has run.
net::awaitable<void> HttpResponder::endStream(Exchange& exchange, Reply& reply, Status status)
{
    streaming_ = nullptr;
    if (gone_) co_return;
    if (!status.ok()) {
        if (!headSent_) {
            reply = refusal(exchange.route.dialect, status);
            co_await respond(reply);
            co_return;
        }
        // An event stream reported the error in-band; other answers must be visibly truncated.
        reply.why = status;
        keepAlive_ = false;
        if (!chunked_ || !reply.stream->reportedInBand()) co_return;
    }
    if (promised_ && headSent_ && bodyOut_ != *promised_) {
        reply.why = cutShort(*promised_);
        keepAlive_ = false;
        co_return;
    }
    Pieces pieces = start();
    if (!headSent_) {
        if (call_) call_->firstByte();
        composeHead(reply, promised_, reply.encoding);
        headSent_ = true;
        pieces.add(out_);
    }
    if (chunked_) pieces.add(kLastChunk);
    if (!sendNow(pieces)) {
        if (call_) call_->answerComplete();
        co_await send(pieces);
    }
    pending_.clear();
}

/// Streams an answer after heartbeats have announced an event stream.
net::awaitable<void> HttpResponder::streamInBand(Exchange& exchange, Reply& reply)
{
    streaming_ = &reply;
    const bool isObject = co_await runInBand(reply, *this);
    streaming_ = nullptr;
    if (gone_) co_return;
    if (isObject) {
        co_await respondInBand(exchange, reply);
        co_return;
    }
    Pieces pieces = start();
    if (chunked_) pieces.add(kLastChunk);
    if (!sendNow(pieces)) co_await send(pieces);
}

/// Sends a complete answer, a refusal or an object, as a single event.
net::awaitable<void> HttpResponder::respondInBand(const Exchange& exchange, const Reply& reply)
{
    const std::string event = inBandEvent(exchange.route, reply);
    bodyOut_ += event.size();
    Pieces pieces = start();
    if (!event.empty()) addChunk(pieces, event);
    if (call_) call_->answerComplete();
    if (!sendNow(pieces) && !co_await send(pieces)) co_return;
    Pieces last;
    if (chunked_) last.add(kLastChunk);
    if (!sendNow(last)) co_await send(last);
}

/// Starts a write with output that is still pending from a heartbeat.
Pieces HttpResponder::start()
{
    Pieces pieces;
    if (!pending_.empty()) pieces.add(pending_);
    return pieces;
}

void HttpResponder::addChunk(Pieces& pieces, std::string_view bytes)
{
    if (!chunked_) {
        pieces.add(bytes);
        return;
    }
    pieces.add(chunkHead_.write(bytes.size()));
    pieces.add(bytes);
    pieces.add("\r\n");
}

net::awaitable<Status> HttpResponder::write(std::string_view bytes)
{
    if (gone_) co_return clientLeft();
    if (bytes.empty()) co_return absl::OkStatus();
    if (bodyOut_ == 0 && call_) call_->firstByte();
    Pieces pieces = start();
    if (!headSent_) {
        composeHead(*streaming_, promised_, streaming_->encoding);
        headSent_ = true;
        pieces.add(out_);
    }
    addChunk(pieces, bytes);
    bodyOut_ += bytes.size();
    if (!sendNow(pieces) && !co_await send(pieces)) co_return clientLeft();
    pending_.clear();
    co_return absl::OkStatus();
}

/// Output that the kernel does not accept is kept for the next write.
std::optional<Status> HttpResponder::writeNow(std::string_view bytes)
{
    if (gone_ || bytes.empty() || bytes.size() > kShort || !pending_.empty()) return std::nullopt;
    if (bodyOut_ == 0 && call_) call_->firstByte();
    Pieces pieces;
    bool joined = false;
    if (!headSent_) {
        composeHead(*streaming_, promised_, streaming_->encoding);
        joined = !chunked_ && bytes.size() <= kJoinedMax;
        if (joined) out_ += bytes;
        pieces.add(out_);
    }
    if (!joined) addChunk(pieces, bytes);
    const std::size_t all = pieces.left();
    if (!sendNow(pieces)) {
        if (pieces.left() == all) return std::nullopt;  // possibly broken: write() reports it
        for (std::size_t i = 0; i < pieces.count; ++i)
            pending_.append(static_cast<const char*>(pieces.all[i].data()), pieces.all[i].size());
    }
    headSent_ = true;
    bodyOut_ += bytes.size();
    return absl::OkStatus();
}

void HttpResponder::heartbeat(const Exchange& exchange)
{
    heartbeatAt_ = state_->clock.now() + options_->heartbeat;
    if (!pending_.empty()) return;  // the previous one is still pending
    const std::string comment = heartbeatComment(exchange);
    Pieces pieces;
    if (!headSent_) {
        chunked_ = head_.version() >= 11;
        composeEventsHead();
        headSent_ = true;
        pieces.add(out_);
    }
    addChunk(pieces, comment);
    if (sendNow(pieces)) return;
    for (std::size_t i = 0; i < pieces.count; ++i)
        pending_.append(static_cast<const char*>(pieces.all[i].data()), pieces.all[i].size());
}

void HttpResponder::composeHead(const Reply& reply, std::optional<std::uint64_t> length, std::string_view encoding)
{
    out_.clear();
    if (reply.status == 200) {
        out_ += "HTTP/1.1 200 OK\r\n";
    } else {
        out_ += "HTTP/1.1 ";
        out_ += statusLine(reply.status);
    }
    FieldLines lines{out_};
    addFields(lines, reply, length, chunked_, encoding);
    finishHead();
}

void HttpResponder::composeEventsHead()
{
    out_ = "HTTP/1.1 200 OK\r\n";
    FieldLines lines{out_};
    addEventsFields(lines, chunked_);
    keepAlive_ = false;
    finishHead();
}

void HttpResponder::finishHead()
{
    out_ += state_->signature();
    if (state_->draining) keepAlive_ = false;
    if (!keepAlive_)
        out_ += "Connection: close\r\n";
    else if (head_.version() < 11)
        out_ += "Connection: keep-alive\r\n";
    out_ += "\r\n";
}

}  // namespace millrace::front
