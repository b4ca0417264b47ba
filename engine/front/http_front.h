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

/// Speaks HTTP/1.1 with clients, and HTTP/2 once a GrpcFront has joined it: OpenAI, KServe v2 REST, /metrics, /healthz.
///
/// Owner:  Engine; `service` outlives it.   Thread: the strand.
/// Bound:  Options, each with its refusal: 431, 413, 408, 503; a request at a time for each connection of HTTP/1.1.
/// Errors: in the caller's dialect, naming the field or the setting (engine/docs/front.md).
/// Stop:   beginDrain() when the service takes nothing new any more; drain() takes no new connections, ends idle ones
///         and waits for the rest; abort() cuts off what is left.
/// Not here: which backend answers, admission, deadlines (serve); chunk sizes, compression (stream).
///
///     auto front = HttpFront::create(strand, clock, registry, eventLog, gateway, {}, options, "127.0.0.1:11500");
///     if (!front.ok()) return front.status();
///     …
///     front->beginDrain();
///     co_await front->drain();
class HttpFront {
public:
    /// `address`: "127.0.0.1:11500", "[::1]:0" (port 0: any free one); loopback only. `bodies`: shared with the other
    /// front; null: not shared. InvalidArgument for an address, Unavailable for a port that is taken.
    static StatusOr<std::unique_ptr<HttpFront>> create(Strand strand, Clock& clock, Registry& registry,
                                                       EventLog& eventLog, serve::Service& service, Hooks hooks,
                                                       Options options, const std::string& address,
                                                       std::shared_ptr<Bodies> bodies = nullptr);
    ~HttpFront();

    /// Takes effect for requests that arrive after it; clientsMax at once.
    void apply(Options options);
    /// As bound: "127.0.0.1:11500".
    const std::string& address() const;
    std::uint16_t port() const;
    std::uint32_t clients() const;

    /// REQUIRES: the service drains. A request whose body has not arrived is not in flight: it is refused with 503
    /// soon, so that a client that sends half a body cannot delay the stop.
    void beginDrain();
    /// Ends when the last client has disconnected. REQUIRES: beginDrain().
    boost::asio::awaitable<void> drain();
    /// Closes every connection; the calls behind them are cancelled.
    void abort();

    struct State;

private:
    friend class GrpcFront;
    explicit HttpFront(std::shared_ptr<State> state);
    std::shared_ptr<State> state_;  // sessions keep it until their last operation has ended
};

}  // namespace millrace::front
