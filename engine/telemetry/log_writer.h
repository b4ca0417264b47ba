// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace millrace::telemetry {

/// Writes log lines to a file descriptor from a dedicated thread, so that a reader who does not read (Ctrl-S, a full
/// pipe, a slow disk) stops nobody who logs.
///
/// Owner:  main().      Thread: any; write() never waits for the descriptor.
/// Bound:  kLinesMax lines and kBytesMax bytes waiting; more are dropped and counted, and a line says how many once
///         there is space again.
/// Errors: lines that cannot be written (a closed pipe, a terminal that was closed) are dropped and counted.
/// Stop:   the destructor writes what waits, for at most kFlushMax, and leaves the rest.
class LogWriter {
public:
    static constexpr std::size_t kLinesMax = 4096, kBytesMax = 1u << 20;
    static constexpr int kFlushMaxMs = 500;

    /// `dropped`: the line that says how many are missing. `fd` stays the caller's, and is never made non-blocking:
    /// that would reach everybody who shares it, the shell of a terminal too.
    LogWriter(int fd, std::function<std::string(std::uint64_t)> dropped);
    ~LogWriter();
    LogWriter(const LogWriter&) = delete;
    LogWriter& operator=(const LogWriter&) = delete;

    /// With its line break.
    void write(std::string line);
    /// Waits until all of it is written, for at most kFlushMaxMs.
    void flush();
    std::uint64_t dropped() const;
    /// Called for lines that are dropped from now on, with their number, on any thread; an empty one: nobody is.
    void onDropped(std::function<void(std::uint64_t)> listener);

private:
    struct State;
    std::shared_ptr<State> state_;  // its thread keeps it, should it be stuck in a write at the end
};

}  // namespace millrace::telemetry
