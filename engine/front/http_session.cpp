// SPDX-License-Identifier: GPL-3.0-or-later
#include "front/http_session.h"

#include "front/hosts.h"
#include "front/http_text.h"
#include "front/inflate.h"
#include "front/openai.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <poll.h>
#include <sys/socket.h>

namespace millrace::front {

namespace {

constexpr auto kTuple = net::as_tuple(net::use_awaitable);
constexpr std::size_t kInMax = 65536;            // of chunked bodies and pipelined requests
constexpr std::size_t kBodyAtOnce = 256u << 10;  // memory is taken as a body arrives, not as it is announced
constexpr std::size_t kInflateAtOnce = 256u << 10;
constexpr std::size_t kShort = 8192;  // answers that are copied behind their head
constexpr std::size_t kLingerBytesMax = 16u << 20;
constexpr Duration kLingerMax = 2s;
constexpr std::uint32_t kStreakMax = 16;  // pipelined requests answered in a row before others get their turn
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr std::string_view kLastChunk = "0\r\n\r\n";

Status refuse(unsigned http, const std::string& message)
{
    return withHttpStatus(invalidArgument(message), http);
}

Status forbidden(const std::string& message)
{
    return Status(absl::StatusCode::kPermissionDenied, message);
}

Status clientLeft()
{
    return cancelled("the client left");
}

/// Unpacks what a stream packed, for a client that has been promised plain bytes by a heartbeat.
class Unpacking final : public stream::Sink {
public:
    explicit Unpacking(stream::Sink& next) : next_(next) {}
    net::awaitable<Status> write(std::string_view bytes) override
    {
        for (bool more = true; more || !bytes.empty();) {
            plain_.clear();
            auto turn = inflater_.inflate(bytes, plain_, 65536);
            if (!turn.ok()) co_return internal("our own gzip cannot be read: " + text(turn.status()));
            bytes.remove_prefix(turn->used);
            more = turn->more;
            if (Status status = co_await next_.write(plain_); !status.ok()) co_return status;
            if (turn->ended) break;
        }
        co_return absl::OkStatus();
    }

private:
    stream::Sink& next_;
    Inflater inflater_;
    std::string plain_;
};

}  // namespace

// ---- buffers ----

void InBuffer::consume(std::size_t count)
{
    begin_ += count;
    if (begin_ == end_) begin_ = end_ = 0;
}

net::mutable_buffer InBuffer::prepare(std::size_t most)
{
    if (end_ == bytes_.size() && begin_ > 0) {
        std::copy(bytes_.begin() + static_cast<std::ptrdiff_t>(begin_),
                  bytes_.begin() + static_cast<std::ptrdiff_t>(end_), bytes_.begin());
        end_ -= begin_;
        begin_ = 0;
    }
    if (end_ == bytes_.size()) bytes_.resize(std::min(std::max(kStart, 2 * bytes_.size()), std::max(kStart, most)));
    return {bytes_.data() + end_, bytes_.size() - end_};
}

void InBuffer::shrink()
{
    if (!empty() || bytes_.size() <= 2 * kStart) return;
    std::string().swap(bytes_);
}

std::size_t Pieces::left() const
{
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < count; ++i) bytes += all[i].size();
    return bytes;
}

void Pieces::consume(std::size_t bytes)
{
    for (std::size_t i = 0; i < count && bytes > 0; ++i) {
        const std::size_t part = std::min(bytes, all[i].size());
        all[i] += part;
        bytes -= part;
    }
}

// ---- the connection ----

HttpSession::HttpSession(std::shared_ptr<HttpFront::State> state, Socket socket)
    : state_(std::move(state)), socket_(std::move(socket)), options_(state_->options)
{
    boost::system::error_code ec;
    const auto peer = socket_.remote_endpoint(ec);
    if (!ec) peerPort_ = peer.port();
    socket_.set_option(net::ip::tcp::no_delay(true), ec);
    socket_.non_blocking(true, ec);  // writes are tried before they are waited for
}

