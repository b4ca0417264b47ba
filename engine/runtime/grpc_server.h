// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "runtime/repository.h"
#include "runtime/workers.h"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace millrace::runtime {

/// KServe v2 over gRPC, with Triton's streaming and repository methods, and grpc.health.v1.
///
///     auto server = GrpcServer::create(io, "127.0.0.1", 8001, repository, workers, clock);
///     if (!server.ok()) …
///     io.run();
///
/// Owner:  main.      Thread: that of `io`; runs are on the workers, loads on the repository's threads. Large requests
///         are parsed, and responses written, on a worker. Answers are sent as they become ready.
/// Bound:  kConnectionsMax connections with kCallsMax calls each; messages of kMessageBytesMax (more than the front
///         accepts), kMessagesBytesMax together; the workers' queue.
/// Errors: the gRPC codes of base/error.h; messages name the tensor or limit.
/// Stop:   stop() refuses new calls with Unavailable and lets those in flight finish; then idle() is true.
class GrpcServer {
public:
    static constexpr std::size_t kConnectionsMax = 8192;
    static constexpr std::uint32_t kCallsMax = 1024;
    static constexpr std::uint64_t kMessageBytesMax = 512u << 20;
    static constexpr std::uint64_t kMessagesBytesMax = std::uint64_t{8} << 30;
    static constexpr std::size_t kParsedHere = 1u << 20;

    /// `host`: a loopback address (port 0: any free port), or the path of a Unix socket, which is created.
    /// Unavailable: the port is in use.
    static StatusOr<std::unique_ptr<GrpcServer>> create(boost::asio::io_context& io, const std::string& host,
                                                        std::uint16_t port, Repository& repository, Workers& workers,
                                                        Clock& clock);
    virtual ~GrpcServer() = default;
    virtual std::uint16_t port() const = 0;
    virtual void stop() = 0;
    /// No call is in flight, and answers have been sent, or had time to be. REQUIRES: after stop().
    virtual bool idle() = 0;
};

}  // namespace millrace::runtime
