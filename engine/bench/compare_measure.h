// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "bench/compare_peers.h"
#include "bench/compare_report.h"

#include <cstdint>
#include <string>

namespace millrace::bench {

/// The measurements of a comparison: each sends one peer its load and adds what came out to the report.
///
///     const CompareMeasure measure({2.0, 1, "digits-m", engineHttp});
///     if (Status done = measure.http(peer, round, report); !done.ok()) …
///
/// Thread: one; each takes a few times `seconds`. Errors: Unavailable when requests failed, with the first reason.
class CompareMeasure {
public:
    struct Options {
        double seconds = 2;  ///< of a measurement
        std::uint64_t seed = 1;
        std::string model;       ///< of the tensor calls
        std::string modelsHttp;  ///< of an engine that describes it
    };

    explicit CompareMeasure(Options options) : options_(std::move(options)) {}

    /// Small JSON at 1, 8 and 64 connections.
    Status http(const Peer& peer, int round, CompareReport& report) const;
    /// Throughput within bounds of p99.
    Status sweep(const Peer& peer, int round, CompareReport& report) const;
    Status streams(const Peer& peer, int round, CompareReport& report) const;
    Status bodies(const Peer& peer, int round, CompareReport& report) const;
    Status grpc(const Peer& peer, int round, CompareReport& report) const;

private:
    const Options options_;
};

/// Its memory is worth reporting: it is a process that we know, and not the upstream itself.
inline bool hasMemory(const Peer& peer)
{
    return peer.pid > 0 && peer.name != CompareReport::kDirect;
}
inline double toMib(std::uint64_t bytes)
{
    return static_cast<double>(bytes) / (1u << 20);
}

}  // namespace millrace::bench
