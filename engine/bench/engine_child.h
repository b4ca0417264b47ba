// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "bench/child_process.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace millrace::bench {

/// A dedicated engine for one measurement: free ports, an empty state folder; stopped with this object.
/// Thread: one. It blocks.
class EngineChild {
public:
    struct Options {
        std::vector<std::string> arguments;  ///< besides addresses and folders
        std::string config = "{}";           ///< text of its settings file
        std::string binary;                  ///< path; empty: the millraced beside this program
    };

    /// Starts it and waits until it is ready, 20 s at most.
    /// Errors: Unavailable with the end of its log.
    static StatusOr<std::unique_ptr<EngineChild>> start(const Options& options);
    static StatusOr<std::unique_ptr<EngineChild>> start(const std::vector<std::string>& arguments)
    {
        return start(Options{arguments, "{}", {}});
    }
    EngineChild(const EngineChild&) = delete;
    EngineChild& operator=(const EngineChild&) = delete;

    /// host:port.
    const std::string& http() const { return http_; }
    const std::string& grpc() const { return grpc_; }
    int pid() const { return process_.pid(); }
    /// Changes settings while it runs, by the millracectl beside this program; "PATH=VALUE".
    Status set(const std::string& assignment);
    /// Of the engine alone, not of its runtime.
    ProcessUsage usage() const { return process_.usage(); }
    std::uint64_t residentBytes() const { return usage().residentBytes; }

private:
    EngineChild() = default;
    TemporaryFolder folder_;  // goes after the process
    std::string http_, grpc_;
    ChildProcess process_;
};

}  // namespace millrace::bench
