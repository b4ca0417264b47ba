// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace millrace {

/// As printf() writes it, at most 1023 bytes: the one place where figures get their digits by a format. The compiler
/// checks the values against it. Pure. Thread: any.
[[gnu::format(printf, 1, 2)]] std::string formatted(const char* format, ...);

}  // namespace millrace
