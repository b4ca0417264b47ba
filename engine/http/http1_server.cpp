// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/http1_server.h"

#include "http/http1_session.h"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <utility>

namespace millrace::http {

namespace {

std::string keepAliveLine(Duration idle)
{
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(idle).count();
    return seconds < 1 ? std::string() : "Keep-Alive: timeout=" + std::to_string(seconds) + "\r\n";
}

}  // namespace

Http1Server::Http1Server(Strand strand, Clock& clock, Http1Limits limits, const std::string& name)
    : strand_(strand),
      clock_(clock),
      limits_(limits),
      fieldsOfAll_(name.empty() ? std::string() : "Server: " + name + "\r\n"),
      keepAlive_(keepAliveLine(limits.idle)),
      deadlines_(strand, clock, [this] { expire(); })
{}

Http1Server::~Http1Server() = default;

void Http1Server::accept(Socket socket, bool local)
{
    if (stopping_ || sessions_.size() >= limits_.connections) return;
    const auto session = std::make_shared<Http1Session>(shared_from_this(), std::move(socket), local);
    boost::asio::co_spawn(strand_, session->run(), [session](const std::exception_ptr& thrown) {
        if (thrown) session->abort();
    });
}

void Http1Server::leave(const Http1Session& session)
{
    const std::size_t place = session.place_;
    sessions_.back()->place_ = place;
    sessions_[place] = sessions_.back();
    sessions_.pop_back();
}

void Http1Server::expire()
{
    const TimePoint now = clock_.now();
    TimePoint next = TimePoint::max();
    // What a session is told here reaches it from the loop: the list stays as it is.
    for (Http1Session* session : sessions_) next = std::min(next, session->expire(now));
    if (next < TimePoint::max()) deadlines_.at(next);
}

void Http1Server::stop()
{
    stopping_ = true;
    for (Http1Session* session : sessions_) session->endIfIdle();
}

void Http1Server::abort()
{
    stopping_ = true;
    for (Http1Session* session : sessions_) session->abort();
}

}  // namespace millrace::http
