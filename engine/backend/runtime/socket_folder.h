// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"

#include <string>
#include <utility>

namespace millrace::backend {

/// A folder for the sockets of one process, with mode 0700; the destructor removes it with its contents. In
/// XDG_RUNTIME_DIR, or, if that is not usable, in /tmp.
///
///     auto folder = SocketFolder::make();
///     if (folder.ok()) start("--sockets", folder->path());
///
/// Thread: one; it creates and removes files while its caller waits.
class SocketFolder {
public:
    static StatusOr<SocketFolder> make();

    SocketFolder() = default;  ///< none
    SocketFolder(SocketFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
    SocketFolder& operator=(SocketFolder&& other) noexcept
    {
        if (this != &other) {
            remove();
            path_ = std::exchange(other.path_, {});
        }
        return *this;
    }
    ~SocketFolder() { remove(); }
    void remove();
    const std::string& path() const { return path_; }

private:
    explicit SocketFolder(std::string path) : path_(std::move(path)) {}

    std::string path_;  // empty: none
};

}  // namespace millrace::backend
