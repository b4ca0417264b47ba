// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "runtime/repository.h"
#include "runtime/workers.h"

#include <chrono>
#include <memory>
#include <string>

namespace millrace::runtime {

/// KServe v2 over gRPC, with Triton's streaming and repository methods.
///
/// Owner:  main.      Thread: gRPC's own; runs happen on the workers, loads on the repository's threads.
/// Bound:  messages of 512 MiB, more than the front lets in; the workers' queue.
/// Errors: the gRPC codes of base/error.h, the message naming the tensor or limit.
/// Stop:   stop() refuses new calls with Unavailable and lets those under way end.
class GrpcServer {
public:
    static constexpr int kMessageBytesMax = 512 << 20;

    /// `address` as gRPC has it ("127.0.0.1:0", "unix:/path"); port 0: any. Errors: Unavailable when the port is taken.
    static StatusOr<std::unique_ptr<GrpcServer>> create(const std::string& address, Repository& repository,
                                                        Workers& workers);
    virtual ~GrpcServer() = default;
    virtual int port() const = 0;
    /// False: some calls had not ended in time, and the server must not be destroyed before they have.
    virtual bool stop(std::chrono::milliseconds within) = 0;
};

}  // namespace millrace::runtime
