// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/child_process.h"

#include "bench/socket.h"

#include <boost/json/parse.hpp>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace millrace::bench {

namespace fs = std::filesystem;

namespace {

constexpr auto kReadyWithin = 20s;
constexpr std::size_t kLogBytes = 2000;  // of its end, in an error

using SteadyClock = std::chrono::steady_clock;

/// The whole of a small file; empty where it cannot be read.
std::string readFile(const fs::path& file)
{
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// Its end, of at most `bytes`.
std::string lastBytes(const std::string& text, std::size_t bytes)
{
    return text.size() <= bytes ? text : text.substr(text.size() - bytes);
}

bool accepts(const std::string& address)
{
    auto socket = connectTo(address);
    if (!socket.ok()) return false;
    pollfd wait{socket->get(), POLLOUT, 0};
    if (::poll(&wait, 1, 100) != 1) return false;
    int error = 0;
    socklen_t size = sizeof error;
    return ::getsockopt(socket->get(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
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

int ChildProcess::wait()
{
    int status = 0;
    while (pid_ > 0 && ::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

StatusOr<ServingProgram> startServing(const std::string& binary, const std::vector<std::string>& arguments,
                                      const fs::path& folder, const std::string& address)
{
    const fs::path out = folder / "ready", log = folder / "log";
    const auto until = SteadyClock::now() + kReadyWithin;
    auto process = ChildProcess::start(binary, arguments, out, log);
    if (!process.ok()) return process.status();
    ServingProgram program{std::move(*process), address, {}};
    for (;;) {
        if (!address.empty()) {
            if (accepts(address)) return program;
        } else {
            boost::system::error_code error;
            const auto ready = boost::json::parse(readFile(out), error);
            if (!error && ready.is_object() && ready.as_object().contains("http")) {
                program.http = ready.at("http").as_string().c_str();
                if (const auto* grpc = ready.as_object().if_contains("grpc")) program.grpc = grpc->as_string().c_str();
                return program;
            }
        }
        if (program.process.ended())
            return unavailable(binary + " did not start:\n" + lastBytes(readFile(log), kLogBytes));
        if (SteadyClock::now() > until)
            return unavailable(binary + " was not ready in time:\n" + lastBytes(readFile(log), kLogBytes));
        std::this_thread::sleep_for(1ms);
    }
}

}  // namespace millrace::bench
