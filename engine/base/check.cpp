// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace millrace {

void checkFailed(const char* condition, const char* file, int line, const std::string& values)
{
    std::fprintf(stderr, "millrace: broken invariant %s at %s:%d %s\n", condition, file, line, values.c_str());
    std::fflush(stderr);
    std::abort();
}

}  // namespace millrace
