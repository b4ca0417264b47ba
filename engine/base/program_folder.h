// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>

namespace millrace {

/// The folder of the program that runs now; "." where the system does not report it. Thread: any.
std::filesystem::path programFolder();

/// Data that came with the program: share/millrace/`name` of an installed one, else `source`, where it was built from.
/// Thread: any.
std::filesystem::path dataFolder(const std::string& name, const std::filesystem::path& source);

}  // namespace millrace
