// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/metrics.h"

#include <string>

namespace millrace::telemetry {

/// What Linux says of this process.
struct ProcessUsage {
    double residentBytes = 0;
    double anonymousBytes = 0;  ///< of these, what no file is behind: neither code nor constants
    double cpuSeconds = 0;
    double threads = 0;
};
/// Of /proc/self/stat's text; all 0 when it is malformed.
ProcessUsage parseProcStat(const std::string& stat, double ticksPerSecond, double pageBytes);
/// Of /proc/self/statm's.
double parseAnonymous(const std::string& statm, double pageBytes);
ProcessUsage readProcess();
/// Sets the millrace_engine_ gauges.
void publishProcess(Registry& registry, const ProcessUsage& figures);

}  // namespace millrace::telemetry
