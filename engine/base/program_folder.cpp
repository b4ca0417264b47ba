// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/program_folder.h"

#include <system_error>

namespace millrace {

std::filesystem::path programFolder()
{
    std::error_code error;
    const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
    return error ? "." : self.parent_path();
}

std::filesystem::path dataFolder(const std::string& name, const std::filesystem::path& source)
{
    const auto installed = programFolder() / ".." / "share" / "millrace" / name;
    std::error_code error;
    return std::filesystem::is_directory(installed, error) ? installed.lexically_normal() : source;
}

}  // namespace millrace
