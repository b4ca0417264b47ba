// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/http1_session.h"

#include "http/http_refusal.h"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <charconv>
#include <utility>

namespace millrace::http {

namespace {

constexpr std::size_t kJoinedMax = 2048;    // smaller bodies are copied behind their head: cheaper than a second iovec
constexpr std::size_t kKeptMax = 64 << 10;  // capacity kept between requests, for bodies and answers

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
        Head head = beginRequest();
        while (head == Head::Incomplete) {
            while (awaitBytes()) co_await signal_.wait();
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

Http1Session::Head Http1Session::beginRequest()
{
    head_.clear();
    if (in_.empty() && in_.capacity() > kKeptMax) in_.release();
    beginHead(limits_.idle);
    return parseHead(head_);
}

/// Checks made before the body is read.
Status Http1Session::checkHead() const
{
    if (const auto expect = head_.find("expect"); expect && !sameName(*expect, "100-continue"))
        return httpRefusal(417, "unsupported Expect header; only \"100-continue\" is supported");
    if (head_.length && *head_.length > limits_.bodyBytes)
        return httpRefusal(413, "the request body has " + std::to_string(*head_.length) + " bytes, more than " +
                                    std::to_string(limits_.bodyBytes));
    return absl::OkStatus();
}

/// The slow path: bodies that did not arrive with their heads, and refusals. True: the body is complete.
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
    // Released also if serve() throws or its coroutine is destroyed.
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

// ---- the answer ----

void Http1Session::writeHead(const Response& response, std::optional<std::uint64_t> length)
{
    const auto add = [this](std::string_view name, std::string_view value) {
        out_ += name;
        out_ += ": ";
        appendFieldValue(out_, value);
        out_ += "\r\n";
    };
    if (all_->stopping()) keepAlive_ = false;
    out_.assign("HTTP/1.1 ");
    out_ += statusLine(response.status);
    out_ += server_->fieldsOfAll_;
    if (!response.contentType.empty()) add("Content-Type", response.contentType);
    for (const HttpField& field : response.fields) add(field.name, field.value);
    if (length) {
        std::array<char, 24> digits;
        add("Content-Length",
            {digits.data(),
             static_cast<std::size_t>(std::to_chars(digits.data(), digits.data() + digits.size(), *length).ptr -
                                      digits.data())});
    } else if (chunked_) {
        out_ += "Transfer-Encoding: chunked\r\n";
    }
    if (!keepAlive_)
        out_ += "Connection: close\r\n";
    else if (head_.version() < 11)
        out_ += "Connection: keep-alive\r\n";
    if (keepAlive_) out_ += server_->keepAlive_;
    out_ += "\r\n";
}

net::awaitable<void> Http1Session::respond(Response response)
{
    if (gone_) co_return;
    const bool framed = !hasNoBody(response.status);
    const bool hasBody = framed && head_.method() != "HEAD" && !response.body.empty();
    writeHead(response, framed ? std::optional<std::uint64_t>(response.body.size()) : std::nullopt);
    Pieces pieces;
    if (hasBody && response.body.size() <= kJoinedMax) out_ += response.body;
    pieces.add(out_);
    if (hasBody && response.body.size() > kJoinedMax) pieces.add(response.body);
    complete_ = sendNow(pieces);
    if (!complete_) complete_ = co_await send(pieces);
}

void Http1Session::begin(const Response& response)
{
    chunked_ = head_.version() >= 11;
    if (!chunked_) keepAlive_ = false;  // the answer ends with the connection
    writeHead(response, std::nullopt);
    headPending_ = true;
}

net::awaitable<bool> Http1Session::write(std::string_view piece, bool last)
{
    if (gone_) co_return false;
    Pieces pieces;
    if (std::exchange(headPending_, false)) pieces.add(out_);
    if (head_.method() == "HEAD") {
        last = true;
    } else if (!chunked_) {
        if (!piece.empty()) pieces.add(piece);
    } else {
        if (!piece.empty()) {
            pieces.add(chunkHead_.write(piece.size()));
            pieces.add(piece);
            pieces.add(last ? std::string_view("\r\n0\r\n\r\n") : std::string_view("\r\n"));
        } else if (last) {
            pieces.add(kLastChunk);
        }
    }
    bool sent = sendNow(pieces);
    if (!sent) sent = co_await send(pieces);
    complete_ = sent && last;
    co_return sent;
}

/// Answers a request that cannot be read, and closes.
net::awaitable<void> Http1Session::refuse(Status why)
{
    keepAlive_ = false;
    Response response = server_->refusal(why);
    co_await respond(std::move(response));
}

}  // namespace millrace::http
