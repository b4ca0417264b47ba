// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace millrace::runtime {

/// The project's version, defined by the build.
inline constexpr char kVersion[] = MILLRACE_VERSION;

}  // namespace millrace::runtime
