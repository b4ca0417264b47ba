// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "base/file_lock.h"

#include <memory>
#include <string>

namespace millrace::control {

/// The exclusive right to listen on a Unix socket, for its lifetime. A socket file left by a dead engine is removed;
/// one on which a process answers is refused.
///
/// Thread: any, one at a time. Errors: a Status with the path and a remedy.
class SocketLock {
public:
    /// Creates the folder (0700) if it is missing. `previous`: the lock of the previous socket, which this one takes
    /// over.
    static StatusOr<std::unique_ptr<SocketLock>> take(const std::string& path,
                                                      std::unique_ptr<SocketLock> previous = nullptr);
    /// Locks again if the locked file was removed. False: another engine has locked it meanwhile.
    bool keep() { return lock_.renew(); }
    SocketLock(const SocketLock&) = delete;
    SocketLock& operator=(const SocketLock&) = delete;

private:
    explicit SocketLock(FileLock lock) : lock_(std::move(lock)) {}
    FileLock lock_;  // a file beside the socket: two engines that start at once cannot both pass
};

}  // namespace millrace::control
