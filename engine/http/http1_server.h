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

/// An answer. The session adds the connection's own fields: Content-Length or Transfer-Encoding, Connection,
/// Keep-Alive, Server.
struct Response {
    unsigned status = 200;
    std::string contentType;
    HttpFields fields;
    std::string body;
};

/// An HTTP/1.1 server: what its connections share. The owner derives from it and passes it accepted connections.
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
/// Owner:  whoever listens; its connections keep it until they have ended.    Thread: the strand.
/// Bound:  Http1Limits; one request at a time per connection, and of pipelined ones what its buffer holds.
/// Errors: a malformed request is answered with refusal(), and ends its connection.
/// Stop:   stop() accepts no further request, abort() also ends those in flight (busy()).
/// Not here: listening (listener.h); what is answered.
class Http1Server : public std::enable_shared_from_this<Http1Server> {
public:
    using Socket = Http1Connection::Socket;

    /// `name`: value of the Server field; empty: none. REQUIRES: `clock` outlives this.
    Http1Server(Strand strand, Clock& clock, Http1Limits limits, const std::string& name);
    virtual ~Http1Server();
    Http1Server(const Http1Server&) = delete;
    Http1Server& operator=(const Http1Server&) = delete;

    /// Serves an accepted connection; beyond Http1Limits::connections it is closed at once. `local`: from a Unix
    /// socket.
    /// REQUIRES: a shared_ptr owns this; not after stop().
    void accept(Socket socket, bool local);
    std::size_t connections() const { return connections_.size(); }
    std::size_t busy() const { return busy_; }
    void stop();
    void abort();

protected:
    /// Answers the current request of `session`, by respond() or by begin() and write(). If it does not, or throws, the
    /// connection is closed.
    virtual boost::asio::awaitable<void> serve(Http1Session& session) = 0;
    /// The answer to a request that cannot be read: malformed (400), too large (413, 431), too slow (408) …
    virtual Response refusal(const Status& why) const = 0;

private:
    friend class Http1Session;

    // fixed after construction
    const Strand strand_;
    const Http1Limits limits_;
    const std::string fieldsOfAll_;  // lines that every head has
    const std::string keepAlive_;    // the Keep-Alive line, with its time-out

    // strand only
    std::size_t busy_ = 0;
    BodyBudget bodies_;
    Http1Connections connections_;
};

}  // namespace millrace::http
