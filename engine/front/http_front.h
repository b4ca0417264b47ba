// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "base/event_log.h"
#include "base/metrics.h"
#include "base/on_strand.h"
#include "front/front.h"
#include "serve/serve.h"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace millrace::front {

/// The HTTP server for clients: OpenAI, KServe v2 REST, /metrics, /healthz; over HTTP/1.1, and HTTP/2 once a GrpcFront
/// has joined it.
///
/// Owner:  Engine. REQUIRES: `service` outlives it.   Thread: the strand.
/// Bound:  Options, each with its refusal: 431, 413, 408, 503; one request at a time per HTTP/1.1 connection.
/// Errors: in the caller's dialect, naming the field or the setting (engine/docs/front.md).
/// Stop:   beginDrain() once the service drains; drain() accepts no new connections, closes idle ones, and waits for
///         the others; abort() cuts off the rest.
/// Not here: routing, admission, deadlines (serve); chunk sizes, compression (stream).
///
///     auto front = HttpFront::create(strand, clock, registry, eventLog, gateway, {}, options, "127.0.0.1:11500");
///     if (!front.ok()) return front.status();
///     …
///     front->beginDrain();
///     co_await front->drain();
class HttpFront {
public:
    /// `address`: "127.0.0.1:11500", "[::1]:0" (port 0: any free port); loopback only. `bodies`: shared with the other
    /// front; null: not shared. InvalidArgument or FailedPrecondition for the address, Unavailable if the port is in
    /// use.
    static StatusOr<std::unique_ptr<HttpFront>> create(Strand strand, Clock& clock, Registry& registry,
                                                       EventLog& eventLog, serve::Service& service, Hooks hooks,
                                                       Options options, const std::string& address,
                                                       std::shared_ptr<Bodies> bodies = nullptr);
    ~HttpFront();

    /// In force for requests that arrive afterwards; clientsMax at once.
    void apply(Options options);
    /// The bound address: "127.0.0.1:11500".
    const std::string& address() const;
    std::uint16_t port() const;
    std::uint32_t clients() const;

    /// Soon refuses requests whose bodies are still arriving (503): they are not in flight, and a client that sends
    /// half a body must not delay the stop. REQUIRES: the service drains.
    void beginDrain();
    /// Returns when the last client has disconnected. REQUIRES: beginDrain().
    boost::asio::awaitable<void> drain();
    /// Closes every connection, and cancels its calls.
    void abort();

    struct State;

private:
    friend class GrpcFront;
    explicit HttpFront(std::shared_ptr<State> state);
    std::shared_ptr<State> state_;  // sessions keep it until their last operation has ended
};

}  // namespace millrace::front