net::awaitable<void> HttpSession::run()
{
    const auto self = shared_from_this();
    const auto pass = state_->gate.enter();
    while (!closing_) {
        if (!co_await readHead()) break;
        if (!co_await serveOne()) break;
        first_ = false;
        if (in_.empty()) {
            streak_ = 0;
            in_.shrink();
        } else if (++streak_ % kStreakMax == 0) {
            co_await net::post(state_->strand, net::use_awaitable);
        }
    }
    if (unread_ && !gone_) co_await linger();
    close();
}

void HttpSession::waitFor(Phase phase, Duration most)
{
    phase_ = phase;
    timedOut_ = false;
    deadline_ = most == Duration::max() ? TimePoint::max() : state_->clock.now() + most;
}

net::awaitable<bool> HttpSession::fill()
{
    const auto room = in_.prepare(std::max<std::size_t>(kInMax, options_->headerBytesMax));
    if (room.size() == 0) co_return false;
    auto [ec, count] = co_await socket_.async_read_some(room, kTuple);
    if (ec) co_return false;
    in_.commit(count);
    co_return true;
}

/// False: there is no further request; what had to be said has been said.
net::awaitable<bool> HttpSession::readHead()
{
    options_ = state_->options;
    parser_.reset(options_->headerBytesMax);
    head_.clear();
    keepAlive_ = false;
    bodyless_ = false;
    origin_.clear();
    requestId_.clear();
    waitFor(Phase::Idle, first_ ? options_->headerTimeout : options_->keepaliveTimeout);
    for (;;) {
        // Some clients send an empty line after a body (RFC 9112, 2.2).
        while (phase_ == Phase::Idle && in_.view().starts_with("\r\n")) in_.consume(2);
        if (!in_.empty() && in_.view() != "\r") {
            if (phase_ == Phase::Idle) waitFor(Phase::Head, options_->headerTimeout);
            const auto fed = parser_.head(in_.view(), head_);
            in_.consume(fed.used);
            if (fed.step == RequestParser::Step::Done) co_return true;
            if (fed.step == RequestParser::Step::Failed) {
                state_->refused(toHttp(parser_.problem()) == 431 ? "header" : "malformed");
                unread_ = true;
                co_await respond(refusal(Dialect::OpenAi, parser_.problem()));
                co_return false;
            }
        } else if (state_->draining) {
            co_return false;
        }
        if (co_await fill()) continue;
        if (timedOut_ && phase_ == Phase::Head) {
            state_->refused("header_timeout");
            co_await respond(refusal(Dialect::OpenAi, refuse(408,
                                                             "the request's headers did not arrive in time "
                                                             "(limits.header_timeout_ms)")));
        }
        co_return false;
    }
}

// ---- one request ----

/// False: the connection ends.
net::awaitable<bool> HttpSession::serveOne()
{
    Exchange exchange(head_);
    exchange.route = findRoute(head_.method(), head_.path());
    bodyless_ = head_.method() == "HEAD";
    keepAlive_ = head_.keepAlive && !state_->draining;
    if (const auto id = head_.find("x-request-id"); id && isSaneId(*id)) requestId_.assign(*id);

    const bool hasBody = head_.chunked || head_.length.value_or(0) > 0;
    auto refused = checkSender();
    if (!refused) refused = checkRoute(exchange.route);
    if (!refused && exchange.route.counted) {
        exchange.call = state_->service.open(describe(exchange.route));
        if (requestId_.empty()) requestId_ = "mr-" + std::to_string(exchange.call->context().id.value);
    }
    begin(exchange);
    if (!refused) refused = checkBody(exchange.route);
    if (refused) {
        if (hasBody) {  // nobody reads it: the next request could not be told from it
            unread_ = true;
            keepAlive_ = false;
        }
        co_await respond(*refused);
        end(refused->status, refused->why);
        co_return keepAlive_ && !gone_;
    }
    if (hasBody) {
        Status status = co_await readBody(exchange);
        if (status.ok()) status = co_await unpack(exchange);
        if (!status.ok()) {
            if (!gone_) co_await respond(refusal(exchange.route.dialect, status));
            end(gone_ ? 499 : toHttp(status), gone_ ? clientLeft() : status);
            co_return keepAlive_ && !gone_;
        }
    }
    if (auto reply = state_->pages.answerNow(exchange.route, state_->draining)) {
        co_await respond(*reply);
        end(reply->status, reply->why);
        co_return keepAlive_ && !gone_;
    }

    exchange.acceptGzip = acceptsGzip(head_.find("accept-encoding").value_or(""));
    waitFor(Phase::Work, Duration::max());
    if (options_->heartbeat > Duration{}) heartbeatAt_ = state_->clock.now() + options_->heartbeat;
    state_->beginWork(*this);
    working_ = waiting_ = true;
    Reply reply = co_await state_->pages.answer(exchange);
    waiting_ = false;
    if (gone_)
        end(499, clientLeft());
    else
        co_await answerWith(exchange, std::move(reply));
    co_return keepAlive_ && !gone_;
}

