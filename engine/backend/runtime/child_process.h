// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "base/on_strand.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace millrace::backend {

/// A program that runs as our child. Its stdin is a pipe that we keep open: it sees the end of it when we are gone,
/// however that happens. It has no other descriptor of ours than that and the pipes of its output, and of our
/// environment what child_environment.h lets pass.
///
/// Owner:  the backend.   Thread: the strand.
/// Bound:  a line of its output is cut at kLineMax bytes.
/// Stop:   askToEnd(), then kill(); the destructor kills what still runs and waits for it.
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
