// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/http1_session.h"

#include "http/http_refusal.h"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace millrace::http {

namespace {

constexpr std::size_t kKeptMax = 64 << 10;  // of memory for bodies and answers, from request to request

}  // namespace

Http1Session::Http1Session(std::shared_ptr<Http1Server> server, Http1Server::Socket socket, bool local)
    : Http1Connection(std::shared_ptr<Http1Connections>(server, &server->connections_), std::move(socket),
                      server->limits_, {}),
      server_(std::move(server)),
      local_(local),
      held_(server_->bodies_)
{}

net::awaitable<void> Http1Session::run()
{
    const auto keep = shared_from_this();
    while (!closing_) {
        beginRequest();
        Head head = parseHead(head_);
        while (head == Head::Incomplete) {
            awaitBytes();
            while (!readable_) co_await signal_.wait();
            head = receiveHead(head_);
        }
        if (head == Head::Refused) co_await refuse(problem_);
        if (head != Head::Complete) break;

        problem_ = checkHead();
        const Body body = problem_.ok() ? beginBody(head_, held_) : Body::Refused;
        bool whole = body == Body::Complete;
        if (!whole) whole = co_await receive(body);
        if (!whole) break;
        co_await work();
        if (!keepAlive_ || gone_) break;
        if (hadItsTurns()) co_await net::post(server_->strand_, net::use_awaitable);
    }
    if (unread_ && !gone_) co_await linger();
    close();
}

void Http1Session::beginRequest()
{
    head_.clear();
    if (in_.empty() && in_.capacity() > kKeptMax) in_.release();
    beginHead(limits_.idle);
}

/// Whether its body is read at all.
Status Http1Session::checkHead() const
{
    if (const auto expect = head_.find("expect"); expect && !sameName(*expect, "100-continue"))
        return httpRefusal(417, "unsupported Expect header; only \"100-continue\" is supported");
    if (head_.length && *head_.length > limits_.bodyBytes)
        return httpRefusal(413, "the request body has " + std::to_string(*head_.length) + " bytes, more than " +
                                    std::to_string(limits_.bodyBytes));
    return absl::OkStatus();
}

/// The way of bodies that did not come with their heads, and of refusals. True: it is here as a whole.
net::awaitable<bool> Http1Session::receive(Body body)
{
    if (body == Body::Incomplete) body = co_await readBody(head_);
    switch (body) {
        case Body::Complete:
            co_return true;
        case Body::Incomplete:
        case Body::Refused:
            break;
        case Body::Left:
            lost("the client disconnected while sending its request");
            co_return false;
        case Body::Late:
            problem_ = httpRefusal(408, "the request body was not received in time");
            break;
        case Body::NoMemory:
            problem_ = withRetryAfter(
                unavailable("the request bodies of all connections have " + std::to_string(server_->bodies_.held()) +
                            " bytes; the limit is " + std::to_string(limits_.bodiesMost())),
                1s);
            break;
    }
    unread_ = head_.hasBody();
    co_await refuse(problem_);
    co_return false;
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

void Http1Session::onLost(const std::string&)
{
    if (const auto gone = std::exchange(onGone_, nullptr)) gone();
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
    presence_.begin(ClientPresence::Watch::Events, !head_.keepAlive);
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
