// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace millrace {

/// Prints the broken invariant with its place and stops the program. Never for bytes from network or disk.
[[noreturn]] void checkFailed(const char* condition, const char* file, int line, const std::string& values);

}  // namespace millrace

#define MR_CHECK(condition)                                                            \
    do {                                                                               \
        if (!(condition)) ::millrace::checkFailed(#condition, __FILE__, __LINE__, {}); \
    } while (false)

#define MR_CHECK_MSG(condition, values)                                                      \
    do {                                                                                     \
        if (!(condition)) ::millrace::checkFailed(#condition, __FILE__, __LINE__, (values)); \
    } while (false)
