// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"

#include <cstdint>
#include <string>

namespace millrace {

/// Resource usage of a process, from /proc (proc(5)).
struct ProcessUsage {
    std::uint64_t residentBytes = 0;
    std::uint64_t anonymousBytes = 0;  ///< the part not backed by a file: neither code nor constants
    Duration cpu{};                    ///< user and system time of all threads; in the kernel's clock ticks (10 ms)
    std::uint32_t threads = 0;
};

/// All 0 if the process does not exist. Reads two files of /proc. Thread: any.
ProcessUsage processUsage(int pid);
ProcessUsage ownUsage();
/// Parses /proc/PID/stat and statm; 0 for malformed values. Pure.
ProcessUsage parseProcessUsage(const std::string& stat, const std::string& statm, double ticksPerSecond,
                               std::uint64_t pageBytes);

/// Processor time that the machine has spent on all processes since its start; zero if /proc/stat cannot be read.
Duration machineBusy();

}  // namespace millrace
