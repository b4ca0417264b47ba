// SPDX-License-Identifier: GPL-3.0-or-later
#include "pool/http_connection.h"

#include "base/free_buffer.h"
#include "http/send_now.h"
#include "pool/idle_limit.h"
#include "pool/request_text.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/socket.h>
#include <utility>

namespace millrace::pool {

using boost::system::error_code;

namespace {

constexpr std::size_t kRawSmall = 8 << 10;
constexpr Duration kKeepsBuffer = 1s;     // while idle; also the text of the last head
constexpr std::size_t kFieldsUsual = 12;  // in a response
constexpr std::size_t kFieldBytesUsual = 384;
constexpr std::size_t kSealedAtOnce = 64 << 10;
constexpr std::size_t kJoinedMax = 2 << 10;  // smaller bodies are appended to their head

}  // namespace

// ---- construction, dial, close ----

HttpConnection::HttpConnection(ConnectionId id, Strand strand, Clock& clock, Owner* owner, Dial::Guide* guide)
    : HttpExchange(id, strand, clock, owner),
      owner_(owner),
      dial_(id, strand, clock, guide),
      socket_(strand),
      parser_(*this, {.headBytes = kHeaderMax, .fields = kFieldsMax})
{}

HttpConnection::~HttpConnection() = default;

net::awaitable<Status> HttpConnection::connect(std::shared_ptr<HttpConnection> self, Endpoint endpoint,
                                               http::TlsClient* tls, http::TlsOffer offer, TimePoint deadline)
{
    self->deadline_ = deadline;
    self->peer_ = endpoint.address();
    // Never completes within the call that started it: the waiter must be registered first.
    co_await net::post(self->strand_, net::use_awaitable);
    // Not a conditional expression: GCC 12 destroys the result of a co_await within one twice.
    Status status = cancelled("abandoned");
    if (!self->closed_) status = co_await self->dialSteps(std::move(endpoint), tls, offer);
    self->deadline_ = TimePoint::max();
    if (!self->failure_.ok()) status = self->failure_;  // expired or cancelled
    if (!status.ok()) {
        self->close();
        co_return status;
    }
    self->phase_ = Phase::Idle;
    if (!self->speaksHttp2()) self->armRead();
    co_return absl::OkStatus();
}

net::awaitable<Status> HttpConnection::dialSteps(Endpoint endpoint, http::TlsClient* tls, http::TlsOffer offer)
{
    const Status dialed = co_await dial_.connect(std::move(endpoint), deadline_, tls, offer);
    if (!dialed.ok()) co_return dialed;
    if (closed_) co_return cancelled("abandoned");
    socket_ = dial_.takeSocket();
    tls_ = dial_.takeTls();
    reader_.opened(tls_ != nullptr);
    co_return absl::OkStatus();
}

void HttpConnection::close()
{
    if (closed_) return;
    closed_ = true;
    error_code ignored;
    // Takes effect even if another process (a child being started) holds the socket.
    if (phase_ != Phase::Dialling) socket_.shutdown(Socket::shutdown_both, ignored);
    socket_.close(ignored);
    if (phase_ == Phase::Dialling) dial_.cancel();
}

bool HttpConnection::isReusable(TimePoint now)
{
    if (closed_) return false;
    if (now - idleSince_ < kFresh) return true;
    if (tls_) return true;  // TLS's own records may be pending; the pending read detects the end
    char byte = 0;
    const auto got = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

// ---- sending ----

void HttpConnection::begin(HttpRequest&& request, const std::string& authority, TimePoint now, TimePoint deadline,
                           const CancelToken& cancel, bool work)
{
    if (closed_) {
        request_ = std::move(request);
        unsent_ = true;
        fail(unavailable("the connection to " + peer_ + " was closed"));
        return;
    }
    phase_ = Phase::Exchange;
    if (!take(std::move(request), now, deadline, cancel, work)) return;
    parser_.begin(request_.method == "HEAD");
    writeRequestHead(head_, request_, authority);
    sent_ = 0;
    if (http::SendTurn* const turn = owner_ ? owner_->sendTurn() : nullptr) {
        unsent_ = true;
        turn->add({shared_from_this(), this});
    } else {
        sendFirst();
        if (closed_) return;
    }
    if (!readPending_) armRead();
}

void HttpConnection::sendAtEndOfTurn()
{
    if (!closed_) sendFirst();  // otherwise it was cancelled before anything was sent
}

/// Most requests fit into the socket's buffer, without a wait. One piece is cheaper than two.
void HttpConnection::sendFirst()
{
    unsent_ = false;
    if (tls_) return sendSealed();
    error_code error;
    if (request_.body.size() <= kJoinedMax) {
        const std::size_t headSize = head_.size();
        head_ += request_.body;
        sent_ = http::sendNow(socket_.native_handle(), std::array{net::const_buffer(net::buffer(head_))}, error);
        head_.resize(headSize);
    } else {
        const std::array<net::const_buffer, 2> parts{net::buffer(head_), net::buffer(request_.body)};
        sent_ = http::sendNow(socket_.native_handle(), parts, error);
    }
    if (error && error != net::error::would_block) {
        unsent_ = sent_ == 0;
        fail(fromAsio(error, "sending to " + peer_));
    } else if (sent_ == head_.size() + request_.body.size()) {
        sentAll_ = true;
    } else {
        send();
    }
}

void HttpConnection::send()
{
    std::array<net::const_buffer, 2> parts{net::buffer(head_), net::buffer(request_.body)};
    if (sent_ >= head_.size()) {
        parts[1] += sent_ - head_.size();
        parts[0] += head_.size();
    } else {
        parts[0] += sent_;
    }
    auto handler = [self = shared_from_this()](const error_code& error, std::size_t bytes) {
        self->onSent(error, bytes);
    };
    net::async_write(socket_, parts, std::move(handler));
}

/// Encrypts as the socket accepts it, so that a large body is not held twice.
void HttpConnection::sendSealed()
{
    for (;;) {
        std::string_view out = tls_->out();
        if (out.empty()) {
            if (phase_ != Phase::Exchange || sentAll_) return;
            const bool inHead = sent_ < head_.size();
            const std::string_view part = inHead ? std::string_view(head_).substr(sent_)
                                                 : std::string_view(request_.body).substr(sent_ - head_.size());
            sentAll_ = part.empty();
            if (sentAll_) return;
            if (inHead && request_.body.size() <= kJoinedMax) {
                tls_->write(std::string(part) + request_.body);
                sent_ = head_.size() + request_.body.size();
            } else {
                tls_->write(part.substr(0, kSealedAtOnce));
                sent_ += std::min(part.size(), kSealedAtOnce);
            }
            out = tls_->out();
        }
        error_code error;
        const std::size_t bytes =
            http::sendNow(socket_.native_handle(), std::array{net::const_buffer(out.data(), out.size())}, error);
        if (error == net::error::would_block) {
            if (std::exchange(sealedWaits_, true)) return;
            socket_.async_wait(Socket::wait_write, [self = shared_from_this()](const error_code& failed) {
                self->sealedWaits_ = false;
                if (!self->closed_ && !failed) self->sendSealed();
            });
            return;
        }
        if (error) {
            // A server may answer early and close: the pending read reports the outcome, not this error.
            if (begun_ || phase_ != Phase::Exchange) return;
            unsent_ = true;
            return fail(fromAsio(error, "sending to " + peer_));
        }
        tls_->sent(bytes);
        begun_ = phase_ == Phase::Exchange;
    }
}

void HttpConnection::onSent(const error_code& error, std::size_t bytes)
{
    if (closed_) return;
    // A server may answer early and close: the pending read reports the outcome, not this error.
    if (error) {
        unsent_ = sent_ == 0 && bytes == 0;
    } else {
        sentAll_ = true;
    }
}

// ---- receiving ----

void HttpConnection::armRead()
{
    if (readPending_ || closed_) return;
    if (!in_.empty() && spaceToRead().size() == 0) return;
    readPending_ = true;
    if (tls_ && tls_->more())
        net::post(strand_, [self = shared_from_this()] { self->onReadable({}); });
    else
        reader_.wait(shared_from_this());
    if (flowing_) awaitMore();
}

void HttpConnection::onReadable(const error_code& ended)
{
    readPending_ = false;
    if (closed_ || ended) return;
    const auto space = spaceToRead();
    if (space.size() == 0) return;
    error_code error;
    const std::size_t bytes = tls_ ? receiveSealed(space, error) : reader_.receive(space, error);
    if (error == net::error::would_block) {
        readPending_ = true;
        reader_.wait(shared_from_this());
        return;
    }
    onRead(error, bytes);
}

std::size_t HttpConnection::receiveSealed(net::mutable_buffer space, error_code& error)
{
    std::array<char, http::TlsSession::kRecord> sealed;
    std::size_t bytes = 0;
    for (error = {}; !error;) {
        bytes = tls_->read(static_cast<char*>(space.data()), space.size());
        if (bytes > 0) break;
        if (tls_->ended()) {
            error = net::error::eof;
        } else if (!tls_->problem().ok()) {
            error = net::error::connection_aborted;
        } else if (!reader_.more()) {
            error = net::error::would_block;
        } else {
            const std::size_t got = reader_.receive(net::buffer(sealed), error);
            cutOff_ = error == net::error::eof;
            tls_->feed({sealed.data(), got});
        }
    }
    if (!sealedWaits_ && !tls_->out().empty()) sendSealed();  // TLS's own answers
    return bytes;
}

/// Space behind unparsed input; empty: the exchange failed, since a head or chunk header exceeds the buffer.
net::mutable_buffer HttpConnection::spaceToRead()
{
    in_.reserve(kRawSmall);
    const auto space = in_.prepare(kHeaderMax);
    if (space.size() == 0)
        fail(unavailable("the response of " + peer_ + " has more than " + std::to_string(kHeaderMax) +
                         " bytes of headers"));
    return space;
}

void HttpConnection::onRead(const error_code& error, std::size_t bytes)
{
    if (closed_) return;
    if (phase_ == Phase::Idle) {
        if (owner_) owner_->onPeerClosed(id_, bytes > 0);
        return;
    }
    if (bytes > 0) {
        sawBytes_ = true;
        in_.commit(bytes);
        const bool full = in_.full();
        parse();
        arrived();
        // A read that filled the buffer: more is pending, read larger pieces.
        if (full && in_.empty() && in_.capacity() < kPieceMax) in_.reserve(std::min(kPieceMax, in_.capacity() * 4));
    } else if (error) {
        parseEnd(error);
    }
    if (closed_) return;  // failed: the waiter has the error
    if (!done_ && piece_.empty()) armRead();
    if (headReady_ && !closed_) signal_.wakeNow();
}

void HttpConnection::onField(std::string_view name, std::string_view value, bool hop)
{
    if (hop) {
        if (http::sameName(name, "keep-alive")) keepAlive_ = keepAliveTimeout(value);
        return;
    }
    if (response_.fields.empty()) response_.fields.reserve(kFieldsUsual, kFieldBytesUsual);
    response_.fields.add(name, value);
}

void HttpConnection::onHead(unsigned status)
{
    response_.status = status;
    headReady_ = true;
}

void HttpConnection::onBody(std::string_view bytes)
{
    piece_.append(bytes);
    bodyBytes_ += bytes.size();
}

void HttpConnection::parse()
{
    const auto fed = parser_.feed(in_.view());
    in_.consume(fed.used);
    if (fed.step == http::ResponseParser::Step::Failed) {
        fail(unavailable("malformed response from " + peer_ + ": " + parser_.problem()));
    } else if (fed.step == http::ResponseParser::Step::Done) {
        persistent_ = parser_.keepsAlive();
        done_ = true;
    }
}

void HttpConnection::parseEnd(const error_code& error)
{
    const bool ended = error == net::error::eof;
    if (ended && !cutOff_ && headReady_ && parser_.finish()) {
        persistent_ = false;
        done_ = true;
        return;
    }
    if (ended) {
        fail(unavailable(closedEarly()));
    } else if (tls_ && !tls_->problem().ok()) {
        fail(unavailable("reading from " + peer_ + ": " + text(tls_->problem())));
    } else {
        fail(fromAsio(error, "reading from " + peer_));
    }
}

void HttpConnection::takeHead(HttpResponse& response)
{
    HttpExchange::takeHead(response);
    response.untilClose = parser_.untilClose();
}

// ---- the end of an exchange ----

bool HttpConnection::reusable() const
{
    return done_ && persistent_ && sentAll_ && !closed_ && failure_.ok() && in_.empty();
}

void HttpConnection::reset()
{
    resetExchange();
    parser_.end();
    keepAlive_.reset();
    begun_ = persistent_ = false;
}

std::optional<CloseReason> HttpConnection::finish()
{
    if (!busy()) {
        if (closed_) return CloseReason::ServerClosed;
        return std::nullopt;
    }
    if (reusable()) {
        reset();
        phase_ = Phase::Idle;
        if (in_.capacity() > kRawSmall) in_.release();
        armRead();
        return std::nullopt;
    }
    if (done_) return persistent_ ? CloseReason::Error : CloseReason::ServerClosed;
    return failure_.ok() || absl::IsCancelled(failure_) ? CloseReason::Cancelled : CloseReason::Error;
}

void HttpConnection::rest(bool closing, TimePoint now)
{
    if (closing)
        close();
    else
        idleSince_ = now;
}

void HttpConnection::expire(TimePoint now)
{
    dial_.expire(now);
    if (phase_ == Phase::Idle && now - idleSince_ >= kKeepsBuffer) {
        in_.release();
        freeBuffer(head_);
    }
    if (phase_ == Phase::Exchange) return expireExchange(now);
    if (now < deadline_) return;
    deadline_ = TimePoint::max();
    if (phase_ == Phase::Dialling) fail(deadlineExceeded("connecting to " + peer_ + " timed out"));
}

}  // namespace millrace::pool
