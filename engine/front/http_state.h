// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/gate.h"
#include "front/bodies.h"
#include "front/handlers.h"
#include "front/http_front.h"
#include "front/listen.h"
#include "http/h2_connection.h"
#include "http/http1_connection.h"
#include "http/http1_connections.h"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace millrace::front {

class HttpSession;
class Http2Stream;

std::string exceptionText(const std::exception_ptr& error);

/// What the listener and its sessions share. Thread: the strand.
struct HttpFront::State : std::enable_shared_from_this<HttpFront::State> {
    static constexpr Duration kTickEvery = 20ms;  // a client that left is seen within 100 ms

    State(Strand strandIn, Clock& clockIn, Registry& registry, EventLog& journalIn, serve::Service& serviceIn,
          Hooks hooksIn, Options optionsIn, std::shared_ptr<Bodies> bodiesIn);

    Status listen(const std::string& where);
    net::awaitable<void> accept();
    /// A connection whose bytes are HTTP/1.1, or not known; `received`: what was read of it already.
    void take(net::basic_stream_socket<net::ip::tcp, Strand> socket, std::string_view received = {});
    /// Looks after the requests in work: hang-ups, heartbeats. Runs while there are some.
    net::awaitable<void> tick();
    void stopListening();
    /// What has not arrived soon is refused: the service is draining.
    void limitBodies();

    void beginWork(HttpSession& session);
    void endWork(HttpSession& session);

    /// The lines that end every head, Server and Date; made once a second. While requests are in work the ticks look at
    /// the clock, so that not each of them has to.
    const std::string& signature();
    const std::string& date();
    std::string nextRequestId();
    void refused(const char* reason);
    /// Why memory for a body is refused.
    Status bodiesAreFull(const Options& of);

    // fixed after construction
    Strand strand;
    Clock& clock;
    Registry& registry;
    EventLog& eventLog;
    serve::Service& service;
    const Hooks hooks;
    const std::shared_ptr<Bodies> bodies;
    const Handlers handlers;
    Counter& accepted;
    std::string address;
    std::uint16_t port = 0;

    // strand only
    std::shared_ptr<const Options> options;  // requests keep the one they began with
    Acceptor acceptor;
    Gate gate;  // sessions and the loops above
    http::Http1Connections connections;
    std::vector<HttpSession*> working;
    std::unordered_set<Http2Stream*> http2Streams;  // in work
    /// Takes a connection that begins as HTTP/2 does; none: it is refused.
    std::function<void(http::H2Connection::Socket socket, std::string_view received)> takeHttp2;
    bool draining = false;
    bool ticking = false;
    TimePoint lastRejectLog{};

private:
    void renewSignature();
    void rejectConnection(net::basic_stream_socket<net::ip::tcp, Strand>& socket);

    std::string signature_, date_;
    std::int64_t signatureSecond_ = -1;
    std::uint64_t requests_ = 0;
};

}  // namespace millrace::front
