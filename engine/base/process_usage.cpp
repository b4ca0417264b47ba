// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/process_usage.h"

#include "base/number.h"

#include <fstream>
#include <iterator>
#include <sstream>
#include <unistd.h>

namespace millrace {

namespace {

double ticksPerSecond()
{
    return static_cast<double>(::sysconf(_SC_CLK_TCK));
}

Duration ofTicks(std::uint64_t ticks, double perSecond)
{
    return fromMs(1000.0 * static_cast<double>(ticks) / perSecond);
}

std::string textOf(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

ProcessUsage processUsage(int pid)
{
    if (pid <= 0) return {};
    const std::string folder = "/proc/" + std::to_string(pid);
    return parseProcessUsage(textOf(folder + "/stat"), textOf(folder + "/statm"), ticksPerSecond(),
                             static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)));
}

ProcessUsage ownUsage()
{
    return processUsage(::getpid());
}

ProcessUsage parseProcessUsage(const std::string& stat, const std::string& statm, double ticks, std::uint64_t pageBytes)
{
    ProcessUsage out;
    std::uint64_t size = 0, resident = 0, shared = 0;
    if (std::istringstream pages(statm); pages >> size >> resident >> shared && resident >= shared)
        out.anonymousBytes = (resident - shared) * pageBytes;
    // The second field is the program's name in brackets and may hold spaces and brackets itself.
    const std::size_t name = stat.rfind(')');
    if (name == std::string::npos) return out;
    std::istringstream fields(stat.substr(name + 1));
    std::string field;
    std::uint64_t spent = 0;
    for (int number = 3; fields >> field && number <= 24; ++number) {  // numbers as in proc(5)
        const std::uint64_t value = readNumber<std::uint64_t>(field).value_or(0);
        if (number == 14 || number == 15) spent += value;
        if (number == 20) out.threads = static_cast<std::uint32_t>(value);
        if (number == 24) out.residentBytes = value * pageBytes;
    }
    out.cpu = ofTicks(spent, ticks);
    return out;
}

Duration machineBusy()
{
    // cpu  user nice system idle iowait irq softirq steal …
    std::ifstream file("/proc/stat");
    std::string label;
    std::uint64_t user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, soft = 0;
    if (!(file >> label >> user >> nice >> system >> idle >> wait >> irq >> soft)) return {};
    return ofTicks(user + nice + system + irq + soft, ticksPerSecond());
}

}  // namespace millrace
