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

/// The gRPC server for clients: KServe v2 with Triton's extensions, millrace.v1.Stream, grpc.health.v1, reflection.
///
/// Owner:  Engine. REQUIRES: `service` outlives it.   Thread: the strand.
/// Bound:  clientsMax connections, messages of bodyBytesMax, kStreamCallsMax per stream, bodiesBytesMax of memory for
///         all messages; a client that does not read its answers for bodyTimeout is disconnected.
/// Errors: gRPC codes; "retry-after-ms" in the trailing metadata; those within a stream in its error_message.
/// Stop:   drain(), then close(); destroying it aborts what is left.
///
///     auto grpc = GrpcFront::create(strand, clock, registry, eventLog, gateway, hooks, options, "127.0.0.1:11501");
///     if (!grpc.ok()) return grpc.status();
///     grpc->join(*http);  // both ports serve HTTP and gRPC from here
class GrpcFront {
public:
    static constexpr std::uint32_t kCallsMax = 1024;    ///< in flight per connection
    static constexpr std::size_t kStreamCallsMax = 64;  ///< in flight per ModelStreamInfer

    /// See HttpFront::create().
    static StatusOr<std::unique_ptr<GrpcFront>> create(Strand strand, Clock& clock, Registry& registry,
                                                       EventLog& eventLog, serve::Service& service, Hooks hooks,
                                                       Options options, const std::string& address,
                                                       std::shared_ptr<Bodies> bodies = nullptr);
    ~GrpcFront();

    /// From now on both fronts' addresses serve HTTP/1.1, HTTP/2 (with prior knowledge) and gRPC, distinguished by a
    /// connection's first bytes and a stream's content-type.
    /// REQUIRES: called once; `http` has the same strand.
    void join(HttpFront& http);
    /// In force for requests that arrive afterwards; clientsMax at once.
    void apply(Options options);
    const std::string& address() const;
    std::uint16_t port() const;

    /// Health becomes NOT_SERVING, and loads are refused; returns when loads and unloads in flight have ended.
    /// Inference requests are drained by the service.
    boost::asio::awaitable<void> drain();
    /// Accepts no new connections and calls; returns when those in flight have ended. They are cancelled at `deadline`.
    /// REQUIRES: called once, after drain().
    boost::asio::awaitable<void> close(TimePoint deadline);
    /// close() has returned: nothing is in flight any more.
    bool closed() const;

private:
    class Impl;
    explicit GrpcFront(std::shared_ptr<Impl> impl);
    std::shared_ptr<Impl> impl_;
};

}  // namespace millrace::front
