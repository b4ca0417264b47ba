// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "base/process_usage.h"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace millrace::bench {

/// A folder that is removed with this object; its path is empty when none could be made.
class TemporaryFolder {
public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

/// A program that runs beside this one, and ends with this object or with this program, however that ends:
/// SIGTERM, and SIGKILL after kStopWithin. Thread: one. It blocks.
class ChildProcess {
public:
    static constexpr std::chrono::seconds kStopWithin{15};

    /// `binary`: a path. Standard output and standard error go into the two files, which are made anew.
    static StatusOr<ChildProcess> start(const std::string& binary, const std::vector<std::string>& arguments,
                                        const std::filesystem::path& out, const std::filesystem::path& log);
    ChildProcess() = default;
    ChildProcess(ChildProcess&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}
    ChildProcess& operator=(ChildProcess&& other) noexcept
    {
        std::swap(pid_, other.pid_);
        return *this;
    }
    ~ChildProcess();

    int pid() const { return pid_; }
    /// It has ended by itself, or was never started.
    bool ended();
    /// Waits until it has ended by itself: its exit code; -1 where a signal ended it.
    int wait();
    ProcessUsage usage() const { return processUsage(pid_); }

private:
    explicit ChildProcess(int pid) : pid_(pid) {}
    int pid_ = -1;
};

/// A program that serves: its process, and where it listens (host:port; grpc is empty where it speaks none).
struct ServingProgram {
    ChildProcess process;
    std::string http, grpc;
};

/// Starts a server and waits until it serves, kReadyWithin at most: until `address` accepts a connection, or, where
/// that is empty, until it has printed its ready line, {"http": …, "grpc": …}. Output and log go to files in `folder`.
/// Errors: Unavailable with the end of its log.
StatusOr<ServingProgram> startServing(const std::string& binary, const std::vector<std::string>& arguments,
                                      const std::filesystem::path& folder, const std::string& address = {});

}  // namespace millrace::bench