void HttpSession::begin(Exchange& exchange)
{
    if (requestId_.empty()) requestId_ = state_->nextRequestId();
    exchange_ = &exchange;
    call_ = exchange.call;
    headSent_ = false;
    chunked_ = false;
    bodyOut_ = 0;
    promised_.reset();
    heartbeatAt_ = TimePoint::max();
    pollHangup_ = false;
}

void HttpSession::end(unsigned status, const Status& why)
{
    if (std::exchange(working_, false)) state_->endWork(*this);
    waiting_ = false;
    exchange_ = nullptr;
    if (const auto call = std::exchange(call_, nullptr)) call->finish(static_cast<int>(status), why, bodyOut_);
}

std::optional<Reply> HttpSession::checkSender()
{
    const Dialect dialect = Dialect::OpenAi;
    const auto host = head_.find("host");
    const auto authority = head_.authority();
    if (!host && head_.version() >= 11) {
        state_->refused("host");
        return refusal(dialect, refuse(400, "the request has no Host header"));
    }
    if (host && hostSeenUnder_ == options_ && hostSeen_ == *host && authority.empty() && head_.count("host") == 1) {
        // the usual case: as before on this connection
    } else {
        if (head_.count("host") > 1) {
            state_->refused("host");
            return refusal(dialect, refuse(400, "the request has more than one Host header"));
        }
        // What an absolute target says is checked beside the Host header, which it should repeat.
        const bool targetRefused = !authority.empty() && !hostAllowed(authority, options_->hostsAllowed);
        if (targetRefused || (host && !hostAllowed(*host, options_->hostsAllowed))) {
            const auto name = targetRefused ? authority : *host;
            state_->refused("host");
            return refusal(dialect, forbidden("the host name '" + printable(name, 128) +
                                              "' is not allowed here; if it is yours, add it to "
                                              "security.hosts_allowed"));
        }
        hostSeen_.assign(host.value_or(""));
        hostSeenUnder_ = options_;
    }
    if (const auto origin = head_.find("origin")) {
        if (!originAllowed(*origin, options_->hostsAllowed)) {
            state_->refused("origin");
            return refusal(dialect, forbidden("pages of '" + printable(*origin, 128) +
                                              "' may not call this engine; if the host is yours, add it to "
                                              "security.hosts_allowed"));
        }
        origin_ = printable(*origin, 256);
    }
    return std::nullopt;
}

std::optional<Reply> HttpSession::checkRoute(const Route& route)
{
    if (head_.method() == "OPTIONS") return preflight(route);
    if (route.page == Page::Unknown || (route.page == Page::Metrics && !state_->hooks.metrics))
        return refusal(route.dialect,
                       refuse(404, "there is no " + printable(head_.method(), 32) + " " + printable(head_.path(), 256) +
                                       " here; GET / lists what there is"));
    if (route.methodAllowed) return std::nullopt;
    Reply reply = refusal(route.dialect, refuse(405, printable(head_.path(), 256) + " does not take " +
                                                         printable(head_.method(), 32) + ", only " + route.allow));
    reply.fields.push_back({"Allow", route.allow});
    return reply;
}

