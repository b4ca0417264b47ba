// SPDX-License-Identifier: GPL-3.0-or-later
// How answers go out.
#include "front/answer_fields.h"
#include "front/http_session.h"
#include "front/http_text.h"

namespace millrace::front {

namespace {

constexpr std::size_t kShort = 8192;      // answers that are copied behind their head
constexpr std::size_t kJoinedMax = 2048;  // the same, where it is only to spare the kernel a second piece
using http::kLastChunk;

/// Fields of HTTP/1.1, one a line.
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

}  // namespace

net::awaitable<void> HttpSession::answerWith(Exchange& exchange, Reply reply)
{
    if (auto streamed = std::exchange(streamed_, std::nullopt)) {
        co_await endStream(exchange, reply, *std::move(streamed));
    } else if (headSent_) {  // by a heartbeat: all that comes now is an event
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
    end(gone_ ? 499 : reply.status, gone_ ? clientLeft() : reply.why);
}

net::awaitable<void> HttpSession::respond(const Reply& reply)
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

net::awaitable<void> HttpSession::stream(Exchange& exchange, Reply& reply)
{
    beginStream(reply);
    Status status = co_await reply.stream->run(*this);
    co_await endStream(exchange, reply, std::move(status));
}

void HttpSession::beginStream(Reply& reply)
{
    promised_ = reply.stream->contentLength();
    chunked_ = !promised_ && head_.version() >= 11;
    if (!promised_ && !chunked_) keepAlive_ = false;  // HTTP/1.0: the end of the connection is the end of the answer
    streaming_ = &reply;
}

/// The way of most answers: all of it is there and goes out in one write. Empty: it does not, and nothing was sent.
std::optional<Status> HttpSession::streamNow(Reply& reply)
{
    if (headSent_ || !reply.stream) return std::nullopt;
    beginStream(reply);
    auto status = reply.stream->runNow(*this);
    streaming_ = nullptr;
    return status;
}

/// Whether nothing is left to be sent, or said, after a stream.
bool HttpSession::isDone(const Status& streamed) const
{
    return streamed.ok() && headSent_ && !chunked_ && pending_.empty() && bodyOut_ == promised_;
}

/// What is left to do after a stream has run.
net::awaitable<void> HttpSession::endStream(Exchange& exchange, Reply& reply, Status status)
{
    streaming_ = nullptr;
    if (gone_) co_return;
    if (!status.ok()) {
        if (!headSent_) {
            reply = refusal(exchange.route.dialect, status);
            co_await respond(reply);
            co_return;
        }
        // A stream of events has reported it in-band; anything else must be seen to be cut off.
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

/// The answer of a stream after heartbeats have said that plain events will come.
net::awaitable<void> HttpSession::streamInBand(Exchange& exchange, Reply& reply)
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

/// A whole answer where events were promised: the refusal or the object as the one event.
net::awaitable<void> HttpSession::respondInBand(const Exchange& exchange, const Reply& reply)
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

/// Pieces that begin with what a heartbeat left over.
Pieces HttpSession::start()
{
    Pieces pieces;
    if (!pending_.empty()) pieces.add(pending_);
    return pieces;
}

void HttpSession::addChunk(Pieces& pieces, std::string_view bytes)
{
    if (!chunked_) {
        pieces.add(bytes);
        return;
    }
    pieces.add(chunkHead_.write(bytes.size()));
    pieces.add(bytes);
    pieces.add("\r\n");
}

net::awaitable<Status> HttpSession::write(std::string_view bytes)
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

/// What of it the kernel does not take is kept for the next write.
std::optional<Status> HttpSession::writeNow(std::string_view bytes)
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
        if (pieces.left() == all) return std::nullopt;  // it may be broken: write() finds out
        for (std::size_t i = 0; i < pieces.count; ++i)
            pending_.append(static_cast<const char*>(pieces.all[i].data()), pieces.all[i].size());
    }
    headSent_ = true;
    bodyOut_ += bytes.size();
    return absl::OkStatus();
}

void HttpSession::composeHead(const Reply& reply, std::optional<std::uint64_t> length, std::string_view encoding)
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

void HttpSession::composeEventsHead()
{
    out_ = "HTTP/1.1 200 OK\r\n";
    FieldLines lines{out_};
    addEventsFields(lines, chunked_);
    keepAlive_ = false;
    finishHead();
}

void HttpSession::finishHead()
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
