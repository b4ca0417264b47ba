// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/file_lock.h"

#include <algorithm>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace millrace {

FileLock::~FileLock()
{
    release();
}

FileLock::FileLock(FileLock&& other) noexcept
    : path_(std::move(other.path_)), file_(std::exchange(other.file_, -1)), error_(other.error_)
{}

FileLock& FileLock::operator=(FileLock&& other) noexcept
{
    if (this == &other) return *this;
    release();
    path_ = std::move(other.path_);
    file_ = std::exchange(other.file_, -1);
    error_ = other.error_;
    return *this;
}

void FileLock::release()
{
    if (file_ >= 0) ::close(std::exchange(file_, -1));
}

FileLock FileLock::tryTake(std::string path)
{
    FileLock lock;
    lock.path_ = std::move(path);
    lock.file_ = ::open(lock.path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    lock.error_ = lock.held() ? 0 : errno;
    // On a disk that takes no writes a file that is there can be locked all the same.
    if (!lock.held()) lock.file_ = ::open(lock.path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (!lock.held()) return lock;
    lock.error_ = 0;
    if (::flock(lock.file_, LOCK_EX | LOCK_NB) != 0) {
        lock.error_ = errno;
        lock.release();
        return lock;
    }
    (void)::fchmod(lock.file_, 0600);
    return lock;
}

bool FileLock::renew()
{
    struct stat ours {};
    struct stat there {};
    if (held() && ::fstat(file_, &ours) == 0 && ::lstat(path_.c_str(), &there) == 0 && ours.st_ino == there.st_ino &&
        ours.st_dev == there.st_dev)
        return true;
    FileLock fresh = tryTake(path_);
    if (fresh.isHeldElsewhere()) return false;
    // No folder, no space: nobody else can lock there either.
    if (fresh.held()) *this = std::move(fresh);
    return true;
}

void FileLock::setNote(const std::string& note)
{
    if (!held() || ::ftruncate(file_, 0) != 0) return;
    (void)!::pwrite(file_, note.data(), std::min(note.size(), kNoteBytesMax), 0);
}

std::string FileLock::noteOf(const std::string& path)
{
    std::string note(kNoteBytesMax, '\0');
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (file < 0) return {};
    const auto size = ::read(file, note.data(), note.size());
    ::close(file);
    note.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return note;
}

}  // namespace millrace
