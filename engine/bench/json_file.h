// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace millrace::bench {

/// Writes the file of `--json FILE`; nothing when `path` is empty. The exit status: 1 after saying what went wrong.
int writeJson(const std::string& path, const std::string& json);

}  // namespace millrace::bench
