// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace millrace::bench {

/// Writes what `--json FILE` asked for; nothing when `path` is empty. The exit status: 1 after saying what went wrong.
int writeJson(const std::string& path, const std::string& json);

}  // namespace millrace::bench
