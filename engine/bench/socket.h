// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"

#include <string>
#include <unistd.h>
#include <utility>

namespace millrace::bench {

/// Closes what it holds.
class FileDescriptor {
public:
    FileDescriptor() = default;
    explicit FileDescriptor(int fd) : fd_(fd) {}
    FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    FileDescriptor& operator=(FileDescriptor&& other) noexcept
    {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~FileDescriptor()
    {
        if (fd_ >= 0) ::close(fd_);
    }
    int get() const { return fd_; }
    explicit operator bool() const { return fd_ >= 0; }

private:
    int fd_ = -1;
};

/// A listening socket that does not block. `address`: host:port of this machine, host in digits; port 0: any.
StatusOr<FileDescriptor> listenOn(const std::string& address);
/// Where it listens, as host:port.
std::string addressOf(const FileDescriptor& listener);
/// A socket whose connecting to host:port, host in digits, has begun; it does not block.
StatusOr<FileDescriptor> connectTo(const std::string& address);
/// Small pieces go out at once.
void sendAtOnce(int fd);

}  // namespace millrace::bench