/// The origin has been found to be one that may call; others never get here.
Reply HttpSession::preflight(const Route& route)
{
    Reply reply;
    if (route.page == Page::Unknown)
        return refusal(route.dialect, refuse(404, "there is no " + printable(head_.path(), 256) + " here"));
    reply.status = 204;
    reply.contentType.clear();
    reply.fields.push_back({"Allow", route.allow});
    if (!origin_.empty() && head_.find("access-control-request-method")) {
        reply.fields.push_back({"Access-Control-Allow-Methods", route.allow});
        if (const auto wanted = head_.find("access-control-request-headers"))
            reply.fields.push_back({"Access-Control-Allow-Headers", printable(*wanted, 1024)});
        reply.fields.push_back({"Access-Control-Max-Age", "600"});
    }
    return reply;
}

std::optional<Reply> HttpSession::checkBody(const Route& route)
{
    if (const auto expect = head_.find("expect"); expect && !equalsIgnoringCase(*expect, "100-continue"))
        return refusal(route.dialect, refuse(417, "only the expectation \"100-continue\" can be met"));
    if (head_.length && *head_.length > options_->bodyBytesMax)
        return refusal(route.dialect,
                       refuse(413, "the request's body has " + std::to_string(*head_.length) + " bytes, more than " +
                                       std::to_string(options_->bodyBytesMax) + " (limits.body_bytes_max)"));
    const auto encoding = head_.find("content-encoding");
    if (encoding && !encoding->empty() && !equalsIgnoringCase(*encoding, "identity") && !isGzip(*encoding))
        return refusal(route.dialect, refuse(415, "the content encoding '" + printable(*encoding, 64) +
                                                      "' is not known; gzip and deflate are"));
    return std::nullopt;
}

serve::CallInfo HttpSession::describe(const Route& route)
{
    serve::CallInfo info;
    const auto agent = head_.find("user-agent").value_or("");
    if (client_.empty() || agent != agent_) {
        agent_.assign(agent);
        client_ = clientName(agent, "http", peerPort_);
    }
    info.client = client_;
    info.route = route.label;
    info.own = head_.find("x-millrace-own") == std::optional<std::string_view>("1");
    info.timeout = clientTimeout(head_);
    return info;
}

// ---- the body of a request ----

net::awaitable<Status> HttpSession::readBody(Exchange& exchange)
{
    waitFor(Phase::Body, options_->bodyTimeout);
    if (head_.version() >= 11 && in_.empty() && head_.find("expect")) {
        Pieces pieces;
        pieces.add(kContinue);
        if (!sendNow(pieces) && !co_await send(pieces)) co_return clientLeft();
        waitFor(Phase::Body, options_->bodyTimeout);
    }
    Status status;
    if (head_.chunked)
        status = co_await readChunks(exchange.body);
    else
        status = co_await readKnown(exchange.body, static_cast<std::size_t>(*head_.length));
    if (status.ok()) co_return status;
    keepAlive_ = false;
    if (timedOut_) {
        state_->refused("body_timeout");
        status = refuse(408, "the request's body did not arrive in time (limits.body_timeout_ms)");
    } else if (status.code() == absl::StatusCode::kCancelled) {
        lost("the client left while it sent its request");
    } else {
        unread_ = true;
    }
    co_return status;
}

net::awaitable<Status> HttpSession::readKnown(std::string& body, std::size_t length)
{
    body.reserve(std::min(length, kBodyAtOnce));
    const std::size_t here = std::min(length, in_.size());
    body.assign(in_.view().substr(0, here));
    in_.consume(here);
    while (body.size() < length) {
        const std::size_t had = body.size();
        body.resize(std::min(length, had + std::max(kBodyAtOnce, had)));
        std::size_t got = had;
        while (got < body.size()) {
            auto [ec, count] =
                co_await socket_.async_read_some(net::buffer(body.data() + got, body.size() - got), kTuple);
            if (ec) co_return clientLeft();
            got += count;
        }
    }
    co_return absl::OkStatus();
}

net::awaitable<Status> HttpSession::readChunks(std::string& body)
{
    for (;;) {
        const auto fed = parser_.chunks(in_.view(), body, options_->bodyBytesMax);
        in_.consume(fed.used);
        if (fed.step == RequestParser::Step::Done) co_return absl::OkStatus();
        if (fed.step == RequestParser::Step::Failed) co_return parser_.problem();
        if (in_.size() >= std::max<std::size_t>(kInMax, options_->headerBytesMax))
            co_return refuse(400, "a chunk's head or the trailers are too long");
        if (!co_await fill()) co_return clientLeft();
    }
}

