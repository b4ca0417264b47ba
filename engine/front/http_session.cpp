// SPDX-License-Identifier: GPL-3.0-or-later
#include "front/http_session.h"

#include "base/free_buffer.h"
#include "front/http_text.h"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <poll.h>

namespace millrace::front {

namespace {

constexpr std::size_t kInMax = 65536;             // of chunked bodies and pipelined requests
constexpr std::uint32_t kStreakMax = 16;          // pipelined requests answered in a row before others get their turn
constexpr std::string_view kHttp2Begin = "PRI ";  // a method that HTTP/1.1 does not have (RFC 9113, 3.4)
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

// ---- the connection ----

HttpSession::HttpSession(std::shared_ptr<HttpFront::State> state, Socket socket, std::string_view received)
    : HttpRequest(std::move(state), std::make_shared<HttpPeer>()), socket_(std::move(socket)), reader_(socket_, *this)
{
    boost::system::error_code ec;
    const auto peer = socket_.remote_endpoint(ec);
    if (!ec) {
        peer_->port = peer.port();
        peer_->address = peer.address().to_string();
    }
    socket_.set_option(net::ip::tcp::no_delay(true), ec);
    socket_.non_blocking(true, ec);  // writes are tried before they are waited for
    reader_.opened(!received.empty());
    if (received.empty()) return;
    in_.reserve(received.size());
    const std::size_t room = net::buffer_copy(in_.prepare(received.size()), net::buffer(received));
    in_.commit(room);
}

/// All steps that need not wait are plain calls, so that a small request costs no coroutine but those that wait for its
/// answer.
net::awaitable<void> HttpSession::run()
{
    const auto self = shared_from_this();
    const auto pass = state_->gate.enter();
    while (!closing_) {
        beginHead();
        Head head = parseHead();
        while (head == Head::Incomplete) {
            awaitBytes();
            while (!readable_) co_await readSignal_.wait();
            head = receiveHead();
        }
        if (head == Head::Http2) co_return handOver();
        if (head == Head::Refused) co_await respond(refusal(Dialect::OpenAi, headProblem_));
        if (head != Head::Complete) break;

        Exchange exchange(head_);
        std::optional<Reply> refused = open(exchange);
        std::optional<Status> body;
        if (!refused) body = readBodyNow(exchange);
        bool ready = body && body->ok() && exchange.route.counted && !head_.find("content-encoding");
        if (ready) {
            exchange.call->received();
        } else {
            ready = co_await receive(exchange, std::move(refused), std::move(body));
        }
        if (ready) {
            beginWork(exchange);
            Reply reply = co_await state_->handlers.answer(exchange);
            waiting_ = false;
            if (!endNow(reply)) co_await answerWith(exchange, std::move(reply));
        }
        if (!keepAlive_ || gone_) break;
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

std::size_t HttpSession::inMost() const
{
    return std::max<std::size_t>(kInMax, options_->headerBytesMax);
}

net::mutable_buffer HttpSession::roomToRead()
{
    return in_.prepare(inMost());
}

void HttpSession::awaitBytes()
{
    if (!readable_ && !reader_.waiting()) reader_.wait(shared_from_this());
}

/// What has come, once readable_ says that something has. 0: there is no more, or no time for it; empty: it has to be
/// waited for anew.
std::optional<std::size_t> HttpSession::receive(net::mutable_buffer room)
{
    readable_ = false;
    if (std::exchange(interrupted_, false) || timedOut_ || room.size() == 0) return 0;
    boost::system::error_code ec;
    const std::size_t count = reader_.receive(room, ec);
    if (ec == net::error::would_block) return std::nullopt;
    return count;
}

/// At most `most` bytes of what comes next; 0: there is no more, or no time for it.
net::awaitable<std::size_t> HttpSession::readSome(char* to, std::size_t most)
{
    for (;;) {
        awaitBytes();
        while (!readable_) co_await readSignal_.wait();
        if (const auto count = receive(net::buffer(to, most))) co_return *count;
    }
}

net::awaitable<bool> HttpSession::fill()
{
    const auto room = roomToRead();
    if (room.size() == 0) co_return false;
    const std::size_t count = co_await readSome(static_cast<char*>(room.data()), room.size());
    in_.commit(count);
    co_return count > 0;
}

// ---- the head ----

void HttpSession::beginHead()
{
    HttpRequest::reset();
    parser_.reset(options_->headerBytesMax);
    keepAlive_ = false;
    waitFor(Phase::Idle, first_ ? options_->headerTimeout : options_->keepaliveTimeout);
}

/// Of what has been received.
HttpSession::Head HttpSession::parseHead()
{
    // Some clients send an empty line after a body (RFC 9112, 2.2).
    while (phase_ == Phase::Idle && in_.view().starts_with("\r\n")) in_.consume(2);
    if (in_.empty() || in_.view() == "\r") return state_->draining ? Head::None : Head::Incomplete;
    if (first_ && in_.view().starts_with(kHttp2Begin) && state_->takeHttp2) return Head::Http2;
    const auto fed = parser_.head(in_.view(), head_);
    in_.consume(fed.used);
    if (fed.step == RequestParser::Step::Done) return Head::Complete;
    if (phase_ == Phase::Idle) waitFor(Phase::Head, options_->headerTimeout);
    if (fed.step == RequestParser::Step::NeedMore) return Head::Incomplete;
    headProblem_ = parser_.problem();
    state_->refused(toHttp(headProblem_) == 431 ? "header" : "malformed");
    unread_ = true;
    return Head::Refused;
}

/// The next bytes have come, or nothing more. No memory is taken before there is something to put there.
HttpSession::Head HttpSession::receiveHead()
{
    const auto count = receive(roomToRead());
    if (!count) return Head::Incomplete;
    in_.commit(*count);
    if (*count > 0) return parseHead();
    if (!timedOut_ || phase_ != Phase::Head) return Head::None;
    headProblem_ = httpRefusal(408, "the request headers were not received in time (limits.header_timeout_ms)");
    state_->refused("header_timeout");
    return Head::Refused;
}

// ---- one request ----

/// Its head has been read; a reply refuses it.
std::optional<Reply> HttpSession::open(Exchange& exchange)
{
    keepAlive_ = head_.keepAlive && !state_->draining;
    auto refused = HttpRequest::open(exchange);
    exchange_ = &exchange;
    headSent_ = false;
    chunked_ = false;
    promised_.reset();
    heartbeatAt_ = TimePoint::max();
    pollHangup_ = false;
    halfClosed_ = false;
    seen_ = false;
    asked_ = false;
    return refused;
}

/// What is not as simple as most: refusals, bodies that are on their way or packed, pages that we answer ourselves.
/// `body`: what came of it so far. True: the request is here as a whole, and has to be asked of the handlers.
net::awaitable<bool> HttpSession::receive(Exchange& exchange, std::optional<Reply> refused, std::optional<Status> body)
{
    if (refused) {
        if (hasBody()) {  // nobody reads it: the next request could not be distinguished from it
            unread_ = true;
            keepAlive_ = false;
        }
        co_await respond(*refused);
        end(refused->status, refused->why);
        co_return false;
    }
    if (hasBody()) {
        if (!body) body = co_await readBody(exchange);
        LoopTime::exactFor(exchange.body.size());
        Status status = *std::move(body);
        if (status.ok() && exchange.call) exchange.call->received();
        if (status.ok() && head_.find("content-encoding")) status = co_await unpack(exchange, gone_);
        if (!status.ok()) {
            freeBuffer(exchange.body);
            body_.release();
            exchange.held.release();
            if (!gone_) co_await respond(refusal(exchange.route.dialect, status));
            end(gone_ ? 499 : toHttp(status), gone_ ? clientLeft() : status);
            co_return false;
        }
    }
    if (auto reply = state_->handlers.answerNow(exchange.route, state_->draining)) {
        if (in_.capacity() > InBuffer::kStart) in_.release();
        co_await respond(*reply);
        end(reply->status, reply->why);
        co_return false;
    }
    co_return true;
}

void HttpSession::beginWork(Exchange& exchange)
{
    if (in_.capacity() > InBuffer::kStart) in_.release();
    exchange.acceptGzip = acceptsGzip(head_.find("accept-encoding").value_or(""));
    waitFor(Phase::Work, Duration::max());
    state_->beginWork(*this);
    working_ = waiting_ = true;
    awaitBytes();  // a client that leaves is noticed
}

/// The way of most answers: all of it goes out at once. False: answerWith() does it.
bool HttpSession::endNow(Reply& reply)
{
    if (gone_) {
        end(499, clientLeft());
        return true;
    }
    auto streamed = streamNow(reply);
    if (!streamed) return false;
    if (!isDone(*streamed)) {
        streamed_ = *std::move(streamed);
        return false;
    }
    end(reply.status, reply.why);
    return true;
}

bool HttpSession::hasBody() const
{
    return head_.chunked || head_.length.value_or(0) > 0;
}

void HttpSession::end(unsigned status, const Status& why)
{
    if (std::exchange(working_, false)) state_->endWork(*this);
    waiting_ = false;
    exchange_ = nullptr;
    HttpRequest::end(status, why);
}

// ---- the body of a request ----

void HttpSession::waitForBody()
{
    waitFor(Phase::Body, Duration::max());
    deadline_ = bodyDeadline(bodyBegan_, body_.received());
}

void HttpSession::limitBody()
{
    if (phase_ == Phase::Body) deadline_ = std::min(deadline_, state_->bodiesUntil);
}

/// The way of nearly all requests: the body came with the head, or there is none. Empty: it has to be waited for.
std::optional<Status> HttpSession::readBodyNow(Exchange& exchange)
{
    if (!hasBody()) return absl::OkStatus();
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
    body_.begin(head_, options_->bodyBytesMax);
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
    if (timedOut_) {
        unread_ = state_->clock.now() >= state_->bodiesUntil;
        status = bodyLate();
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
    using Step = http::BodyReader::Step;
    for (;;) {
        if (Status status = holdBody(exchange, body_.needs()); !status.ok()) co_return status;
        const Step step = body_.take(in_, parser_);
        if (step == Step::Failed) co_return parser_.problem();
        if (Status status = holdBody(exchange, body_.needs()); !status.ok()) co_return status;
        if (step == Step::Done) break;
        const auto room = body_.room(in_, inMost());
        if (room.size() == 0) co_return httpRefusal(400, "a chunk header or the trailers are too long");
        const std::size_t count = co_await readSome(static_cast<char*>(room.data()), room.size());
        if (count == 0) co_return clientLeft();
        body_.commit(in_, count);
        waitForBody();
    }
    exchange.body = body_.takeText();
    co_return absl::OkStatus();
}

// ---- the client's presence ----

void HttpSession::tick(TimePoint now)
{
    if (!working_ || gone_) return;
    if (!std::exchange(seen_, true)) {
        in_.release();  // thousands may wait now, and what they sent is in their heads and bodies
        if (options_->heartbeat > Duration{}) heartbeatAt_ = now + options_->heartbeat - HttpFront::State::kTickEvery;
    } else if (halfClosed_ && !isHalfClosing()) {
        lost("the client disconnected");
    } else if (pollHangup_ || halfClosed_ || !std::exchange(asked_, true)) {
        // A reset that came together with the request is only reported when asked for.
        const bool untold = pollHangup_ && !isHalfClosing();
        pollfd asked{socket_.native_handle(), static_cast<short>(untold ? POLLRDHUP : 0), 0};
        if (::poll(&asked, 1, 0) > 0) lost("the client disconnected");
    }
    if (waiting_ && now >= heartbeatAt_ && exchange_->waitsForEvents) heartbeat();
}

/// Whether the end of a client's bytes may mean no more than that. A client that has said that this is its last request
/// may close its half and wait; any other has left, because a closed socket looks the same.
bool HttpSession::isHalfClosing() const
{
    return !head_.keepAlive;
}

void HttpSession::onReadable(const boost::system::error_code& ended)
{
    if (working_) {
        if (!ended && !gone_) readAhead();
        return;
    }
    readable_ = true;
    interrupted_ = static_cast<bool>(ended);
    readSignal_.wakeNow();
}

/// Bytes while a request is in work are the next request; the end of them is a client that left, or has said its all.
void HttpSession::readAhead()
{
    const auto room = in_.prepare(kInMax);
    if (room.size() == 0) {
        pollHangup_ = readable_ = true;
        return;
    }
    boost::system::error_code ec;
    const std::size_t count = reader_.receive(room, ec);
    if (!ec || ec == net::error::would_block) {
        in_.commit(count);
        awaitBytes();
    } else if (ec == net::error::eof && (isHalfClosing() || !seen_)) {
        halfClosed_ = readable_ = true;  // one that has left is given up by a tick; what is quick is still answered
    } else {
        lost("the client disconnected");
    }
}

void HttpSession::heartbeat()
{
    heartbeatAt_ = state_->clock.now() + options_->heartbeat;
    if (!pending_.empty()) return;  // it has not even taken the last one
    const std::string comment = heartbeatComment(*exchange_);
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

/// The connection is one of HTTP/2.
void HttpSession::handOver()
{
    state_->takeHttp2(http::H2Connection::Socket(std::move(socket_)), in_.view());
}

void HttpSession::close()
{
    boost::system::error_code ignored;
    socket_.shutdown(Socket::shutdown_both, ignored);
    socket_.close(ignored);
}

}  // namespace millrace::front
