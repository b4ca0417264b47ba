// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "base/file_lock.h"

#include <memory>
#include <string>

namespace millrace::control {

/// The right to listen on a Unix socket, for as long as it lives. A socket that a dead engine left behind is removed;
/// one that somebody answers on is refused.
///
/// Thread: any, one at a time. Errors: a Status that names the path and what to do.
class SocketLock {
public:
    /// Makes the folder (0700) when it is missing. `previous`: the lock of the socket before, which this one takes
    /// over.
    static StatusOr<std::unique_ptr<SocketLock>> take(const std::string& path,
                                                      std::unique_ptr<SocketLock> previous = nullptr);
    /// Locks again when somebody has removed the locked file. False: another engine was faster.
    bool keep() { return lock_.renew(); }
    SocketLock(const SocketLock&) = delete;
    SocketLock& operator=(const SocketLock&) = delete;

private:
    explicit SocketLock(FileLock lock) : lock_(std::move(lock)) {}
    FileLock lock_;  // a file beside the socket: two engines that start at once cannot both pass
};

}  // namespace millrace::control