net::awaitable<Status> HttpSession::unpack(Exchange& exchange)
{
    const auto encoding = head_.find("content-encoding");
    if (!encoding || !isGzip(*encoding)) co_return absl::OkStatus();
    Inflater inflater;
    std::string plain;
    std::string_view packed = exchange.body;
    for (;;) {
        if (plain.size() > options_->bodyBytesMax)
            co_return refuse(413, "the request's body unpacks to more than " + std::to_string(options_->bodyBytesMax) +
                                      " bytes (limits.body_bytes_max)");
        auto turn = inflater.inflate(packed, plain, kInflateAtOnce);
        if (!turn.ok()) co_return turn.status();
        packed.remove_prefix(turn->used);
        if (turn->ended) break;
        if (!turn->more && packed.empty()) co_return invalidArgument("the packed body ends too early");
        if (turn->more) co_await net::post(state_->strand, net::use_awaitable);  // others want their turn
    }
    if (!packed.empty()) co_return invalidArgument("something follows the packed body");
    exchange.body = std::move(plain);
    co_return absl::OkStatus();
}

// ---- answers ----

net::awaitable<void> HttpSession::answerWith(Exchange& exchange, Reply reply)
{
    if (headSent_) {  // by a heartbeat: all that comes now is an event
        keepAlive_ = false;
        if (reply.stream)
            co_await streamInBand(exchange, reply);
        else
            co_await respondInBand(reply);
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
    const bool hasBody = !bodyless_ && reply.status != 204;
    composeHead(reply, reply.status == 204 ? std::nullopt : std::optional<std::uint64_t>(reply.body.size()), {});
    if (hasBody) bodyOut_ += reply.body.size();
    const bool isShort = reply.body.size() <= kShort;
    if (hasBody && isShort) out_ += reply.body;
    Pieces pieces;
    pieces.add(out_);
    if (hasBody && !isShort) pieces.add(reply.body);
    headSent_ = true;
    if (!sendNow(pieces)) co_await send(pieces);
}

net::awaitable<void> HttpSession::stream(Exchange& exchange, Reply& reply)
{
    promised_ = reply.stream->contentLength();
    chunked_ = !promised_ && head_.version() >= 11;
    if (!promised_ && !chunked_) keepAlive_ = false;  // HTTP/1.0: the end of the connection is the end of the answer
    streaming_ = &reply;
    const Status status = co_await reply.stream->run(*this);
    streaming_ = nullptr;
    if (gone_) co_return;
    if (!status.ok()) {
        if (!headSent_) {
            chunked_ = false;
            reply = refusal(exchange.route.dialect, status);
            co_await respond(reply);
            co_return;
        }
        // Events have been told of it in-band; anything else must be seen to be cut off.
        reply.why = status;
        keepAlive_ = false;
        if (!chunked_ || !isEventStream(reply.contentType)) co_return;
    }
    if (promised_ && headSent_ && bodyOut_ != *promised_) {
        reply.why = internal("the answer had " + std::to_string(bodyOut_) + " bytes of " + std::to_string(*promised_));
        keepAlive_ = false;
        co_return;
    }
    Pieces pieces = start();
    if (!headSent_) {
        composeHead(reply, promised_, reply.stream->contentEncoding());
        headSent_ = true;
        pieces.add(out_);
    }
    if (chunked_) pieces.add(kLastChunk);
    if (!sendNow(pieces)) co_await send(pieces);
}

/// The answer of a stream after heartbeats have said that plain events will come.
net::awaitable<void> HttpSession::streamInBand(Exchange& exchange, Reply& reply)
{
    if (!isEventStream(reply.contentType)) {
        Collector collector(reply.stream->contentEncoding());
        const Status status = co_await reply.stream->run(collector);
        reply.stream.reset();
        if (!status.ok()) reply.why = status;
        reply.body = collector.take();
        co_await respondInBand(reply);
        co_return;
    }
    streaming_ = &reply;
    Status status;
    if (reply.stream->contentEncoding().empty()) {
        status = co_await reply.stream->run(*this);
    } else {
        Unpacking plain(*this);
        status = co_await reply.stream->run(plain);
    }
    streaming_ = nullptr;
    if (gone_) co_return;
    if (!status.ok()) reply.why = status;
    static_cast<void>(exchange);
    Pieces pieces = start();
    if (chunked_) pieces.add(kLastChunk);
    if (!sendNow(pieces)) co_await send(pieces);
}

/// A whole answer where events were promised: the refusal or the object as the one event.
net::awaitable<void> HttpSession::respondInBand(const Reply& reply)
{
    std::string event;
    if (!reply.why.ok() && reply.body.empty()) {
        event = openAiErrorEvent(reply.why);
    } else {
        event = "data: ";
        for (const char c : reply.body)
            if (c != '\n' && c != '\r') event += c;  // JSON has no line breaks inside of strings
        event += "\n\n";
        if (reply.why.ok()) event += "data: [DONE]\n\n";
    }
    bodyOut_ += event.size();
    Pieces pieces = start();
    addChunk(pieces, event);
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
    char* end = std::to_chars(chunkHead_.data(), chunkHead_.data() + 16, bytes.size(), 16).ptr;
    *end++ = '\r';
    *end++ = '\n';
    pieces.add(std::string_view(chunkHead_.data(), static_cast<std::size_t>(end - chunkHead_.data())));
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
        composeHead(*streaming_, promised_, streaming_->stream->contentEncoding());
        headSent_ = true;
        pieces.add(out_);
    }
    addChunk(pieces, bytes);
    bodyOut_ += bytes.size();
    if (!sendNow(pieces) && !co_await send(pieces)) co_return clientLeft();
    pending_.clear();
    co_return absl::OkStatus();
}

