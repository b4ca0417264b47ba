// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <functional>

namespace millrace::runtime {

/// Runs `work` on a new thread with low CPU and I/O priority, and blocks until it is done. A new one, since a thread
/// that lowers its priority cannot raise it again without privileges, and the next load may be urgent. Once `urgent` is
/// set, the priority is raised as far as permitted.
void runLowered(const std::function<void()>& work, const std::atomic<bool>& urgent);

}  // namespace millrace::runtime
