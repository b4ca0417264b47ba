// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "base/on_strand.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace millrace::backend {

/// A child process. Its stdin is a pipe that we hold open, so that it notices our end however that happens. It inherits
/// no other descriptors than the pipes of its output, and of the environment what child_environment.h admits
/// (engine/docs/adr/0020-a-child-process-by-posix-spawn.md).
///
///     auto child = ChildProcess::start(strand, binary, {"--listen", path}, {onOutput, onError, onExit});
///     if (!child.ok()) return child.status();
///     (*child)->askToEnd();                                    // onExit() follows
///
/// Owner:  the backend.   Thread: the strand.
/// Bound:  lines of its output are cut at kLineMax bytes.
/// Stop:   askToEnd(), then kill(); the destructor kills a running child and reaps it.
class ChildProcess {
public:
    static constexpr std::size_t kLineMax = 8 << 10;

    struct Handlers {
        std::function<void(const std::string&)> onOutput;  ///< a line of stdout
        std::function<void(const std::string&)> onError;   ///< a line of stderr
        /// Once, after its last line: "ended with status 3", "was killed by signal 9 (Killed)".
        std::function<void(const std::string&)> onExit;
    };

    static StatusOr<std::unique_ptr<ChildProcess>> start(Strand strand, const std::string& binary,
                                                         const std::vector<std::string>& arguments, Handlers handlers);
    ~ChildProcess();
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    int pid() const;
    /// Closes its stdin and sends SIGTERM.
    void askToEnd();
    void kill();

private:
    class Impl;
    explicit ChildProcess(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
    std::shared_ptr<Impl> impl_;
};

}  // namespace millrace::backend
