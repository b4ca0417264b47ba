// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace millrace::telemetry {

/// Writes log lines to a file descriptor on a dedicated thread, so that a blocked reader (Ctrl-S, a full pipe, a slow
/// disk) never blocks a thread that logs.
///
///     LogWriter log(STDERR_FILENO, [](std::uint64_t lines) { return absl::StrFormat("%d lines dropped\n", lines); });
///     log.write("started\n");
///
/// Owner:  main().      Thread: any; write() never waits for the descriptor.
/// Bound:  kLinesMax lines and kBytesMax bytes pending; more are dropped and counted, and reported in a line once there
///         is space again.
/// Errors: lines that cannot be written (a closed pipe or terminal) are dropped and counted.
/// Stop:   the destructor writes pending lines for at most kFlushMaxMs, and discards the rest.
class LogWriter {
public:
    static constexpr std::size_t kLinesMax = 4096, kBytesMax = 1u << 20;
    static constexpr int kFlushMaxMs = 500;

    /// `dropped`: words the line that reports dropped lines. `fd` is not closed, and not made non-blocking, which would
    /// affect every process that shares it, such as the terminal's shell.
    LogWriter(int fd, std::function<std::string(std::uint64_t)> dropped);
    ~LogWriter();
    LogWriter(const LogWriter&) = delete;
    LogWriter& operator=(const LogWriter&) = delete;

    /// REQUIRES: `line` ends with its line break.
    void write(std::string line);
    /// Waits until pending lines are written, for at most kFlushMaxMs.
    void flush();
    std::uint64_t dropped() const;
    /// `listener` is called with the number of lines whenever some are dropped, on any thread; empty: none.
    void onDropped(std::function<void(std::uint64_t)> listener);

private:
    struct State;
    std::shared_ptr<State> state_;  // its thread keeps it, should it be stuck in a write at the end
};

}  // namespace millrace::telemetry
