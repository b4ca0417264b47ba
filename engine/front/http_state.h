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

/// The state shared by the listener and its sessions. Thread: the strand.
struct HttpFront::State : std::enable_shared_from_this<HttpFront::State> {
    static constexpr Duration kTickEvery = 20ms;  // a disconnect is detected within two of them

    State(Strand strandIn, Clock& clockIn, Registry& registry, EventLog& journalIn, serve::Service& serviceIn,
          Hooks hooksIn, Options optionsIn, std::shared_ptr<Bodies> bodiesIn);

    Status listen(const std::string& where);
    net::awaitable<void> accept();
    /// Serves a connection whose protocol is HTTP/1.1 or unknown. `received`: bytes already read from it.
    void take(net::basic_stream_socket<net::ip::tcp, Strand> socket, std::string_view received = {});
    /// Ticks the sessions with a request in flight, for disconnects and heartbeats. Runs while there are some.
    net::awaitable<void> tick();
    void stopListening();
    /// Draining: refuses bodies that do not arrive soon.
    void limitBodies();

    void beginWork(HttpSession& session);
    void endWork(HttpSession& session);

    /// The lines of every head, Server and Date, rebuilt once a second. While requests are in flight the ticks do that,
    /// so that not every request reads the clock.
    const std::string& signature();
    const std::string& date();
    std::string nextRequestId();
    [[gnu::cold]] void refused(const char* reason);
    /// The error when the budget for bodies is exhausted.
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
    std::shared_ptr<const Options> options;  // requests keep the version they began with
    Acceptor acceptor;
    Gate gate;  // sessions and the loops above
    http::Http1Connections connections;
    std::vector<HttpSession*> working;
    std::unordered_set<Http2Stream*> http2Streams;  // being served
    /// Receives connections that begin with HTTP/2's preface; empty: they are refused.
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
