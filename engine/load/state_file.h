// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "base/mutex.h"
#include "load/load_core.h"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>

namespace millrace::load {

std::string toJson(const LoadState& state);
/// Skips what cannot be parsed; InvalidArgument if it is not such a file at all.
StatusOr<LoadState> fromJson(const std::string& text);

/// Keeps the learned state on disk. A dedicated thread writes, so that the strand never waits for the disk.
///
/// Thread: any one. Bound: one state waiting to be written; a newer one takes its place.
/// Errors: a failed write is retried every kRetry, unless a newer state replaces it.
/// Stop:   the destructor writes the waiting state, then returns.
/// A file is replaced as a whole (written beside it, synced, renamed): a crash leaves the old one or the new one.
class StateFile {
public:
    static constexpr std::chrono::seconds kRetry{5};
    /// `written` gets the result of each write, on the writing thread.
    explicit StateFile(std::string path, std::function<void(const Status&)> written = {});
    ~StateFile();
    StateFile(const StateFile&) = delete;
    StateFile& operator=(const StateFile&) = delete;

    /// NotFound only when there is none yet.
    StatusOr<LoadState> read() const;
    /// Keeps a file that could not be read as path.damaged-1 or the next free number. The name; empty: not possible.
    std::string setAside() const;
    void write(LoadState state);

private:
    void run();
    static Status replace(const std::string& path, const std::string& text);

    const std::string path_;
    const std::function<void(const Status&)> written_;
    mutable Mutex mutex_;
    CondVar wake_;
    std::unique_ptr<LoadState> waiting_ MILLRACE_GUARDED_BY(mutex_);
    bool stop_ MILLRACE_GUARDED_BY(mutex_) = false;
    std::thread thread_;  // last: uses the others
};

}  // namespace millrace::load
