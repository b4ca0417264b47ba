// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cerrno>
#include <cstddef>
#include <string>

namespace millrace {

/// A file that this process has locked for itself (flock), until the object or the process ends. Other processes can
/// read a note from it.
///
/// Thread: any, one at a time. Errors: errno values; held() is false then.
class FileLock {
public:
    FileLock() = default;
    ~FileLock();
    FileLock(FileLock&& other) noexcept;
    FileLock& operator=(FileLock&& other) noexcept;

    /// Opens the file, makes it (0600) where it is missing, and locks it; does not wait. A file that can only be read
    /// will do; a symbolic link will not.
    static FileLock tryTake(std::string path);

    bool held() const { return file_ >= 0; }
    /// What stands against it; 0: nothing.
    int error() const { return error_; }
    bool isHeldElsewhere() const { return error_ == EWOULDBLOCK; }
    const std::string& path() const { return path_; }

    /// Locks anew where the locked file was removed, which would let another process lock a new one. False: one was
    /// faster.
    bool renew();

    static constexpr std::size_t kNoteBytesMax = 256;
    /// What others may know of the holder. Lost, without a word, where the file cannot be written.
    void setNote(const std::string& note);
    /// What the holder of `path` has noted; empty: nothing.
    static std::string noteOf(const std::string& path);

private:
    void release();

    std::string path_;
    int file_ = -1;
    int error_ = 0;
};

}  // namespace millrace
