// SPDX-License-Identifier: GPL-3.0-or-later
#include "telemetry/telemetry.h"

#include <fstream>
#include <iterator>
#include <sstream>
#include <unistd.h>

namespace millrace::telemetry {

ProcessFigures parseProcStat(const std::string& stat, double ticksPerSecond, double pageBytes)
{
    ProcessFigures out;
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

ProcessFigures readProcess()
{
    std::ifstream file("/proc/self/stat");
    const std::string stat((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    return parseProcStat(stat, static_cast<double>(sysconf(_SC_CLK_TCK)), static_cast<double>(sysconf(_SC_PAGESIZE)));
}

void noteProcess(Registry& registry, const ProcessFigures& figures)
{
    registry.gauge("millrace_engine_resident_bytes", "Resident memory of the engine process in bytes.")
        .set(figures.residentBytes);
    registry.gauge("millrace_engine_cpu_seconds_total", "Processor time of the engine process in seconds.")
        .set(figures.cpuSeconds);
    registry.gauge("millrace_engine_threads", "Threads of the engine process.").set(figures.threads);
}

}  // namespace millrace::telemetry
