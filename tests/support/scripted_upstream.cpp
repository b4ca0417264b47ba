// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/scripted_upstream.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <fcntl.h>

namespace millrace::testing {

using boost::system::error_code;
using tcp = boost::asio::ip::tcp;

namespace {

/// Boost's sockets are inherited by the programs that a test starts; a port held by one of them never refuses.
template <typename Socket>
void keepFromChildren(Socket& socket)
{
    ::fcntl(socket.native_handle(), F_SETFD, FD_CLOEXEC);
}

}  // namespace

struct ScriptedUpstream::Session {
    Session(tcp::socket given, std::size_t count) : socket(std::move(given)), number(count), gate(socket.get_executor())
    {
        gate.expires_at(net::steady_timer::time_point::max());
    }
    void reset()
    {
        error_code ignored;
        socket.set_option(net::socket_base::linger(true, 0), ignored);
        socket.close(ignored);
    }
    tcp::socket socket;
    std::size_t number;
    net::steady_timer gate;  ///< cancelled when a held answer may go
    bool held = false, idle = true, gone = false, left = false;
    std::string data;
};

ScriptedUpstream::ScriptedUpstream(net::io_context& io, Script script, std::string host, unsigned short port)
    : io_(io), script_(std::move(script)), host_(std::move(host)), port_(port)
{
    listen();
}

ScriptedUpstream::~ScriptedUpstream()
{
    *alive_ = false;
    error_code ignored;
    if (acceptor_) acceptor_->close(ignored);
    for (auto& weak : sessions_)
        if (const auto session = weak.lock()) {
            session->socket.close(ignored);
            session->gate.cancel();
        }
}

std::string ScriptedUpstream::url(const std::string& path) const
{
    return "http://" + host_ + ":" + std::to_string(port_) + path;
}

void ScriptedUpstream::bind()
{
    acceptor_ = std::make_shared<tcp::acceptor>(io_);
    acceptor_->open(tcp::v4());
    keepFromChildren(*acceptor_);
    acceptor_->set_option(tcp::acceptor::reuse_address(true));
    acceptor_->bind(tcp::endpoint(net::ip::make_address(host_), port_));
    port_ = acceptor_->local_endpoint().port();
}

void ScriptedUpstream::listen()
{
    if (!acceptor_) bind();
    acceptor_->listen();
    net::co_spawn(io_, accept(acceptor_), net::detached);
}

void ScriptedUpstream::refuse()
{
    error_code ignored;
    acceptor_->close(ignored);
    bind();  // the port stays ours: nobody else gets it before listen()
    for (auto& weak : sessions_)
        if (const auto session = weak.lock()) {
            session->reset();
            session->gate.cancel();
        }
}

std::size_t ScriptedUpstream::open() const
{
    return static_cast<std::size_t>(std::count_if(sessions_.begin(), sessions_.end(), [](const auto& weak) {
        const auto session = weak.lock();
        return session && !session->gone && session->socket.is_open();
    }));
}

std::size_t ScriptedUpstream::held() const
{
    return static_cast<std::size_t>(std::count_if(sessions_.begin(), sessions_.end(), [](const auto& weak) {
        const auto session = weak.lock();
        return session && session->held;
    }));
}

void ScriptedUpstream::release()
{
    for (auto& weak : sessions_)
        if (const auto session = weak.lock()) session->gate.cancel();
}

void ScriptedUpstream::closeIdle()
{
    error_code ignored;
    for (auto& weak : sessions_)
        if (const auto session = weak.lock(); session && session->idle) session->socket.close(ignored);
}

void ScriptedUpstream::speakUnasked(const std::string& bytes)
{
    error_code ignored;
    for (auto& weak : sessions_)
        if (const auto session = weak.lock(); session && session->idle && session->socket.is_open())
            net::write(session->socket, net::buffer(bytes), ignored);
}

net::awaitable<void> ScriptedUpstream::accept(std::shared_ptr<tcp::acceptor> acceptor)
{
    const auto alive = alive_;
    for (;;) {
        auto [error, socket] = co_await acceptor->async_accept(net::as_tuple(net::use_awaitable));
        if (error || !*alive) co_return;
        keepFromChildren(socket);
        error_code ignored;
        socket.set_option(tcp::no_delay(true), ignored);
        const auto session = std::make_shared<Session>(std::move(socket), accepted_++);
        sessions_.remove_if([](const auto& weak) { return weak.expired(); });
        sessions_.push_back(session);
        net::co_spawn(io_, serve(this, session), net::detached);
    }
}

namespace {

std::string chunk(const std::string& piece)
{
    std::array<char, 24> size{};
    const auto end = std::to_chars(size.data(), size.data() + size.size(), piece.size(), 16).ptr;
    return std::string(size.data(), end) + "\r\n" + piece + "\r\n";
}

std::string wire(const ScriptedUpstream::Answer& answer)
{
    if (!answer.raw.empty()) return answer.raw;
    std::string out = "HTTP/1.1 " + std::to_string(answer.status) + " Scripted\r\n";
    for (const auto field : answer.fields) out.append(field.name).append(": ").append(field.value).append("\r\n");
    if (answer.chunked) {
        out += "Transfer-Encoding: chunked\r\n\r\n";
        for (std::size_t at = 0; at < answer.body.size(); at += answer.chunkBytes)
            out += chunk(answer.body.substr(at, answer.chunkBytes));
        out += "0\r\n\r\n";
        return out;
    }
    if (!answer.untilClose) out += "Content-Length: " + std::to_string(answer.body.size()) + "\r\n";
    return out + "\r\n" + answer.body;
}

bool sameName(std::string_view a, std::string_view b)
{
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](unsigned char x, unsigned char y) {
               return std::tolower(x) == std::tolower(y);
           });
}

