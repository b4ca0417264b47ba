// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/http1_session.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <poll.h>
#include <utility>

namespace millrace::http {

namespace {

constexpr std::size_t kInMax = 65536;       // of chunked bodies and pipelined requests
constexpr std::size_t kKeptMax = 64 << 10;  // of memory for bodies and answers, from request to request
constexpr std::uint32_t kStreakMax = 16;    // pipelined requests answered in a row before others get their turn
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

Status refused(unsigned httpStatus, const std::string& message)
{
    return withHttpStatus(invalidArgument(message), httpStatus);
}

}  // namespace

Http1Session::Http1Session(std::shared_ptr<Http1Server> server, Http1Server::Socket socket, bool local)
    : server_(std::move(server)),
      limits_(server_->limits_),
      local_(local),
      place_(server_->sessions_.size()),
      socket_(std::move(socket)),
      reader_(socket_, *this),
      held_(server_->bodies_)
{
    server_->sessions_.push_back(this);
    boost::system::error_code ignored;
    if (!local_) socket_.set_option(net::ip::tcp::no_delay(true), ignored);
    socket_.non_blocking(true, ignored);  // writes are tried before they are waited for
    reader_.opened();
}

Http1Session::~Http1Session()
{
    server_->leave(*this);
}

net::awaitable<void> Http1Session::run()
{
    const auto self = shared_from_this();
    std::uint32_t streak = 0;
    while (!closing_) {
        beginHead();
        Head head = parseHead();
        while (head == Head::Incomplete) {
            awaitBytes();
            while (!readable_) co_await signal_.wait();
            head = receiveHead();
        }
        if (head == Head::Refused) co_await refuse(problem_);
        if (head != Head::Complete) break;

        body_.begin(head_, limits_.bodyBytes);
        problem_ = checkHead();
        const auto step = problem_.ok() ? body_.take(in_, parser_) : BodyReader::Step::Failed;
        bool whole = step == BodyReader::Step::Done;
        if (!whole) whole = co_await readBody(step);
        if (!whole) break;
        co_await work();
        if (!keepAlive_ || gone_) break;
        if (in_.empty()) {
            streak = 0;
        } else if (++streak % kStreakMax == 0) {
            co_await net::post(server_->strand_, net::use_awaitable);
        }
    }
    if (unread_ && !gone_) co_await linger();
    close();
}

// ---- what is waited for ----

void Http1Session::waitFor(Phase phase, Duration most)
{
    phase_ = phase;
    timedOut_ = false;
    deadline_ = most == Duration::max() ? TimePoint::max() : server_->clock_.now() + most;
    server_->deadlines_.at(deadline_);
}

void Http1Session::waitForBody()
{
    const auto now = server_->clock_.now();
    waitFor(Phase::Body, bodyDeadline(bodyBegan_, now, limits_.body, body_.received()) - now);
}

TimePoint Http1Session::expire(TimePoint now)
{
    if (now < deadline_) return deadline_;
    deadline_ = TimePoint::max();
    timedOut_ = true;
    boost::system::error_code ignored;
    socket_.cancel(ignored);
    return deadline_;
}

void Http1Session::endIfIdle()
{
    // A head that is not whole asks for nothing yet.
    if (phase_ != Phase::Idle && phase_ != Phase::Head) return;
    closing_ = true;
    boost::system::error_code ignored;
    socket_.cancel(ignored);
}

void Http1Session::abort()
{
    closing_ = true;
    lost();
    boost::system::error_code ignored;
    socket_.close(ignored);
}

void Http1Session::close()
{
    deadline_ = TimePoint::max();
    boost::system::error_code ignored;
    socket_.shutdown(Http1Server::Socket::shutdown_both, ignored);
    socket_.close(ignored);
}

// ---- receiving ----

std::size_t Http1Session::inMost() const
{
    return std::max<std::size_t>(kInMax, limits_.headerBytes);
}

void Http1Session::awaitBytes()
{
    if (readable_) return;
    if (!reader_.waiting())
        reader_.wait(shared_from_this());
    else if (reader_.more())
        readable_ = true;  // and the wait is for news alone
}

/// What has come, once readable_ says that something has. 0: there is no more, or no time for it; empty: it has to be
/// waited for anew.
std::optional<std::size_t> Http1Session::receive(net::mutable_buffer room)
{
    readable_ = false;
    if (std::exchange(interrupted_, false) || timedOut_ || room.size() == 0) return 0;
    boost::system::error_code error;
    const std::size_t count = reader_.receive(room, error);
    if (error == net::error::would_block) return std::nullopt;
    return count;
}

void Http1Session::onReadable(const boost::system::error_code& ended)
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

/// Bytes while a request is answered are the next request; the end of them is a client that left. Nothing is left in
/// the kernel: a reset that came together with bytes is told with them, by the read after.
void Http1Session::readAhead()
{
    for (;;) {
        const auto room = in_.prepare(inMost());
        if (room.size() == 0) {
            watchUnread();
            return;
        }
        boost::system::error_code error;
        const std::size_t count = reader_.receive(room, error);
        if (error == net::error::would_block) break;
        if (error) {
            lost();
            return;
        }
        in_.commit(count);
    }
    awaitBytes();
}

/// More has been sent ahead than is read: what arrives is not looked at, but whether the client is still there.
void Http1Session::watchUnread()
{
    pollfd asked{socket_.native_handle(), POLLRDHUP, 0};
    if (::poll(&asked, 1, 0) > 0 && (asked.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0)
        lost();
    else if (!reader_.waiting())
        reader_.waitForNews(shared_from_this());
}

void Http1Session::watch(std::function<void()> gone)
{
    onGone_ = std::move(gone);
    watched_ = true;
    readable_ = false;
    if (gone_)
        std::exchange(onGone_, nullptr)();
    else
        readAhead();
}

void Http1Session::lost()
{
    if (std::exchange(gone_, true)) return;
    keepAlive_ = false;
    boost::system::error_code ignored;
    socket_.cancel(ignored);
    if (const auto gone = std::exchange(onGone_, nullptr)) gone();
}

// ---- a request ----

void Http1Session::beginHead()
{
    parser_.reset(limits_.headerBytes);
    head_.clear();
    keepAlive_ = false;
    if (in_.empty() && in_.capacity() > kKeptMax) in_.release();
    waitFor(Phase::Idle, limits_.idle);
}

/// Of what has been received.
Http1Session::Head Http1Session::parseHead()
{
    // Some clients send an empty line after a body (RFC 9112, 2.2).
    while (phase_ == Phase::Idle && in_.view().starts_with("\r\n")) in_.consume(2);
    if (in_.empty() || in_.view() == "\r") return server_->stopping_ ? Head::None : Head::Incomplete;
    const auto fed = parser_.head(in_.view(), head_);
    in_.consume(fed.used);
    if (fed.step == RequestParser::Step::Done) {
        keepAlive_ = head_.keepAlive;
        return Head::Complete;
    }
    if (phase_ == Phase::Idle) waitFor(Phase::Head, limits_.head);
    if (fed.step == RequestParser::Step::NeedMore) return Head::Incomplete;
    problem_ = parser_.problem();
    unread_ = true;
    return Head::Refused;
}

/// The next bytes have come, or nothing more. No memory is taken before there is something to put there.
Http1Session::Head Http1Session::receiveHead()
{
    const auto count = receive(in_.prepare(inMost()));
    if (!count) {
        in_.release();  // it was Asio's look at what came before the first wait, or a Unix socket's
        return Head::Incomplete;
    }
    in_.commit(*count);
    if (*count > 0) return parseHead();
    if (!timedOut_ || phase_ != Phase::Head) return Head::None;
    problem_ = refused(408, "the request headers were not received in time");
    return Head::Refused;
}

/// Whether its body is read at all.
Status Http1Session::checkHead() const
{
    if (const auto expect = head_.find("expect"); expect && !sameName(*expect, "100-continue"))
        return refused(417, "unsupported Expect header; only \"100-continue\" is supported");
    if (head_.length && *head_.length > limits_.bodyBytes)
        return refused(413, "the request body has " + std::to_string(*head_.length) + " bytes, more than " +
                                std::to_string(limits_.bodyBytes));
    return absl::OkStatus();
}

/// The way of bodies that did not come with their heads, and of refusals. True: it is here as a whole.
net::awaitable<bool> Http1Session::readBody(BodyReader::Step step)
{
    using Step = BodyReader::Step;
    bodyBegan_ = server_->clock_.now();
    waitForBody();
    if (step == Step::NeedMore && head_.version() >= 11 && in_.empty() && head_.find("expect")) {
        Pieces pieces;
        pieces.add(kContinue);
        if (!sendNow(pieces) && !co_await send(pieces)) co_return false;
        waitForBody();
    }
    while (step == Step::NeedMore) {
        if (problem_ = holdBody(); !problem_.ok()) break;
        awaitBytes();
        while (!readable_) co_await signal_.wait();
        const auto room = body_.room(in_, inMost());
        const auto count = receive(room);
        if (!count) continue;
        if (room.size() == 0) {
            problem_ = refused(400, "malformed HTTP/1.1 request: a chunk's header is too large");
        } else if (*count > 0) {
            body_.commit(in_, *count);
            step = body_.take(in_, parser_);
            problem_ = holdBody();
            if (step == Step::NeedMore) waitForBody();
        } else if (timedOut_) {
            problem_ = refused(408, "the request body was not received in time");
        } else {
            lost();
            co_return false;
        }
        if (!problem_.ok()) step = Step::Failed;
    }
    if (step == Step::Done) co_return true;
    if (problem_.ok()) problem_ = parser_.problem();
    unread_ = head_.chunked || head_.length.value_or(0) > 0;
    co_await refuse(problem_);
    co_return false;
}

Status Http1Session::holdBody()
{
    const auto most = std::max(limits_.bodiesBytes, limits_.bodyBytes);
    if (held_.set(body_.needs(), most)) return absl::OkStatus();
    return withRetryAfter(
        unavailable("the request bodies of all connections have " + std::to_string(server_->bodies_.held()) +
                    " bytes; the limit is " + std::to_string(most)),
        1s);
}

net::awaitable<void> Http1Session::work()
{
    // Given back where serve() throws or is dropped, too.
    struct Busy {
        explicit Busy(Http1Session& of) : session(of)
        {
            ++session.server_->busy_;
            session.working_ = true;
        }
        ~Busy()
        {
            --session.server_->busy_;
            session.working_ = session.watched_ = false;
            session.onGone_ = nullptr;
        }
        Http1Session& session;
    };
    complete_ = headPending_ = chunked_ = false;
    waitFor(Phase::Work, Duration::max());
    {
        const Busy busy(*this);
        co_await server_->serve(*this);
    }
    if (!complete_) keepAlive_ = false;
    if (body_.text().capacity() > kKeptMax) body_.release();
    held_.release();
    if (out_.capacity() > kKeptMax) out_ = std::string();
}

}  // namespace millrace::http
