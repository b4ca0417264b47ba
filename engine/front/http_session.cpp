// SPDX-License-Identifier: GPL-3.0-or-later
#include "front/http_session.h"

#include "base/free_buffer.h"
#include "front/http_text.h"
#include "http/inflate.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <cerrno>
#include <poll.h>
#include <sys/socket.h>

namespace millrace::front {

namespace {

constexpr auto kTuple = net::as_tuple(net::use_awaitable);
constexpr std::size_t kInMax = 65536;            // of chunked bodies and pipelined requests
constexpr std::size_t kBodyAtOnce = 256u << 10;  // memory is taken as a body arrives, not as it is announced
constexpr std::size_t kInflateAtOnce = 256u << 10;
constexpr double kBodyBytesPerMsLeast = 4;  // on the whole: a body that trickles in would last for ever
constexpr std::uint32_t kStreakMax = 16;    // pipelined requests answered in a row before others get their turn
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

// ---- the connection ----

HttpSession::HttpSession(std::shared_ptr<HttpFront::State> state, Socket socket)
    : state_(std::move(state)), socket_(std::move(socket)), options_(state_->options)
{
    boost::system::error_code ec;
    const auto peer = socket_.remote_endpoint(ec);
    if (!ec) {
        peerPort_ = peer.port();
        peerAddress_ = peer.address().to_string();
    }
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

net::mutable_buffer HttpSession::roomToRead()
{
    return in_.prepare(std::max<std::size_t>(kInMax, options_->headerBytesMax));
}

net::awaitable<bool> HttpSession::fill()
{
    const auto room = roomToRead();
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
            const auto fed = parser_.head(in_.view(), head_);
            in_.consume(fed.used);
            if (fed.step == RequestParser::Step::Done) co_return true;
            if (phase_ == Phase::Idle) waitFor(Phase::Head, options_->headerTimeout);
            if (fed.step == RequestParser::Step::Failed) {
                state_->refused(toHttp(parser_.problem()) == 431 ? "header" : "malformed");
                unread_ = true;
                co_await respond(refusal(Dialect::OpenAi, parser_.problem()));
                co_return false;
            }
        } else if (state_->draining) {
            co_return false;
        }
        // As fill(), which would be a coroutine for each request.
        if (const auto room = roomToRead(); room.size() > 0) {
            auto [ec, count] = co_await socket_.async_read_some(room, kTuple);
            if (!ec) {
                in_.commit(count);
                continue;
            }
        }
        if (timedOut_ && phase_ == Phase::Head) {
            state_->refused("header_timeout");
            co_await respond(refusal(Dialect::OpenAi, httpRefusal(408,
                                                                  "the request headers were not received in time "
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
    auto refused = checkSender(exchange.route);
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
        auto read = readBodyNow(exchange);
        if (!read) read = co_await readBody(exchange);
        Status status = *std::move(read);
        if (status.ok() && exchange.call) exchange.call->received();
        if (status.ok() && head_.find("content-encoding")) status = co_await unpack(exchange);
        if (!status.ok()) {
            freeBuffer(exchange.body);
            exchange.held.release();
            if (!gone_) co_await respond(refusal(exchange.route.dialect, status));
            end(gone_ ? 499 : toHttp(status), gone_ ? clientLeft() : status);
            co_return keepAlive_ && !gone_;
        }
    }
    if (in_.capacity() > InBuffer::kStart) in_.release();
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
    if (gone_) {
        end(499, clientLeft());
    } else if (auto streamed = streamNow(reply)) {
        if (!isDone(*streamed)) co_await endStream(exchange, reply, *std::move(streamed));
        end(gone_ ? 499 : reply.status, gone_ ? clientLeft() : reply.why);
    } else {
        co_await answerWith(exchange, std::move(reply));
    }
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
    halfClosed_ = false;
    seen_ = false;
    exchange.held = BodyBytes(state_->bodies->budget);
}

void HttpSession::end(unsigned status, const Status& why)
{
    if (std::exchange(working_, false)) state_->endWork(*this);
    waiting_ = false;
    exchange_ = nullptr;
    if (const auto call = std::exchange(call_, nullptr)) call->finish(static_cast<int>(status), why, bodyOut_);
}

// ---- the body of a request ----

/// Every byte is a sign of life, but the whole must come on, too.
void HttpSession::waitForBody()
{
    const auto now = state_->clock.now();
    const auto last = bodyBegan_ + options_->bodyTimeout + fromMs(static_cast<double>(bodyIn_) / kBodyBytesPerMsLeast);
    waitFor(Phase::Body, std::min({options_->bodyTimeout, last - now, state_->bodiesUntil - now}));
}

void HttpSession::limitBody()
{
    if (phase_ == Phase::Body) deadline_ = std::min(deadline_, state_->bodiesUntil);
}

Status HttpSession::holdBody(Exchange& exchange, std::uint64_t bytes)
{
    const auto most = std::max(options_->bodiesBytesMax, options_->bodyBytesMax);
    if (exchange.held.set(bytes, most)) return absl::OkStatus();
    state_->refused("bodies");
    return bodiesFull(state_->bodies->budget.held(), most);
}

/// The way of nearly all requests: the body came with the head. Empty: it has to be waited for.
std::optional<Status> HttpSession::readBodyNow(Exchange& exchange)
{
    if (head_.chunked || in_.size() < *head_.length) return std::nullopt;
    const auto length = static_cast<std::size_t>(*head_.length);
    if (Status status = holdBody(exchange, length); !status.ok()) {
        keepAlive_ = false;
        unread_ = true;
        return status;
    }
    exchange.body.assign(in_.view().substr(0, length));
    in_.consume(length);
    return absl::OkStatus();
}

net::awaitable<Status> HttpSession::readBody(Exchange& exchange)
{
    bodyBegan_ = state_->clock.now();
    bodyIn_ = 0;
    waitForBody();
    if (head_.version() >= 11 && in_.empty() && head_.find("expect")) {
        Pieces pieces;
        pieces.add(kContinue);
        if (!sendNow(pieces) && !co_await send(pieces)) co_return clientLeft();
        waitForBody();
    }
    CancelToken token;
    if (call_) token = call_->context().cancel;
    const auto onCancel = token.onCancel([this] {  // the engine stops, or the operator does not want it
        boost::system::error_code ignored;
        socket_.cancel(ignored);
    });
    Status status = co_await readWhole(exchange);
    if (status.ok()) co_return status;
    keepAlive_ = false;
    if (timedOut_ && state_->clock.now() >= state_->bodiesUntil) {
        state_->refused("draining");
        status = withRetryAfter(unavailable("the engine is stopping, and the request body had not been received"), 5s);
        unread_ = true;
    } else if (timedOut_) {
        state_->refused("body_timeout");
        status = httpRefusal(408, "the request body was not received in time (limits.body_timeout_ms)");
    } else if (!gone_ && token.cancelled()) {
        status = token.status();
        unread_ = true;
    } else if (status.code() == absl::StatusCode::kCancelled) {
        lost("the client disconnected while sending its request");
    } else {
        unread_ = true;
    }
    co_return status;
}

net::awaitable<Status> HttpSession::readWhole(Exchange& exchange)
{
    if (head_.chunked) return readChunks(exchange);
    return readKnown(exchange, static_cast<std::size_t>(*head_.length));
}

net::awaitable<Status> HttpSession::readKnown(Exchange& exchange, std::size_t length)
{
    std::string& body = exchange.body;
    if (Status status = holdBody(exchange, std::min(length, kBodyAtOnce)); !status.ok()) co_return status;
    body.reserve(std::min(length, kBodyAtOnce));
    const std::size_t here = std::min(length, in_.size());
    body.assign(in_.view().substr(0, here));
    in_.consume(here);
    while (body.size() < length) {
        const std::size_t had = body.size();
        const std::size_t next = std::min(length, had + std::max(kBodyAtOnce, had));
        if (Status status = holdBody(exchange, next); !status.ok()) co_return status;
        body.resize(next);
        std::size_t got = had;
        while (got < body.size()) {
            auto [ec, count] =
                co_await socket_.async_read_some(net::buffer(body.data() + got, body.size() - got), kTuple);
            if (ec) co_return clientLeft();
            got += count;
            bodyIn_ += count;
            waitForBody();
        }
    }
    co_return absl::OkStatus();
}

net::awaitable<Status> HttpSession::readChunks(Exchange& exchange)
{
    for (;;) {
        const auto fed = parser_.chunks(in_.view(), exchange.body, options_->bodyBytesMax);
        in_.consume(fed.used);
        if (fed.step == RequestParser::Step::Failed) co_return parser_.problem();
        if (Status status = holdBody(exchange, exchange.body.capacity()); !status.ok()) co_return status;
        if (fed.step == RequestParser::Step::Done) co_return absl::OkStatus();
        if (in_.size() >= std::max<std::size_t>(kInMax, options_->headerBytesMax))
            co_return httpRefusal(400, "a chunk header or the trailers are too long");
        const std::size_t had = in_.size();
        if (!co_await fill()) co_return clientLeft();
        bodyIn_ += in_.size() - had;
        waitForBody();
    }
}

net::awaitable<Status> HttpSession::unpack(Exchange& exchange)
{
    const auto encoding = head_.find("content-encoding");
    if (!encoding || !isGzip(*encoding)) co_return absl::OkStatus();
    http::Inflater inflater;
    std::string plain;
    std::string_view packed = exchange.body;
    for (;;) {
        if (plain.size() > options_->bodyBytesMax)
            co_return httpRefusal(413, "the decompressed request body is larger than " +
                                           std::to_string(options_->bodyBytesMax) + " bytes (limits.body_bytes_max)");
        auto turn = inflater.inflate(packed, plain, kInflateAtOnce);
        if (!turn.ok()) co_return turn.status();
        if (Status status = holdBody(exchange, exchange.body.size() + plain.capacity()); !status.ok()) co_return status;
        packed.remove_prefix(turn->used);
        if (!turn->more && packed.empty()) {
            if (!turn->ended) co_return invalidArgument("the compressed request body is truncated");
            break;
        }
        co_await net::post(state_->strand, net::use_awaitable);  // others want their turn
        if (gone_) co_return clientLeft();
    }
    exchange.body = std::move(plain);
    co_return holdBody(exchange, exchange.body.capacity());
}

// ---- the client's presence ----

void HttpSession::tick(TimePoint now)
{
    if (!working_ || gone_) return;
    if (!std::exchange(seen_, true)) {
        in_.release();  // thousands may wait now, and what they sent is in their heads and bodies
    } else if (pollHangup_ || halfClosed_) {
        // Errors and resets are told unasked.
        pollfd asked{socket_.native_handle(), static_cast<short>(isHalfClosing() ? 0 : POLLRDHUP), 0};
        if (::poll(&asked, 1, 0) > 0) lost("the client disconnected");
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

/// Whether the end of a client's bytes may mean no more than that. A client that has said that this is its last request
/// may close its half and wait; any other has left, because a closed socket looks the same.
bool HttpSession::isHalfClosing() const
{
    return !head_.keepAlive;
}

/// Bytes while a request is in work are the next request; the end of them is a client that left, or has said its all.
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
    } else if (got == 0 && isHalfClosing()) {
        halfClosed_ = true;
    } else {
        lost("the client disconnected");
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
        comment += std::string(nameOf(call_->context().trace->phase())) + ", " + model;
    // A line alone: some decoders take every empty line for the end of an event (openai-python's, openai-go's).
    comment += '\n';

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
    // A head that is not whole asks for nothing yet.
    if (phase_ != Phase::Idle && phase_ != Phase::Head) return;
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