ScriptedUpstream::Request parseHead(const std::string& head)
{
    ScriptedUpstream::Request request;
    std::size_t at = head.find("\r\n");
    const std::string line = head.substr(0, at);
    const auto first = line.find(' '), second = line.rfind(' ');
    request.method = line.substr(0, first);
    request.target = line.substr(first + 1, second - first - 1);
    while (at != std::string::npos && at + 2 < head.size()) {
        const auto end = head.find("\r\n", at + 2);
        const std::string field = head.substr(at + 2, end - at - 2);
        at = end;
        const auto colon = field.find(": ");
        if (colon != std::string::npos) request.fields.push_back({field.substr(0, colon), field.substr(colon + 2)});
    }
    return request;
}

}  // namespace

net::awaitable<bool> ScriptedUpstream::sendPieces(std::shared_ptr<Session> session, std::shared_ptr<bool> alive,
                                                  const Answer& answer)
{
    Answer start = answer;
    start.pieces.clear();
    start.body.clear();
    start.chunked = true;
    std::string next = wire(start);
    next.resize(next.size() - 5);  // the head alone, without the last chunk
    std::size_t budget = answer.cut.value_or(static_cast<std::size_t>(-1));
    net::steady_timer pause(session->socket.get_executor());
    for (std::size_t i = 0; i <= answer.pieces.size(); ++i) {
        const std::string sent = next.substr(0, budget);
        budget -= sent.size();
        const auto bytes = net::buffer(sent);
        const auto [error, count] =
            co_await net::async_write(session->socket, bytes, net::as_tuple(net::use_awaitable));
        static_cast<void>(count);
        if (error || !*alive) co_return false;
        if (budget == 0 || i == answer.pieces.size()) break;
        if (answer.gap > Duration::zero()) {
            pause.expires_after(answer.gap);
            co_await pause.async_wait(net::as_tuple(net::use_awaitable));
            if (!*alive || !session->socket.is_open()) co_return false;
        }
        next = chunk(answer.pieces[i]);
        if (i + 1 == answer.pieces.size() && answer.then == Then::KeepAlive) next += "0\r\n\r\n";
    }
    co_return true;
}

