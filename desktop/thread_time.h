// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ctime>

namespace millrace::desktop {

/// What this thread has computed, in milliseconds: what others take away from it does not count.
inline double threadTimeMs()
{
    timespec used{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return static_cast<double>(used.tv_sec) * 1e3 + static_cast<double>(used.tv_nsec) * 1e-6;
}

}  // namespace millrace::desktop
