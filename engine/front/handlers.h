// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "front/reply.h"
#include "front/routes.h"
#include "http/body_budget.h"
#include "http/request_head.h"
#include "serve/serve.h"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <optional>
#include <string>

namespace millrace::front {

struct Hooks;
class OffLoop;
using http::BodyBytes;

/// One request on its way through the handlers. REQUIRES: `head` outlives it.
struct Exchange {
    explicit Exchange(const http::RequestHead& from) : head(from) {}

    const http::RequestHead& head;
    Route route;
    std::string body;
    BodyBytes held;                     ///< memory of the body, until the service has answered
    std::shared_ptr<serve::Call> call;  ///< for counted routes
    bool acceptGzip = false;
    /// From the body: the client expects an event stream, so heartbeats can be sent before the answer.
    bool waitsForEvents = false;
    std::string model;
};

/// Answers requests of all routes, independent of the transport: shared by HTTP/1.1, HTTP/2 and millrace.v1.Stream.
/// Thread: the strand.
///
///     if (auto reply = handlers.answerNow(exchange.route, draining)) return *reply;
///     Reply reply = co_await handlers.answer(exchange);
class Handlers {
public:
    /// `offLoop`: for parsing and writing large bodies. REQUIRES: all outlive this.
    Handlers(serve::Service& service, const Hooks& hooks, OffLoop& offLoop)
        : service_(service), hooks_(hooks), offLoop_(offLoop)
    {}

    /// For routes that need no waiting; empty: use answer().
    std::optional<Reply> answerNow(const Route& route, bool draining) const;
    boost::asio::awaitable<Reply> answer(Exchange& exchange) const;

private:
    boost::asio::awaitable<Reply> answerOther(Exchange& exchange) const;
    boost::asio::awaitable<Reply> openAi(Exchange& exchange) const;
    boost::asio::awaitable<Reply> infer(Exchange& exchange) const;
    boost::asio::awaitable<Reply> metadata(Exchange& exchange) const;
    boost::asio::awaitable<Reply> repository(Exchange& exchange) const;
    Reply modelPage(const std::string& name) const;
    Reply readyPage(const std::string& name) const;
    Reply statisticsPage(const Route& route) const;

    serve::Service& service_;
    const Hooks& hooks_;
    OffLoop& offLoop_;
};

}  // namespace millrace::front