net::awaitable<void> ScriptedUpstream::serve(ScriptedUpstream* self, std::shared_ptr<Session> session)
{
    const auto alive = self->alive_;
    auto& socket = session->socket;
    std::array<char, 16384> room;
    for (;;) {
        // a request
        std::size_t headEnd = 0;
        std::optional<Request> request;
        std::size_t bodyBytes = 0;
        session->idle = session->data.empty();
        for (;;) {
            if (!request) {
                headEnd = session->data.find("\r\n\r\n");
                if (headEnd != std::string::npos) {
                    request = parseHead(session->data.substr(0, headEnd + 2));
                    request->connection = session->number;
                    session->data.erase(0, headEnd + 4);
                    for (const auto field : request->fields)
                        if (sameName(field.name, "content-length")) bodyBytes = std::stoul(std::string(field.value));
                }
            }
            if (request && session->data.size() >= bodyBytes) break;
            auto [error, bytes] = co_await socket.async_read_some(net::buffer(room), net::as_tuple(net::use_awaitable));
            if (error || !*alive) {
                session->gone = true;
                co_return;
            }
            session->idle = false;
            session->data.append(room.data(), bytes);
        }
        request->body = session->data.substr(0, bodyBytes);
        session->data.erase(0, bodyBytes);
        if (self->requests_.size() >= self->requestsMax_) self->requests_.erase(self->requests_.begin());
        self->requests_.push_back(*request);
        const Answer answer = self->script_ ? self->script_(*request) : Answer();

        // the answer
        if (answer.held) {
            session->held = true;
            // Sees the client leave while it holds the answer back.
            session->left = false;
            socket.async_wait(tcp::socket::wait_read, [session](const error_code& error) {
                if (error) return;
                session->left = true;
                session->gate.cancel();
            });
            co_await session->gate.async_wait(net::as_tuple(net::use_awaitable));
            session->held = false;
            if (!*alive || !socket.is_open()) co_return;
            error_code ignored;
            socket.cancel(ignored);
            co_await net::post(net::use_awaitable);
            if (session->left) {
                session->gone = true;
                socket.close(ignored);
                co_return;
            }
        }
        if (!answer.pieces.empty()) {
            if (!co_await sendPieces(session, alive, answer)) {
                session->gone = true;
                co_return;
            }
        }
        const std::string whole = answer.pieces.empty() ? wire(answer) : std::string();
        const std::string sent = answer.cut ? whole.substr(0, *answer.cut) : whole;
        const std::size_t step = answer.trickle > 0 ? answer.trickle : std::max<std::size_t>(1, sent.size());
        for (std::size_t at = 0; at < sent.size(); at += step) {
            const auto part = net::buffer(sent.data() + at, std::min(step, sent.size() - at));
            auto [error, bytes] = co_await net::async_write(socket, part, net::as_tuple(net::use_awaitable));
            static_cast<void>(bytes);
            if (error || !*alive) {
                session->gone = true;
                co_return;
            }
            if (answer.trickle > 0 && answer.gap > Duration::zero()) {
                net::steady_timer pause(socket.get_executor(), answer.gap);
                co_await pause.async_wait(net::as_tuple(net::use_awaitable));
                if (!*alive) co_return;
            } else if (answer.trickle > 0) {
                co_await net::post(net::use_awaitable);
            }
        }
        error_code ignored;
        switch (answer.then) {
            case Then::KeepAlive:
                break;
            case Then::Close:
                socket.shutdown(tcp::socket::shutdown_both, ignored);
                socket.close(ignored);
                session->gone = true;
                co_return;
            case Then::Reset:
                session->reset();
                session->gone = true;
                co_return;
            case Then::HalfClose:
                socket.shutdown(tcp::socket::shutdown_send, ignored);
                [[fallthrough]];
            case Then::Stall:
                for (;;) {
                    auto [error, bytes] =
                        co_await socket.async_read_some(net::buffer(room), net::as_tuple(net::use_awaitable));
                    static_cast<void>(bytes);
                    if (error || !*alive) {
                        session->gone = true;
                        co_return;
                    }
                }
        }
    }
}

}  // namespace millrace::testing
