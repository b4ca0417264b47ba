// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/http1_server.h"

#include "http/http1_session.h"

#include <boost/asio/co_spawn.hpp>

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
      limits_(limits),
      fieldsOfAll_(name.empty() ? std::string() : "Server: " + name + "\r\n"),
      keepAlive_(keepAliveLine(limits.idle)),
      connections_(strand, clock)
{}

Http1Server::~Http1Server() = default;

void Http1Server::accept(Socket socket, bool local)
{
    if (connections_.stopping() || connections_.size() >= limits_.connections) return;
    const auto session = std::make_shared<Http1Session>(shared_from_this(), std::move(socket), local);
    boost::asio::co_spawn(strand_, session->run(), [session](const std::exception_ptr& thrown) {
        if (thrown) session->abort("an exception ended the request");
    });
}

void Http1Server::stop()
{
    connections_.stop();
}

void Http1Server::abort()
{
    connections_.abort("the server is stopping");
}

}  // namespace millrace::http
