// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/http1_connection.h"

#include "http/http_refusal.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <poll.h>
#include <utility>

namespace millrace::http {

namespace {

constexpr std::size_t kInMax = 65536;     // of chunked bodies and pipelined requests
constexpr std::uint32_t kStreakMax = 16;  // pipelined requests answered in a row before yielding
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr Duration kLingerSilence = 2s;
constexpr Duration kLingerMax = 20s;
constexpr Duration kLingerStopping = 500ms;
constexpr const char* kDisconnected = "the client disconnected";

}  // namespace

Http1Connection::Http1Connection(std::shared_ptr<Http1Connections> all, Socket socket, const Http1Limits& limits,
                                 RequestParser::Settings settings, std::string_view received)
    : all_(std::move(all)),
      socket_(std::move(socket)),
      parser_(settings),
      limits_(limits),
      settings_(settings),
      reader_(socket_, *this)
{
    all_->enter(*this);
    boost::system::error_code ignored;
    socket_.set_option(net::ip::tcp::no_delay(true), ignored);  // fails on Unix sockets
    socket_.non_blocking(true, ignored);                        // for sendNow()
    reader_.opened(!received.empty());
    if (received.empty()) return;
    in_.reserve(received.size());
    in_.commit(net::buffer_copy(in_.prepare(received.size()), net::buffer(received)));
}

Http1Connection::~Http1Connection()
{
    all_->leave(*this);
}

// ---- waiting ----

void Http1Connection::waitFor(Phase phase, Duration most)
{
    phase_ = phase;
    timedOut_ = false;
    deadline_ = most == Duration::max() ? TimePoint::max() : all_->clock_.now() + most;
    all_->deadlines_.at(deadline_);
}

void Http1Connection::waitForBody()
{
    waitFor(Phase::Body, Duration::max());
    deadline_ = bodyDeadline(bodyBegan_, all_->clock_.now(), limits_.body, body_.received());
    limitBody();
}

void Http1Connection::limitBody()
{
    if (phase_ != Phase::Body) return;
    deadline_ = std::min(deadline_, all_->bodiesUntil());
    all_->deadlines_.at(deadline_);
}

TimePoint Http1Connection::expire(TimePoint now)
{
    if (now < deadline_) return deadline_;
    deadline_ = TimePoint::max();
    timedOut_ = true;
    boost::system::error_code ignored;
    socket_.cancel(ignored);
    return deadline_;
}

bool Http1Connection::hadItsTurns()
{
    if (!in_.empty()) return ++streak_ % kStreakMax == 0;
    streak_ = 0;
    return false;
}

// ---- receiving ----

std::size_t Http1Connection::inMost() const
{
    return std::max<std::size_t>(kInMax, limits_.headerBytes);
}

bool Http1Connection::awaitBytes()
{
    if (readable_) return false;
    if (!reader_.waiting())
        reader_.wait(self());
    else if (reader_.more())
        readable_ = true;  // the pending wait is for new input only
    return !readable_;
}

/// Reads input. 0: end of stream, or timed out; nullopt: spurious, wait again. REQUIRES: readable_.
std::optional<std::size_t> Http1Connection::receive(net::mutable_buffer space)
{
    readable_ = false;
    if (std::exchange(interrupted_, false) || timedOut_ || space.size() == 0) return 0;
    boost::system::error_code error;
    const std::size_t count = reader_.receive(space, error);
    if (error == net::error::would_block) return std::nullopt;
    return count;
}

void Http1Connection::onReadable(const boost::system::error_code& ended)
{
    if (working_) {
        if (!ended && watched_ && !gone_)
            readAhead();
        else
            readable_ = true;
        return;
    }
    readable_ = true;
    interrupted_ = static_cast<bool>(ended);
    signal_.wakeNow();
}

// ---- a head ----

void Http1Connection::beginHead(Duration idle)
{
    parser_.reset(limits_.headerBytes);
    keepAlive_ = false;
    waitFor(Phase::Idle, idle);
}

Http1Connection::Head Http1Connection::parseHead(RequestHead& head)
{
    // Some clients send an empty line after a body (RFC 9112, 2.2).
    while (phase_ == Phase::Idle && in_.view().starts_with("\r\n")) in_.consume(2);
    if (in_.empty() || in_.view() == "\r") return all_->stopping() ? Head::None : Head::Incomplete;
    if (!otherBegin_.empty() && in_.view().starts_with(otherBegin_)) return Head::Other;
    const auto fed = parser_.head(in_.view(), head);
    in_.consume(fed.used);
    if (fed.step == RequestParser::Step::Done) {
        keepAlive_ = head.keepAlive && !all_->stopping();
        return Head::Complete;
    }
    if (phase_ == Phase::Idle) waitFor(Phase::Head, limits_.head);
    if (fed.step == RequestParser::Step::NeedMore) return Head::Incomplete;
    problem_ = parser_.problem();
    unread_ = true;
    return Head::Refused;
}

/// Takes memory only once there is input.
Http1Connection::Head Http1Connection::receiveHead(RequestHead& head)
{
    const auto count = receive(in_.prepare(inMost()));
    if (!count) {
        in_.release();  // a spurious read: the first one, or a Unix socket
        return Head::Incomplete;
    }
    in_.commit(*count);
    if (*count > 0) return parseHead(head);
    if (!timedOut_ || phase_ != Phase::Head) return Head::None;
    problem_ = httpRefusal(
        408, "the request headers were not received in time" + RequestParser::Settings::mention(settings_.headTime));
    return Head::Refused;
}

// ---- a body ----

Http1Connection::Body Http1Connection::beginBody(const RequestHead& head, BodyBytes& held)
{
    body_.begin(head, limits_.bodyBytes, held, limits_.bodiesMost());
    if (!head.hasBody()) return Body::Complete;
    return bodyAt(body_.take(in_, parser_));
}

Http1Connection::Body Http1Connection::bodyAt(BodyReader::Step step)
{
    switch (step) {
        case BodyReader::Step::NeedMore:
            return Body::Incomplete;
        case BodyReader::Step::Done:
            return Body::Complete;
        case BodyReader::Step::NoMemory:
            return Body::NoMemory;
        case BodyReader::Step::Failed:
            break;
    }
    problem_ = parser_.problem();
    if (problem_.ok())
        problem_ = httpRefusal(400, "malformed HTTP/1.1 request: a chunk header or the trailers are too long");
    return Body::Refused;
}

net::awaitable<Http1Connection::Body> Http1Connection::readBody(const RequestHead& head)
{
    bodyBegan_ = all_->clock_.now();
    waitForBody();
    if (head.version() >= 11 && in_.empty() && head.find("expect")) {
        Pieces pieces;
        pieces.add(kContinue);
        if (!sendNow(pieces) && !co_await send(pieces)) co_return Body::Left;
        waitForBody();
    }
    for (;;) {
        while (awaitBytes()) co_await signal_.wait();
        net::mutable_buffer space;
        auto step = body_.prepare(in_, inMost(), space);
        if (step == BodyReader::Step::NeedMore) {
            const auto count = receive(space);
            if (!count) continue;
            if (*count == 0) co_return timedOut_ ? Body::Late : Body::Left;
            body_.commit(in_, *count);
            step = body_.take(in_, parser_);
        }
        if (step != BodyReader::Step::NeedMore) co_return bodyAt(step);
        waitForBody();
    }
}

// ---- the client's presence ----

/// Input while a request is being answered: pipelined requests, or the end of the stream (a disconnect or a
/// half-close).
void Http1Connection::readAhead()
{
    do {
        const auto space = in_.prepare(inMost());
        if (space.size() == 0) return watchUnread();
        boost::system::error_code error;
        const std::size_t count = reader_.receive(space, error);
        if (error == net::error::would_block) break;
        if (error == net::error::eof) return onEnd();
        if (error) return lost(kDisconnected);
        in_.commit(count);
    } while (reader_.more());
    awaitBytes();
}

void Http1Connection::onEnd()
{
    if (presence_.end())
        lost(kDisconnected);
    else
        readable_ = true;
}

/// The buffer is full of pipelined data: reads nothing more, and only watches for a disconnect.
void Http1Connection::watchUnread()
{
    pollfd asked{socket_.native_handle(), POLLRDHUP, 0};
    const bool ready = ::poll(&asked, 1, 0) > 0;
    if (ready && (asked.revents & (POLLHUP | POLLERR)) != 0)
        lost(kDisconnected);
    else if (ready && (asked.revents & POLLRDHUP) != 0)
        onEnd();
    else if (!reader_.waiting())
        reader_.waitForNews(self());
}

bool Http1Connection::isReset()
{
    pollfd asked{socket_.native_handle(), 0, 0};
    return ::poll(&asked, 1, 0) > 0;
}

void Http1Connection::lost(const std::string& why)
{
    if (std::exchange(gone_, true)) return;
    keepAlive_ = false;
    boost::system::error_code ignored;
    socket_.cancel(ignored);
    onLost(why);
}

// ---- sending and closing ----

net::awaitable<bool> Http1Connection::send(Pieces pieces)
{
    while (!gone_ && pieces.left() > 0) {
        waitFor(Phase::Write, limits_.written);
        auto [error, count] = co_await socket_.async_write_some(pieces.all, net::as_tuple(net::use_awaitable));
        if (error) {
            lost(timedOut_ ? "the client did not read its response in time" +
                                 RequestParser::Settings::mention(settings_.bodyTime)
                           : kDisconnected);
            break;
        }
        pieces.consume(count);
    }
    waitFor(Phase::Work, Duration::max());
    co_return !gone_;
}

/// Closing a connection with unread input would reset it, and discard the answer. Many clients send everything before
/// they read, so the limit is a time, not a number of bytes; meanwhile the connection counts as open.
net::awaitable<void> Http1Connection::linger()
{
    boost::system::error_code ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
    const TimePoint began = all_->clock_.now();
    in_.consume(in_.size());
    for (;;) {
        const Duration left = began + (all_->stopping() ? kLingerStopping : kLingerMax) - all_->clock_.now();
        if (left <= Duration{} || closing_) break;
        waitFor(Phase::Linger, std::min(left, kLingerSilence));
        while (awaitBytes()) co_await signal_.wait();
        const auto count = receive(in_.prepare(inMost()));
        if (count && *count == 0) break;
    }
}

void Http1Connection::endIfIdle()
{
    // An incomplete head is not a request yet.
    if (phase_ != Phase::Idle && phase_ != Phase::Head) return;
    closing_ = true;
    boost::system::error_code ignored;
    socket_.cancel(ignored);
}

void Http1Connection::abort(const std::string& why)
{
    closing_ = true;
    lost(why);
    boost::system::error_code ignored;
    socket_.close(ignored);
}

void Http1Connection::close()
{
    deadline_ = TimePoint::max();
    all_->turn_.close([this, keep = self()] {
        boost::system::error_code ignored;
        socket_.shutdown(Socket::shutdown_both, ignored);
        socket_.close(ignored);
    });
}

}  // namespace millrace::http
