// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace millrace::runtime {

/// Defined by the build, from the project's version.
inline constexpr char kVersion[] = MILLRACE_VERSION;

}  // namespace millrace::runtime
