// SPDX-License-Identifier: GPL-3.0-or-later
#include "front/http_session.h"

#include "base/free_buffer.h"
#include "front/http_text.h"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace millrace::front {

namespace {

constexpr std::string_view kHttp2Begin = "PRI ";  // not a method of HTTP/1.1 (RFC 9113, 3.4)

}  // namespace

// ---- the connection ----

HttpSession::HttpSession(const std::shared_ptr<HttpFront::State>& state, TcpSocket socket, std::string_view received)
    : HttpResponder(state, std::move(socket), received)
{
    if (state_->takeHttp2) otherBegin_ = kHttp2Begin;
}

HttpSession::~HttpSession()
{
    state_->endWork(*this);
}

net::awaitable<void> HttpSession::run()
{
    const auto keep = shared_from_this();
    const auto pass = state_->gate.enter();
    while (!closing_) {
        Head head = beginRequest();
        while (head == Head::Incomplete) {
            while (awaitBytes()) co_await signal_.wait();
            if (in_.empty() && options_ != state_->options) optionsChanged();
            head = receiveHead(head_);
        }
        if (head == Head::Other) co_return handOver();
        if (head == Head::Refused) {
            noteRefusedHead();
            co_await respond(refusal(Dialect::OpenAi, problem_));
        }
        if (head != Head::Complete) break;

        Exchange exchange(head_);
        std::optional<Reply> refused = open(exchange);
        const Body body = refused ? Body::Incomplete : beginBody(head_, exchange.held);
        bool ready = body == Body::Complete && exchange.route.counted && !head_.find("content-encoding");
        if (ready) {
            exchange.body = body_.takeText();
            exchange.call->received();
        } else {
            ready = co_await receive(exchange, std::move(refused), body);
        }
        if (ready) {
            beginWork(exchange);
            Reply reply = co_await state_->handlers.answer(exchange);
            waiting_ = false;
            if (!endNow(reply)) {
                co_await answerWith(exchange, reply);
                end(gone_ ? 499 : reply.status, gone_ ? clientLeft() : reply.why);
            }
        }
        if (!keepAlive_ || gone_) break;
        first_ = false;
        otherBegin_ = {};
        if (hadItsTurns()) co_await net::post(state_->strand, net::use_awaitable);
    }
    if (unread_ && !gone_) co_await linger();
    close();
}

HttpSession::Head HttpSession::beginRequest()
{
    const auto before = options_.get();
    HttpRequest::reset();
    if (options_.get() != before) limits_ = limitsOf(*options_);
    beginHead(first_ ? limits_.head : limits_.idle);
    return parseHead(head_);
}

/// The options changed while the connection was idle: the next request uses the new ones.
void HttpSession::optionsChanged()
{
    options_ = state_->options;
    limits_ = limitsOf(*options_);
    parser_.reset(limits_.headerBytes);
}

void HttpSession::noteRefusedHead()
{
    const unsigned status = toHttp(problem_);
    state_->refused(status == 431 ? "header" : status == 408 ? "header_timeout" : "malformed");
}

// ---- one request ----

/// Validates the head. A reply is a refusal.
std::optional<Reply> HttpSession::open(Exchange& exchange)
{
    auto refused = HttpRequest::open(exchange);
    exchange_ = &exchange;
    beginAnswer();
    presence_.begin(http::ClientPresence::Watch::Ticks, !head_.keepAlive);
    return refused;
}

/// The slow path: refusals, incomplete or compressed bodies, pages answered by the front itself. `body`: progress so
/// far. True: the request is complete, and goes to the handlers.
net::awaitable<bool> HttpSession::receive(Exchange& exchange, std::optional<Reply> refused, Body body)
{
    if (refused) {
        if (head_.hasBody()) {  // unread: it would be taken for the next request
            unread_ = true;
            keepAlive_ = false;
        }
        co_await respond(*refused);
        end(refused->status, refused->why);
        co_return false;
    }
    if (head_.hasBody()) {
        Status status;
        if (body == Body::Incomplete)
            status = co_await awaitBody();
        else if (body != Body::Complete)
            status = refuseBody(body);
        if (status.ok()) exchange.body = body_.takeText();
        LoopTime::exactFor(exchange.body.size());
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
        in_.releaseLarge();
        co_await respond(*reply);
        end(reply->status, reply->why);
        co_return false;
    }
    co_return true;
}

net::awaitable<Status> HttpSession::awaitBody()
{
    CancelToken token;
    if (call_) token = call_->context().cancel;
    const auto onCancel = token.onCancel([this] {  // stopped by the engine or the operator
        boost::system::error_code ignored;
        socket_.cancel(ignored);
    });
    const Body body = co_await readBody(head_);
    if (body == Body::Complete) co_return absl::OkStatus();
    if (body != Body::Late && !gone_ && token.cancelled()) {
        keepAlive_ = false;
        unread_ = true;
        co_return token.status();
    }
    co_return refuseBody(body);
}

/// The error for an incomplete body, or for a disconnect.
Status HttpSession::refuseBody(Body body)
{
    keepAlive_ = false;
    if (body == Body::Left) {
        lost("the client disconnected while sending its request");
        return clientLeft();
    }
    if (body == Body::Late) {
        unread_ = state_->clock.now() >= state_->connections.bodiesUntil();
        return bodyLate();
    }
    unread_ = true;
    return body == Body::NoMemory ? state_->bodiesAreFull(*options_) : problem_;
}

void HttpSession::beginWork(Exchange& exchange)
{
    in_.releaseLarge();
    exchange.acceptGzip = acceptsGzip(head_.find("accept-encoding").value_or(""));
    waitFor(Phase::Work, Duration::max());
    state_->beginWork(*this);
    working_ = watched_ = waiting_ = true;
    awaitBytes();  // to detect a disconnect
}

/// The fast path: sends the answer at once. False: use answerWith().
bool HttpSession::endNow(Reply& reply)
{
    if (gone_) {
        end(499, clientLeft());
        return true;
    }
    if (!answerNow(reply)) return false;
    end(reply.status, reply.why);
    return true;
}

void HttpSession::end(unsigned status, const Status& why)
{
    if (std::exchange(working_, false)) state_->endWork(*this);
    watched_ = waiting_ = false;
    exchange_ = nullptr;
    HttpRequest::end(status, why);
}

// ---- the client's presence ----

void HttpSession::tick(TimePoint now)
{
    using Look = http::ClientPresence::Look;
    if (!working_ || gone_) return;
    const Look look = presence_.look();
    if (look == Look::First) {
        in_.release();  // thousands may be waiting, and its contents have been parsed
        if (options_->heartbeat > Duration{}) heartbeatAt_ = now + options_->heartbeat - HttpFront::State::kTickEvery;
    } else if (look == Look::Left || (look == Look::Ask && isReset())) {
        lost("the client disconnected");
    }
    if (waiting_ && now >= heartbeatAt_ && exchange_->waitsForEvents) heartbeat(*exchange_);
}

void HttpSession::onLost(const std::string& why)
{
    if (const auto call = call_) call->cancel(why);
}

void HttpSession::fail(const std::string& why)
{
    end(500, internal(why));
    abort(why);
}

/// Hands over an HTTP/2 connection.
void HttpSession::handOver()
{
    state_->takeHttp2(std::move(socket_), in_.view());
}

}  // namespace millrace::front
