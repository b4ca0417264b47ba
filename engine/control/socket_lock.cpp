// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/socket_lock.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace millrace::control {

namespace {

Status inUse(const std::string& path)
{
    return unavailable("another engine responds on " + path + "; stop it or choose another control socket");
}

Status checkFolder(const std::string& folder)
{
    std::error_code error;
    const bool fresh = std::filesystem::create_directories(folder, error);
    if (error)
        return unavailable("the folder " + folder + " of the control socket cannot be created: " + error.message());
    if (fresh) chmod(folder.c_str(), 0700);
    struct stat info {};
    if (lstat(folder.c_str(), &info) != 0 || !S_ISDIR(info.st_mode))
        return unavailable(folder + " is not a folder; the control socket needs a dedicated one");
    // Whoever can write there could put a socket of his own in our place.
    const bool ours = info.st_uid == getuid() || info.st_uid == 0;
    const bool open = (info.st_mode & (S_IWGRP | S_IWOTH)) != 0 && (info.st_mode & S_ISVTX) == 0;
    if (!ours || open)
        return failedPrecondition(
            "the folder " + folder +
            " of the control socket can be written by other users; restrict it (chmod 700) or choose another one");
    return absl::OkStatus();
}

/// Whether somebody accepts connections there.
bool answers(const std::string& path)
{
    const int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (probe < 0) return false;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    const bool connected = connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    close(probe);
    return connected;
}

}  // namespace

StatusOr<std::unique_ptr<SocketLock>> SocketLock::take(const std::string& path, std::unique_ptr<SocketLock> previous)
{
    if (path.empty() || path.front() != '/')
        return invalidArgument("the control socket must be a full path, is \"" + path + '"');
    if (path.size() >= sizeof(sockaddr_un::sun_path))
        return invalidArgument("the path of the control socket must be at most " +
                               std::to_string(sizeof(sockaddr_un::sun_path) - 1) + " bytes, has " +
                               std::to_string(path.size()) + ": " + path);
    Status status = checkFolder(std::filesystem::path(path).parent_path().string());
    if (!status.ok()) return status;
    if (previous && !previous->keep()) return inUse(path);
    FileLock lock = previous ? std::move(previous->lock_) : FileLock::tryTake(path + ".lock");
    if (lock.isHeldElsewhere()) return inUse(path);
    if (!lock.held()) return unavailable(lock.path() + " cannot be opened: " + std::strerror(lock.error()));
    std::unique_ptr<SocketLock> claim(new SocketLock(std::move(lock)));
    struct stat info {};
    if (lstat(path.c_str(), &info) != 0) return claim;
    if (!S_ISSOCK(info.st_mode)) return failedPrecondition(path + " exists and is not a socket; it was not touched");
    if (answers(path)) return inUse(path);
    if (unlink(path.c_str()) != 0 && errno != ENOENT)
        return unavailable("the stale socket " + path + " cannot be removed: " + std::strerror(errno));
    return claim;
}

}  // namespace millrace::control