void HttpSession::composeHead(const Reply& reply, std::optional<std::uint64_t> length, std::string_view encoding)
{
    out_.clear();
    out_ += "HTTP/1.1 ";
    out_ += statusLine(reply.status);
    if (!reply.contentType.empty()) {
        out_ += "Content-Type: ";
        appendFieldValue(out_, reply.contentType);
        out_ += "\r\n";
    }
    if (isEventStream(reply.contentType)) out_ += "Cache-Control: no-cache\r\nX-Accel-Buffering: no\r\n";
    if (!encoding.empty()) {
        out_ += "Content-Encoding: ";
        out_ += encoding;
        out_ += "\r\nVary: Accept-Encoding\r\n";
    }
    if (length)
        out_ += "Content-Length: " + std::to_string(*length) + "\r\n";
    else if (chunked_)
        out_ += "Transfer-Encoding: chunked\r\n";
    for (const auto& field : reply.fields) {
        if (isEventStream(reply.contentType) && equalsIgnoringCase(field.name, "cache-control")) continue;
        out_ += field.name;
        out_ += ": ";
        appendFieldValue(out_, field.value);
        out_ += "\r\n";
    }
    finishHead();
}

void HttpSession::composeEventsHead()
{
    out_ =
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nCache-Control: no-cache\r\n"
        "X-Accel-Buffering: no\r\n";
    if (chunked_) out_ += "Transfer-Encoding: chunked\r\n";
    keepAlive_ = false;
    finishHead();
}

/// What every answer has.
void HttpSession::finishHead()
{
    if (!origin_.empty()) {
        out_ += "Access-Control-Allow-Origin: ";
        out_ += origin_;
        out_ += "\r\nAccess-Control-Expose-Headers: x-request-id, retry-after\r\nVary: Origin\r\n";
    }
    if (requestId_.empty()) requestId_ = state_->nextRequestId();
    out_ += "x-request-id: ";
    out_ += requestId_;
    out_ += "\r\nServer: millrace\r\nDate: ";
    out_ += state_->date();
    if (state_->draining) keepAlive_ = false;
    if (!keepAlive_)
        out_ += "\r\nConnection: close";
    else if (head_.version() < 11)
        out_ += "\r\nConnection: keep-alive";
    out_ += "\r\n\r\n";
}

// ---- sending ----

