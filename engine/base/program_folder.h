// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>

namespace millrace {

/// The folder of the running executable; "." if /proc does not report it. Thread: any.
std::filesystem::path programFolder();

/// The folder of data shipped with the program: ../share/millrace/`name` of an installation, otherwise `source`, in the
/// source tree it was built from. May not exist. Thread: any.
std::filesystem::path dataFolder(const std::string& name, const std::filesystem::path& source);

}  // namespace millrace
