// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/engine_child.h"

#include "base/clock.h"
#include "base/program_folder.h"

#include <boost/json/parse.hpp>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace millrace::bench {

namespace fs = std::filesystem;
using SteadyClock = std::chrono::steady_clock;

namespace {

constexpr auto kReadyWithin = 20s;
constexpr auto kStopWithin = 15s;

std::string readFile(const fs::path& file)
{
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::string lastLines(const std::string& text, std::size_t bytes)
{
    return text.size() <= bytes ? text : text.substr(text.size() - bytes);
}

/// fork and exec, output and log into files. The child ends with us, however we end.
int spawn(const std::string& binary, const std::vector<std::string>& arguments, const fs::path& out,
          const fs::path& log)
{
    std::vector<char*> words{const_cast<char*>(binary.c_str())};
    for (const auto& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
    words.push_back(nullptr);
    const int parent = ::getpid();
    const int pid = ::fork();
    if (pid != 0) return pid;
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

StatusOr<std::unique_ptr<EngineChild>> EngineChild::start(const std::vector<std::string>& arguments)
{
    std::unique_ptr<EngineChild> child(new EngineChild);
    const fs::path& folder = child->folder_.path();
    if (folder.empty()) return internal("no temporary folder can be made");
    const fs::path out = folder / "ready", log = folder / "log", config = folder / "none.json";
    std::ofstream(config) << "{}";
    std::vector<std::string> words = {
        "--http",      "127.0.0.1:0",   "--grpc",   "127.0.0.1:0",  "--control", (folder / "control.sock").string(),
        "--state-dir", folder.string(), "--config", config.string()};
    words.insert(words.end(), arguments.begin(), arguments.end());
    const std::string binary = (programFolder() / "millraced").string();
    child->pid_ = spawn(binary, words, out, log);
    if (child->pid_ < 0) return internal("fork: " + std::string(strerror(errno)));
    for (const auto until = SteadyClock::now() + kReadyWithin; SteadyClock::now() < until;) {
        boost::system::error_code error;
        const std::string line = readFile(out);
        const auto ready = boost::json::parse(line, error);
        if (!error && ready.is_object() && ready.as_object().contains("http")) {
            child->http_ = ready.at("http").as_string().c_str();
            return child;
        }
        int status = 0;
        if (::waitpid(child->pid_, &status, WNOHANG) == child->pid_) {
            child->pid_ = -1;
            return unavailable(binary + " did not start:\n" + lastLines(readFile(log), 2000));
        }
        std::this_thread::sleep_for(10ms);
    }
    return unavailable(binary + " was not ready in time:\n" + lastLines(readFile(log), 2000));
}

EngineChild::~EngineChild()
{
    if (pid_ <= 0) return;
    ::kill(pid_, SIGTERM);
    int status = 0;
    const auto until = SteadyClock::now() + kStopWithin;
    while (::waitpid(pid_, &status, WNOHANG) == 0) {
        if (SteadyClock::now() > until) ::kill(pid_, SIGKILL);
        std::this_thread::sleep_for(5ms);
    }
}

std::uint64_t EngineChild::residentBytes() const
{
    std::ifstream file("/proc/" + std::to_string(pid_) + "/statm");
    std::uint64_t size = 0, resident = 0;
    file >> size >> resident;
    return file ? resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) : 0;
}

}  // namespace millrace::bench
