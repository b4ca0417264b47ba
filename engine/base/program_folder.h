// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>

namespace millrace {

/// The folder of the program that runs now; "." where the system does not tell. Thread: any.
std::filesystem::path programFolder();

}  // namespace millrace
