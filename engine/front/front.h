// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "base/event_log.h"
#include "base/metrics.h"
#include "base/on_strand.h"
#include "serve/serve.h"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace millrace::front {

struct Options {
    std::uint64_t bodyBytesMax = 64ull << 20;
    std::uint64_t bodiesBytesMax = 1ull << 30;  ///< of all clients together; one body always has its bodyBytesMax
    std::uint32_t headerBytesMax = 65536;
    Duration headerTimeout = 10s;
    /// How long a request's body may stand still while it arrives, and a client may take nothing of its answer.
    Duration bodyTimeout = 60s;
    Duration keepaliveTimeout = 75s;
    std::uint32_t clientsMax = 8192;
    std::vector<std::string> hostsAllowed;  ///< beside localhost and the loopback addresses
    Duration heartbeat = 10s;               ///< streamer.heartbeat_ms; 0: never
};

/// What the front shows or does for modules that it does not know. Empty ones: the page is missing, the method
/// UNIMPLEMENTED. Called on the strand; `done` may be called at once or later, on the strand, once.
struct Hooks {
    std::function<std::string()> metrics;  ///< body of GET /metrics; runs on a thread of the front
    std::function<void(std::string model, std::function<void(Status)> done)> loadModel, unloadModel;
    std::string version = "0.1.0";
};

/// The bytes of all clients' bodies, and the thread that reads the large ones: front/bodies.h.
class Bodies;
std::shared_ptr<Bodies> makeBodies(Strand strand, Registry& registry);

/// Speaks HTTP/1.1 with clients, and HTTP/2 once a GrpcFront has joined it: OpenAI, KServe v2 REST, /metrics, /healthz.
///
/// Owner:  Engine; `service` outlives it.   Thread: the strand.
/// Bound:  Options, each with its refusal: 431, 413, 408, 503; a request at a time for each connection of HTTP/1.1.
/// Errors: in the caller's dialect, naming the field or the setting (engine/docs/front.md).
/// Stop:   beginDrain() when the service takes nothing new any more; drain() takes no new connections, ends idle ones
///         and waits for the rest; abort() cuts off what is left.
/// Not here: which backend answers, admission, deadlines (serve); chunk sizes, compression (stream).
class HttpFront {
public:
    /// `address`: "127.0.0.1:11500", "[::1]:0"; loopback only. `bodies`: shared with the other front; none: its own.
    static StatusOr<std::unique_ptr<HttpFront>> create(Strand strand, Clock& clock, Registry& registry,
                                                       EventLog& eventLog, serve::Service& service, Hooks hooks,
                                                       Options options, const std::string& address,
                                                       std::shared_ptr<Bodies> bodies = nullptr);
    ~HttpFront();

    /// Counts for requests that arrive from now on.
    void apply(Options options);
    /// As bound: "127.0.0.1:11500".
    const std::string& address() const;
    std::uint16_t port() const;
    std::uint32_t clients() const;

    /// The service is draining. A request whose body has not arrived is not in flight: it is refused with 503 soon,
    /// however slowly its body comes, so that nobody holds up the end by sending half of one.
    void beginDrain();
    /// Ends when the last client has disconnected.
    boost::asio::awaitable<void> drain();
    /// Closes every connection; the calls behind them are cancelled.
    void abort();

    struct State;

private:
    friend class GrpcFront;
    explicit HttpFront(std::shared_ptr<State> state);
    std::shared_ptr<State> state_;  // sessions keep it until their last operation has ended
};

/// Speaks KServe v2 gRPC with Triton's extensions, millrace.v1.Stream, grpc.health.v1 and server reflection.
///
/// Owner:  Engine; `service` outlives it.   Thread: the strand.
/// Bound:  clientsMax connections, messages of bodyBytesMax, kStreamCallsMax of a stream, and the memory of all that
///         arrives or waits (bodiesBytesMax); a client that takes nothing of its answers for bodyTimeout is let go.
/// Errors: gRPC codes; "retry-after-ms" in the trailing metadata; a stream's in its error_message.
/// Stop:   drain(), then close(); destroying it cuts off what is left.
class GrpcFront {
public:
    static constexpr std::uint32_t kCallsMax = 1024;  ///< of a connection at a time
    static constexpr std::size_t kStreamCallsMax = 64;

    static StatusOr<std::unique_ptr<GrpcFront>> create(Strand strand, Clock& clock, Registry& registry,
                                                       EventLog& eventLog, serve::Service& service, Hooks hooks,
                                                       Options options, const std::string& address,
                                                       std::shared_ptr<Bodies> bodies = nullptr);
    ~GrpcFront();

    /// One port for everything: from now on either front's address serves what both speak, HTTP/1.1, HTTP/2 (with prior
    /// knowledge) and gRPC, distinguished by a connection's first bytes and a stream's content-type. Once.
    void join(HttpFront& http);
    void apply(Options options);
    const std::string& address() const;
    std::uint16_t port() const;

    /// Health says NOT_SERVING, nothing new is loaded; ends when the loads and unloads in flight have ended. Requests
    /// are the service's to drain.
    boost::asio::awaitable<void> drain();
    /// Takes no new connections and calls; ends when those in flight have ended, which are cancelled at `deadline`.
    boost::asio::awaitable<void> close(TimePoint deadline);
    /// close() has ended: nothing is in flight any more.
    bool closed() const;

private:
    class Impl;
    explicit GrpcFront(std::shared_ptr<Impl> impl);
    std::shared_ptr<Impl> impl_;
};

}  // namespace millrace::front
