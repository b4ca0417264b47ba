// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "base/on_strand.h"
#include "http/body_budget.h"
#include "http/fields.h"
#include "http/http1_connection.h"
#include "http/http1_connections.h"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <memory>
#include <string>

namespace millrace::http {

class Http1Session;

/// What is answered, but for the fields that are the connection's: length or chunks, Keep-Alive, Connection, Server.
struct Response {
    unsigned status = 200;
    std::string contentType;
    HttpFields fields;
    std::string body;
};

/// A server of HTTP/1.1: what its connections share. The owner derives from it, accepts connections and hands them
/// over.
///
///     class Pages final : public http::Http1Server {
///         net::awaitable<void> serve(Http1Session& session) override
///         {
///             co_await session.respond(page(session.head()));
///         }
///         Response refusal(const Status& why) const override { return textPage(why); }
///     };
///
///     auto pages = std::make_shared<Pages>(strand, clock, Http1Limits{}, "millrace");
///     pages->accept(std::move(socket), false);
///
/// Owner:  whoever listens; kept by its connections until they have ended.    Thread: the strand.
/// Bound:  Http1Limits; a connection has one request at a time, and of those behind it what its buffer holds.
/// Errors: a malformed request is answered by refusal(), and ends its connection.
/// Stop:   stop() takes no further request, abort() ends what there is.    busy(): requests that are being answered.
/// Not here: listening; what is answered.
class Http1Server : public std::enable_shared_from_this<Http1Server> {
public:
    using Socket = Http1Connection::Socket;

    /// `name`: the Server field of every answer; empty: none.
    Http1Server(Strand strand, Clock& clock, Http1Limits limits, const std::string& name);
    virtual ~Http1Server();
    Http1Server(const Http1Server&) = delete;
    Http1Server& operator=(const Http1Server&) = delete;

    /// `local`: it came over a Unix socket. REQUIRES: a shared_ptr owns this; not after stop().
    void accept(Socket socket, bool local);
    std::size_t connections() const { return connections_.size(); }
    std::size_t busy() const { return busy_; }
    void stop();
    void abort();

protected:
    /// Answers the request of `session`, by respond() or piece by piece. If it does not, the connection is closed.
    virtual boost::asio::awaitable<void> serve(Http1Session& session) = 0;
    /// The answer to a request that cannot be read: malformed (400), too large (413, 431), too slow (408) …
    virtual Response refusal(const Status& why) const = 0;

private:
    friend class Http1Session;

    // fixed after construction
    const Strand strand_;
    const Http1Limits limits_;
    const std::string fieldsOfAll_;  // lines of every head
    const std::string keepAlive_;    // the line that says how long

    // strand only
    std::size_t busy_ = 0;
    BodyBudget bodies_;
    Http1Connections connections_;
};

}  // namespace millrace::http
