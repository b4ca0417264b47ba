// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "base/metrics.h"
#include "base/on_strand.h"
#include "setting_defaults.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

/// The servers that clients connect to are HttpFront (http_front.h) and GrpcFront (grpc_front.h); this header has what
/// both of them take.
namespace millrace::front {

/// The settings `limits.*` and `security.*` that concern clients' connections, and streamer.heartbeat_ms. Where 0 is
/// not mentioned, the declared minimum is above it.
struct Options {
    std::uint64_t bodyBytesMax = defaults::limits::kBodyBytesMax;
    /// All clients together; a single body is always allowed bodyBytesMax
    std::uint64_t bodiesBytesMax = defaults::limits::kBodiesBytesMax;
    /// Over HTTP/1.1 the block's bytes, over HTTP/2 as SETTINGS_MAX_HEADER_LIST_SIZE counts.
    std::uint32_t headerBytesMax = defaults::limits::kHeaderBytesMax;
    Duration headerTimeout = defaults::limits::kHeaderTimeout;  ///< from a head's first byte to its last
    /// Longest time without progress: of a request's body while it arrives, and of a client reading its answer.
    Duration bodyTimeout = defaults::limits::kBodyTimeout;
    Duration keepaliveTimeout = defaults::limits::kKeepaliveTimeout;  ///< 0: a connection is closed once it is idle
    std::uint32_t clientsMax = defaults::limits::kClientsMax;  ///< connections; HTTP/2 with gRPC has as many again
    std::vector<std::string> hostsAllowed;                     ///< besides localhost and the loopback addresses
    Duration heartbeat = defaults::streamer::kHeartbeat;       ///< 0: never

    std::uint64_t bodiesMost() const { return std::max(bodiesBytesMax, bodyBytesMax); }
    bool operator==(const Options&) const = default;
};

/// What the fronts serve on behalf of modules that they do not depend on. An empty hook: the page answers 404, the
/// method UNIMPLEMENTED. Thread: the strand. REQUIRES: `done` is called exactly once, on the strand, at once or later.
struct Hooks {
    std::function<std::string()> metrics;  ///< body of GET /metrics; called on a separate thread
    std::function<void(std::string model, std::function<void(Status)> done)> loadModel, unloadModel;
    std::string version;  ///< of the engine, for GET / and the server's metadata
};

/// The memory budget of all clients' bodies, and the thread that parses large ones: front/bodies.h. Shared by both
/// fronts.
class Bodies;
std::shared_ptr<Bodies> makeBodies(Strand strand, Registry& registry);

}  // namespace millrace::front
