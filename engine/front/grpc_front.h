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

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace millrace::front {

class HttpFront;

/// Speaks KServe v2 gRPC with Triton's extensions, millrace.v1.Stream, grpc.health.v1 and server reflection.
///
/// Owner:  Engine; `service` outlives it.   Thread: the strand.
/// Bound:  clientsMax connections, messages of bodyBytesMax, kStreamCallsMax per stream, bodiesBytesMax of memory for
///         all messages; a client that reads nothing of its answers for bodyTimeout is disconnected.
/// Errors: gRPC codes; "retry-after-ms" in the trailing metadata; a stream's in its error_message.
/// Stop:   drain(), then close(); destroying it aborts what is left.
///
///     auto grpc = GrpcFront::create(strand, clock, registry, eventLog, gateway, hooks, options, "127.0.0.1:11501");
///     if (!grpc.ok()) return grpc.status();
///     grpc->join(*http);  // both ports serve HTTP and gRPC from here
class GrpcFront {
public:
    static constexpr std::uint32_t kCallsMax = 1024;    ///< in flight per connection
    static constexpr std::size_t kStreamCallsMax = 64;  ///< in flight per ModelStreamInfer

    static StatusOr<std::unique_ptr<GrpcFront>> create(Strand strand, Clock& clock, Registry& registry,
                                                       EventLog& eventLog, serve::Service& service, Hooks hooks,
                                                       Options options, const std::string& address,
                                                       std::shared_ptr<Bodies> bodies = nullptr);
    ~GrpcFront();

    /// One port for everything: from now on either front's address serves what both speak, HTTP/1.1, HTTP/2 (with prior
    /// knowledge) and gRPC, distinguished by a connection's first bytes and a stream's content-type.
    /// REQUIRES: called once; `http` has the same strand.
    void join(HttpFront& http);
    /// Takes effect for requests that arrive after it; clientsMax at once.
    void apply(Options options);
    const std::string& address() const;
    std::uint16_t port() const;

    /// Health says NOT_SERVING, nothing new is loaded; ends when the loads and unloads in flight have ended. Requests
    /// are the service's to drain.
    boost::asio::awaitable<void> drain();
    /// Takes no new connections and calls; ends when those in flight have ended, which are cancelled at `deadline`.
    /// REQUIRES: called once, after drain().
    boost::asio::awaitable<void> close(TimePoint deadline);
    /// close() has ended: nothing is in flight any more.
    bool closed() const;

private:
    class Impl;
    explicit GrpcFront(std::shared_ptr<Impl> impl);
    std::shared_ptr<Impl> impl_;
};

}  // namespace millrace::front
