// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
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

/// An engine of its own for one measurement: free ports, an empty state folder, gone with this object.
/// Thread: one. It blocks.
class EngineChild {
public:
    /// Starts millraced beside this program and waits until it is ready, 20 s at most.
    /// Errors: Unavailable with the end of its log.
    static StatusOr<std::unique_ptr<EngineChild>> start(const std::vector<std::string>& arguments);
    ~EngineChild();
    EngineChild(const EngineChild&) = delete;
    EngineChild& operator=(const EngineChild&) = delete;

    const std::string& http() const { return http_; }
    /// Resident memory of the engine alone (not of its runtime), bytes; 0 when it is gone.
    std::uint64_t residentBytes() const;

private:
    EngineChild() = default;
    TemporaryFolder folder_;  // goes after the process
    std::string http_;
    int pid_ = -1;
};

}  // namespace millrace::bench
