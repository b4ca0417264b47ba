// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <functional>

namespace millrace::runtime {

/// Runs `work` on a thread of low priority, for processor and disk, that is made for it: a thread that lowers itself
/// cannot be raised again without a privilege, and the next load may be one that somebody waits for. Once `urgent` is
/// set the thread is raised as far as the system lets us. Blocks until it is done.
void runLowered(const std::function<void()>& work, const std::atomic<bool>& urgent);

}  // namespace millrace::runtime
