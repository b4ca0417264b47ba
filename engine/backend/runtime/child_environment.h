// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace millrace::backend {

/// Whether a child process is given the variable: what programs and numeric libraries need (paths, language, threads,
/// devices). An allow-list, because model code runs in the child and the engine's environment holds the API keys of
/// other backends. A name that speaks of a key, token, secret or password never passes. Pure.
bool passesToChild(std::string_view name);

/// Those of `environment` ("NAME=value", ends with null) that pass.
std::vector<std::string> childEnvironment(const char* const* environment);

}  // namespace millrace::backend
