// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/deadline_timer.h"
#include "base/error.h"
#include "base/on_strand.h"
#include "http/body_budget.h"
#include "http/fields.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/generic/stream_protocol.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace millrace::http {

class Http1Session;

struct Http1Limits {
    std::size_t connections = 1024;  ///< one more is closed unheard
    std::uint32_t headerBytes = 64 << 10;
    std::uint64_t bodyBytes = 16 << 20;
    std::uint64_t bodiesBytes = 64 << 20;  ///< of all connections together; one always has its bodyBytes
    Duration idle = 75s;     ///< between requests; said in Keep-Alive, so that clients' pools can stay below it
    Duration head = 60s;     ///< from its first byte to its last
    Duration body = 60s;     ///< between two of its bytes; the whole must come on, too
    Duration written = 60s;  ///< while the client takes nothing of its answer
};

/// What is answered, but for the fields that are the connection's: length or chunks, Keep-Alive, Connection, Server.
struct Response {
    unsigned status = 200;
    std::string contentType;
    HttpFields fields;
    std::string body;
};

/// A server of HTTP/1.1: what its connections share. Whoever serves derives it, accepts connections and hands them
/// over.
///
/// Owner:  whoever listens; kept by its connections until they have ended.    Thread: the strand.
/// Bound:  Http1Limits; a connection has one request at a time, and of those behind it what its buffer holds.
/// Errors: what is no request is answered by refusal(), and ends its connection.
/// Stop:   stop() takes no further request, abort() ends what there is.    busy(): requests that are being answered.
/// Not here: listening; what is answered.
class Http1Server : public std::enable_shared_from_this<Http1Server> {
public:
    using Socket = boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol, Strand>;  // TCP or Unix

    /// `name`: the Server field of every answer; empty: none.
    Http1Server(Strand strand, Clock& clock, Http1Limits limits, const std::string& name);
    virtual ~Http1Server();
    Http1Server(const Http1Server&) = delete;
    Http1Server& operator=(const Http1Server&) = delete;

    /// `local`: it came over a Unix socket.
    void accept(Socket socket, bool local);
    std::size_t connections() const { return sessions_.size(); }
    std::size_t busy() const { return busy_; }
    void stop();
    void abort();

protected:
    /// Answers the request of `session`: by respond(), or piece by piece. Where it does not, the connection ends.
    virtual boost::asio::awaitable<void> serve(Http1Session& session) = 0;
    /// The answer to a request that cannot be read: malformed (400), too large (413, 431), too slow (408) …
    virtual Response refusal(const Status& why) const = 0;

private:
    friend class Http1Session;
    void leave(const Http1Session& session);
    void expire();

    // fixed after construction
    const Strand strand_;
    Clock& clock_;
    const Http1Limits limits_;
    const std::string fieldsOfAll_;  // lines of every head
    const std::string keepAlive_;    // the line that says how long

    // strand only
    std::vector<Http1Session*> sessions_;
    std::size_t busy_ = 0;
    BodyBudget bodies_;
    bool stopping_ = false;
    DeadlineTimer deadlines_;  // last: ends first
};

}  // namespace millrace::http
