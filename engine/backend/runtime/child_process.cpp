// SPDX-License-Identifier: GPL-3.0-or-later
#include "backend/runtime/child_process.h"

#include "backend/runtime/child_environment.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace millrace::backend {

namespace net = boost::asio;
using boost::system::error_code;

namespace {

/// A file descriptor that is closed with it.
struct Fd {
    Fd() = default;
    Fd(const Fd&) = delete;
    Fd& operator=(const Fd&) = delete;
    ~Fd() { reset(); }
    void reset()
    {
        if (value >= 0) ::close(value);
        value = -1;
    }
    int release() { return std::exchange(value, -1); }
    int value = -1;
};

struct Pipe {
    Fd read, write;
    bool open()
    {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0) return false;
        read.value = ends[0];
        write.value = ends[1];
        return true;
    }
};

std::string describe(int status)
{
    if (WIFSIGNALED(status))
        return "was killed by signal " + std::to_string(WTERMSIG(status)) + " (" + strsignal(WTERMSIG(status)) + ")";
    return "exited with status " + std::to_string(WEXITSTATUS(status));
}

}  // namespace

class ChildProcess::Impl : public std::enable_shared_from_this<Impl> {
public:
    Impl(Strand strand, Handlers handlers)
        : handlers_(std::move(handlers)), output_(strand), errors_(strand), process_(strand)
    {}

    Status start(const std::string& binary, const std::vector<std::string>& arguments)
    {
        Pipe in, out, err;
        if (!in.open() || !out.open() || !err.open()) return internal("pipes for " + binary + ": " + strerror(errno));

        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, in.read.value, STDIN_FILENO);
        posix_spawn_file_actions_adddup2(&actions, out.write.value, STDOUT_FILENO);
        posix_spawn_file_actions_adddup2(&actions, err.write.value, STDERR_FILENO);
        // Asio opens its sockets without CLOEXEC: inherited, our port would stay taken and clients connected after our
        // end for as long as the child lives.
        posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
        posix_spawnattr_t attributes;
        posix_spawnattr_init(&attributes);
        // A separate process group: Ctrl-C in our terminal is for us, and we end it once our requests have finished.
        posix_spawnattr_setpgroup(&attributes, 0);
        sigset_t none, all;
        sigemptyset(&none);
        sigfillset(&all);
        posix_spawnattr_setsigmask(&attributes, &none);
        posix_spawnattr_setsigdefault(&attributes, &all);
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
        std::vector<char*> words{const_cast<char*>(binary.c_str())};
        for (const std::string& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
        words.push_back(nullptr);
        std::vector<std::string> environment = childEnvironment(environ);
        std::vector<char*> variables;
        for (std::string& variable : environment) variables.push_back(variable.data());
        variables.push_back(nullptr);
        const int failed = ::posix_spawn(&pid_, binary.c_str(), &actions, &attributes, words.data(), variables.data());
        posix_spawn_file_actions_destroy(&actions);
        posix_spawnattr_destroy(&attributes);
        if (failed != 0) {
            pid_ = -1;
            return unavailable("starting " + binary + ": " + strerror(failed));
        }

        input_.value = in.write.release();
        output_.assign(out.read.release());
        errors_.assign(err.read.release());
        const auto fd = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
        if (fd >= 0) process_.assign(fd);
        streams_ = 2;
        read(output_, outputLine_, outputBuffer_, handlers_.onOutput);
        read(errors_, errorLine_, errorBuffer_, handlers_.onError);
        if (fd >= 0)
            process_.async_wait(net::posix::stream_descriptor::wait_read,
                                [self = shared_from_this()](const error_code& error) {
                                    if (!error) self->ended();
                                });
        return absl::OkStatus();
    }

    void abandon()
    {
        handlers_ = {};
        if (pid_ > 0 && !reaped_) {
            ::kill(pid_, SIGKILL);
            int status = 0;
            while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
            }
            reaped_ = true;
        }
        closeAll();
    }

    int pid() const { return pid_; }
    void askToEnd()
    {
        input_.reset();
        if (!reaped_) ::kill(pid_, SIGTERM);
    }
    void kill()
    {
        if (!reaped_) ::kill(pid_, SIGKILL);
    }

