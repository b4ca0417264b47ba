// SPDX-License-Identifier: GPL-3.0-or-later
#include "telemetry/process.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>
#include <unistd.h>

namespace millrace::telemetry {

ProcessUsage parseProcStat(const std::string& stat, double ticksPerSecond, double pageBytes)
{
    ProcessUsage out;
    // The second field is the program's name in brackets and may hold spaces and brackets itself.
    const std::size_t after = stat.rfind(')');
    if (after == std::string::npos) return out;
    std::istringstream fields(stat.substr(after + 1));
    std::string field;
    double userTicks = 0;
    double systemTicks = 0;
    double threads = 0;
    double pages = 0;
    for (int number = 3; fields >> field && number <= 24; ++number) {  // numbers as in proc(5)
        if (number != 14 && number != 15 && number != 20 && number != 24) continue;
        const double value = std::strtod(field.c_str(), nullptr);
        if (number == 14) userTicks = value;
        if (number == 15) systemTicks = value;
        if (number == 20) threads = value;
        if (number == 24) pages = value;
    }
    out.cpuSeconds = (userTicks + systemTicks) / ticksPerSecond;
    out.threads = threads;
    out.residentBytes = pages * pageBytes;
    return out;
}

double parseAnonymous(const std::string& statm, double pageBytes)
{
    std::istringstream fields(statm);
    double size = 0, resident = 0, shared = 0;
    if (!(fields >> size >> resident >> shared)) return 0;
    return std::max(0.0, resident - shared) * pageBytes;
}

namespace {

std::string textOf(const char* path)
{
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

ProcessUsage readProcess()
{
    const auto page = static_cast<double>(sysconf(_SC_PAGESIZE));
    auto out = parseProcStat(textOf("/proc/self/stat"), static_cast<double>(sysconf(_SC_CLK_TCK)), page);
    out.anonymousBytes = parseAnonymous(textOf("/proc/self/statm"), page);
    return out;
}

void publishProcess(Registry& registry, const ProcessUsage& figures)
{
    registry.gauge("millrace_engine_resident_bytes", "Resident memory of the engine process in bytes.")
        .set(figures.residentBytes);
    registry
        .gauge("millrace_engine_anonymous_bytes",
               "Resident memory of the engine process in bytes, without what is a file's: code, and constants of it.")
        .set(figures.anonymousBytes);
    registry.gauge("millrace_engine_cpu_seconds_total", "Processor time of the engine process in seconds.")
        .set(figures.cpuSeconds);
    registry.gauge("millrace_engine_threads", "Threads of the engine process.").set(figures.threads);
}

}  // namespace millrace::telemetry