/// Hands over what the kernel takes at once; true: that was all.
bool HttpSession::sendNow(Pieces& pieces)
{
    const std::size_t all = pieces.left();
    if (all == 0) return true;
    boost::system::error_code ec;
    const std::size_t sent = socket_.write_some(pieces.all, ec);
    if (ec) return false;  // would block, or broken: send() finds out which
    pieces.consume(sent);
    return sent == all;
}

net::awaitable<bool> HttpSession::send(Pieces pieces)
{
    while (!gone_ && pieces.left() > 0) {
        waitFor(Phase::Write, options_->bodyTimeout);
        auto [ec, count] = co_await socket_.async_write_some(pieces.all, kTuple);
        if (ec) {
            lost(timedOut_ ? "the client took nothing of its answer for too long" : "the client left");
            break;
        }
        pieces.consume(count);
    }
    waitFor(Phase::Work, Duration::max());
    co_return !gone_;
}

/// Reads on for a moment after a refusal, so that the client gets to read it: closing a connection with unread bytes
/// would make the kernel throw the answer away.
net::awaitable<void> HttpSession::linger()
{
    boost::system::error_code ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
    waitFor(Phase::Linger, kLingerMax);
    for (std::size_t read = 0; read < kLingerBytesMax; read += in_.size()) {
        in_.consume(in_.size());
        if (!co_await fill()) break;
    }
}

// ---- the client's presence ----

void HttpSession::tick(TimePoint now)
{
    if (!working_ || gone_) return;
    if (pollHangup_) {
        pollfd asked{socket_.native_handle(), POLLRDHUP, 0};
        if (::poll(&asked, 1, 0) > 0) lost("the client left");
    } else if (!watching_) {
        watch();
    }
    if (waiting_ && now >= heartbeatAt_ && exchange_->waitsForEvents) heartbeat();
}

void HttpSession::watch()
{
    watching_ = true;
    socket_.async_wait(Socket::wait_read, [self = shared_from_this()](const boost::system::error_code& ec) {
        self->watching_ = false;
        self->readable(ec);
    });
}

/// Bytes while a request is in work are the next request; the end of them is a client that left.
void HttpSession::readable(const boost::system::error_code& ec)
{
    if (ec || !working_ || gone_) return;
    const auto room = in_.prepare(kInMax);
    if (room.size() == 0) {
        pollHangup_ = true;
        return;
    }
    const ssize_t got = ::recv(socket_.native_handle(), room.data(), room.size(), MSG_DONTWAIT);
    if (got > 0) {
        in_.commit(static_cast<std::size_t>(got));
        watch();
    } else if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) {
        watch();
    } else {
        lost("the client left");
    }
}

void HttpSession::heartbeat()
{
    heartbeatAt_ = state_->clock.now() + options_->heartbeat;
    if (!pending_.empty()) return;  // it has not even taken the last one
    std::string comment = ": ";
    const std::string model = printable(exchange_->model, 128);
    if (const auto eta = state_->service.eta(exchange_->model))
        comment += "loading " + model + ", about " + aboutSeconds(*eta) + " left";
    else
        comment += call_->context().trace->phase + ", " + model;
    comment += "\n\n";

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

void HttpSession::lost(const std::string& why)
{
    if (std::exchange(gone_, true)) return;
    keepAlive_ = false;
    goneWhy_ = why;
    boost::system::error_code ignored;
    socket_.cancel(ignored);
    if (const auto call = call_) call->cancel(why);
}

void HttpSession::sweep(TimePoint now)
{
    if (now < deadline_) return;
    deadline_ = TimePoint::max();
    timedOut_ = true;
    boost::system::error_code ignored;
    socket_.cancel(ignored);
}

void HttpSession::endIfIdle()
{
    if (phase_ != Phase::Idle || !in_.empty()) return;
    closing_ = true;
    boost::system::error_code ignored;
    socket_.cancel(ignored);
}

void HttpSession::abort(const std::string& why)
{
    closing_ = true;
    lost(why);
    boost::system::error_code ignored;
    socket_.close(ignored);
}

void HttpSession::fail(const std::string& why)
{
    end(500, internal(why));
    abort(why);
}

void HttpSession::close()
{
    boost::system::error_code ignored;
    socket_.shutdown(Socket::shutdown_both, ignored);
    socket_.close(ignored);
}

}  // namespace millrace::front
