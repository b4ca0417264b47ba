// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cerrno>
#include <cstddef>
#include <string>

namespace millrace {

/// An exclusive lock among processes: flock() on a file, held until the object is destroyed or the process ends,
/// however it ends. The file can carry a note about its holder.
///
///     FileLock lock = FileLock::tryTake(stateDir + "/lock");
///     if (lock.isHeldElsewhere()) return unavailable("in use by " + FileLock::noteOf(lock.path()));
///     if (!lock.held()) return internal(std::strerror(lock.error()));
///     lock.setNote("pid " + std::to_string(getpid()));
///
/// Thread: any, one at a time. Move-only.
/// Not here: locking among threads (base/mutex.h). A network file system may not honour it.
class FileLock {
public:
    FileLock() = default;
    ~FileLock();
    FileLock(FileLock&& other) noexcept;
    FileLock& operator=(FileLock&& other) noexcept;

    /// Opens the file, creating it (mode 0600) if necessary, and locks it without waiting. Never throws: check held().
    /// A read-only file can be locked too; a symbolic link is refused.
    static FileLock tryTake(std::string path);

    bool held() const { return file_ >= 0; }
    /// errno of the failure; 0: none.
    int error() const { return error_; }
    bool isHeldElsewhere() const { return error_ == EWOULDBLOCK; }
    const std::string& path() const { return path_; }

    /// Takes the lock again if the locked file was removed, since another process could then lock a new file of that
    /// name. False: another process already did.
    bool renew();

    static constexpr std::size_t kNoteBytesMax = 256;
    /// Replaces the note; beyond kNoteBytesMax it is cut. Silently ignored if the file is not writable or not held.
    void setNote(const std::string& note);
    /// The note in the file at `path`, held or not; empty: none, or not readable.
    static std::string noteOf(const std::string& path);

private:
    void release();

    std::string path_;
    int file_ = -1;
    int error_ = 0;
};

}  // namespace millrace
