// SPDX-License-Identifier: GPL-3.0-or-later
#include "backend/runtime/socket_folder.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <stdlib.h>
#include <system_error>

namespace millrace::backend {

StatusOr<SocketFolder> SocketFolder::make()
{
    // A socket's path has at most 107 bytes.
    constexpr std::size_t kParentMax = 80;
    const char* const runtimeDir = std::getenv("XDG_RUNTIME_DIR");
    for (const char* parent : {runtimeDir, "/tmp"}) {
        if (parent == nullptr || *parent != '/' || std::strlen(parent) > kParentMax) continue;
        std::string path = std::string(parent) + "/millrace-XXXXXX";
        if (::mkdtemp(path.data()) != nullptr) return SocketFolder(std::move(path));
    }
    return unavailable(std::string("cannot create a folder for the runtime's sockets: ") + strerror(errno));
}

void SocketFolder::remove()
{
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(std::exchange(path_, {}), ignored);
}

}  // namespace millrace::backend
