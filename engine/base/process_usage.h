// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"

#include <cstdint>
#include <string>

namespace millrace {

/// What a process has used, by /proc (proc(5)).
struct ProcessUsage {
    std::uint64_t residentBytes = 0;
    std::uint64_t anonymousBytes = 0;  ///< of these, what no file is behind: neither code nor constants
    Duration cpu{};                    ///< user and system, of all its threads; by the kernel's clock tick (10 ms)
    std::uint32_t threads = 0;
};

/// All 0 when it is gone.   Thread: any; it reads two files of the kernel.
ProcessUsage processUsage(int pid);
ProcessUsage ownUsage();
/// Of the texts of /proc/PID/stat and statm; 0 for what is malformed.
ProcessUsage parseProcessUsage(const std::string& stat, const std::string& statm, double ticksPerSecond,
                               std::uint64_t pageBytes);

/// Processor time that this machine has spent on anything since it started; zero where /proc/stat cannot be read.
Duration machineBusy();

}  // namespace millrace
