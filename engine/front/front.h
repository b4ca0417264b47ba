// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "base/metrics.h"
#include "base/on_strand.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

/// What clients speak to: HttpFront (http_front.h) and GrpcFront (grpc_front.h). Here is what both are given.
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

    std::uint64_t bodiesMost() const { return std::max(bodiesBytesMax, bodyBytesMax); }
    bool operator==(const Options&) const = default;
};

/// What the front shows or does for modules that it does not know. Empty ones: the page is missing, the method
/// UNIMPLEMENTED. Called on the strand; `done` may be called at once or later, on the strand, once.
struct Hooks {
    std::function<std::string()> metrics;  ///< body of GET /metrics; runs on a thread of the front
    std::function<void(std::string model, std::function<void(Status)> done)> loadModel, unloadModel;
    std::string version;  ///< of the engine, for GET / and the metadata of the server
};

/// The bytes of all clients' bodies, and the thread that reads the large ones: front/bodies.h.
class Bodies;
std::shared_ptr<Bodies> makeBodies(Strand strand, Registry& registry);

}  // namespace millrace::front
