// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/child_process.h"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <sstream>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace millrace::bench {

namespace fs = std::filesystem;

namespace {

using SteadyClock = std::chrono::steady_clock;

Duration ofTicks(std::uint64_t ticks)
{
    return fromMs(1000.0 * static_cast<double>(ticks) / static_cast<double>(::sysconf(_SC_CLK_TCK)));
}

}  // namespace

TemporaryFolder::TemporaryFolder()
{
    std::string name = (fs::temp_directory_path() / "millrace-bench-XXXXXX").string();
    if (::mkdtemp(name.data()) != nullptr) path_ = name;
}

TemporaryFolder::~TemporaryFolder()
{
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
}

ProcessUsage usageOf(int pid)
{
    ProcessUsage usage;
    if (pid <= 0) return usage;
    const std::string folder = "/proc/" + std::to_string(pid);
    std::uint64_t size = 0, resident = 0;
    if (std::ifstream memory(folder + "/statm"); memory >> size >> resident)
        usage.residentBytes = resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    // The second field is the name in brackets, which may contain anything; utime and stime are the 12th and 13th
    // after.
    const std::string stat = readFile(folder + "/stat");
    const auto name = stat.rfind(')');
    if (name == std::string::npos) return usage;
    std::istringstream rest(stat.substr(name + 1));
    std::string skipped;
    for (int field = 0; field < 11; ++field) rest >> skipped;
    std::uint64_t user = 0, system = 0;
    if (rest >> user >> system) usage.cpu = ofTicks(user + system);
    return usage;
}

Duration machineBusy()
{
    // cpu  user nice system idle iowait irq softirq steal …
    std::ifstream file("/proc/stat");
    std::string label;
    std::uint64_t user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, soft = 0;
    if (!(file >> label >> user >> nice >> system >> idle >> wait >> irq >> soft)) return {};
    return ofTicks(user + nice + system + irq + soft);
}

StatusOr<ChildProcess> ChildProcess::start(const std::string& binary, const std::vector<std::string>& arguments,
                                           const fs::path& out, const fs::path& log)
{
    std::vector<char*> words{const_cast<char*>(binary.c_str())};
    for (const auto& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
    words.push_back(nullptr);
    const int parent = ::getpid();
    const int pid = ::fork();
    if (pid < 0) return internal("fork: " + std::string(strerror(errno)));
    if (pid != 0) return ChildProcess(pid);
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent) ::_exit(127);
    const int to = ::open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const int errors = ::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (to < 0 || errors < 0) ::_exit(127);
    ::dup2(to, STDOUT_FILENO);
    ::dup2(errors, STDERR_FILENO);
    ::execv(binary.c_str(), words.data());
    ::_exit(127);
}

ChildProcess::~ChildProcess()
{
    if (ended()) return;
    ::kill(pid_, SIGTERM);
    const auto until = SteadyClock::now() + kStopWithin;
    while (!ended()) {
        if (SteadyClock::now() > until) ::kill(pid_, SIGKILL);
        std::this_thread::sleep_for(5ms);
    }
}

bool ChildProcess::ended()
{
    if (pid_ <= 0) return true;
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == 0) return false;
    pid_ = -1;
    return true;
}

std::string readFile(const fs::path& file)
{
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::string lastBytes(const std::string& text, std::size_t bytes)
{
    return text.size() <= bytes ? text : text.substr(text.size() - bytes);
}

}  // namespace millrace::bench
