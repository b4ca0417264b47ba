// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace millrace {

/// Prints the violated invariant with its location and aborts, in every build. For programming errors only: whatever
/// comes from the network or the disk is answered with a Status.
///
///     MR_CHECK(leases > 0);
///     MR_CHECK_MSG(family.kind == kind, name);       // prints `name` too
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
