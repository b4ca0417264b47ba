// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "bench/recorder.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace millrace::bench {

/// What to send, and how hard.
struct LoadOptions {
    std::string http;                 ///< host:port of the engine's HTTP; also where models and metrics are read
    std::string grpc;                 ///< host:port of the engine's gRPC; set: requests go there
    std::vector<std::string> models;  ///< empty: every model
    unsigned concurrency = 16;        ///< requests in flight at most
    std::optional<double> rate;       ///< set: open loop, requests a second at intended times
    double seconds = 10;
    double warmupSeconds = 1;  ///< not counted
    unsigned rows = 1;
    unsigned tokens = 32;
    bool stream = true;  ///< chats
    std::uint64_t seed = 1;
    unsigned channels = 4;  ///< gRPC connections
};

struct LoadResult {
    Recorder recorder;
    double seconds = 0;
    std::optional<double> batchAverage;  ///< requests a batch while it ran; empty: no batches, or no HTTP address
};

/// Runs the load to its end. Open loop: latency counts from the moment a request was due, so that a server that
/// stalls does not hide behind its own slowness.
StatusOr<LoadResult> runLoad(const LoadOptions& options);

/// {"requests","rps","errors","latency_ms","first_byte_ms","batch_average", …}
std::string toJson(LoadResult& result, const LoadOptions& options);
/// The same for people.
std::string toText(LoadResult& result, const LoadOptions& options);

int loadMain(int argc, char** argv);

}  // namespace millrace::bench