private:
    using Buffer = std::array<char, 4096>;

    void read(net::posix::stream_descriptor& from, std::string& line, Buffer& buffer,
              std::function<void(const std::string&)>& onLine)
    {
        from.async_read_some(net::buffer(buffer), [self = shared_from_this(), &from, &line, &buffer, &onLine](
                                                      const error_code& error, std::size_t bytes) {
            self->take(buffer.data(), bytes, line, onLine);
            if (!error) return self->read(from, line, buffer, onLine);
            if (!line.empty()) take("\n", 1, line, onLine);
            --self->streams_;
            self->maybeReportExit();
        });
    }

    static void take(const char* data, std::size_t bytes, std::string& line,
                     const std::function<void(const std::string&)>& onLine)
    {
        for (std::size_t i = 0; i < bytes; ++i) {
            if (data[i] != '\n') {
                if (line.size() < kLineMax) line.push_back(data[i]);
                continue;
            }
            const std::string whole = std::exchange(line, {});
            // A copy: the handler may end this process, and the handlers with it.
            const auto notify = onLine;
            if (notify) notify(whole);
        }
    }

    void ended()
    {
        int status = 0;
        if (reaped_) return;
        if (::waitpid(pid_, &status, WNOHANG) != pid_) return;
        reaped_ = true;
        why_ = describe(status);
        // What it said last, then no more: a grandchild may hold the pipes open, but the process is what counts.
        drain(output_, outputLine_, handlers_.onOutput);
        drain(errors_, errorLine_, handlers_.onError);
        error_code ignored;
        output_.cancel(ignored);
        errors_.cancel(ignored);
        maybeReportExit();
    }

    static void drain(net::posix::stream_descriptor& from, std::string& line,
                      const std::function<void(const std::string&)>& onLine)
    {
        Buffer buffer;
        error_code error;
        from.non_blocking(true, error);
        while (!error) {
            const std::size_t bytes = from.read_some(net::buffer(buffer), error);
            if (!error) take(buffer.data(), bytes, line, onLine);
        }
        if (!line.empty()) take("\n", 1, line, onLine);
    }

    void maybeReportExit()
    {
        if (!reaped_) {
            if (streams_ > 0 || process_.is_open()) return;
            // Without a pidfd the end of its output is the sign.
            int status = 0;
            if (::waitpid(pid_, &status, 0) != pid_) return;
            reaped_ = true;
            why_ = describe(status);
        }
        if (streams_ > 0) return;
        closeAll();
        const auto onExit = std::exchange(handlers_, {}).onExit;
        if (onExit) onExit(why_);
    }

    void closeAll()
    {
        error_code ignored;
        input_.reset();
        output_.close(ignored);
        errors_.close(ignored);
        process_.close(ignored);
    }

    Handlers handlers_;
    pid_t pid_ = -1;
    bool reaped_ = false;
    int streams_ = 0;
    std::string why_;
    Fd input_;
    net::posix::stream_descriptor output_, errors_, process_;
    std::string outputLine_, errorLine_;
    Buffer outputBuffer_{}, errorBuffer_{};
};

StatusOr<std::unique_ptr<ChildProcess>> ChildProcess::start(Strand strand, const std::string& binary,
                                                            const std::vector<std::string>& arguments,
                                                            Handlers handlers)
{
    auto impl = std::make_shared<Impl>(strand, std::move(handlers));
    const Status started = impl->start(binary, arguments);
    if (!started.ok()) return started;
    return std::unique_ptr<ChildProcess>(new ChildProcess(std::move(impl)));
}

ChildProcess::~ChildProcess()
{
    impl_->abandon();
}

int ChildProcess::pid() const
{
    return impl_->pid();
}
void ChildProcess::askToEnd()
{
    impl_->askToEnd();
}
void ChildProcess::kill()
{
    impl_->kill();
}

}  // namespace millrace::backend
