// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <chrono>
#include <functional>

namespace millrace::runtime {

/// What a load is told while it goes on, and says. Thread: the flags any, the rest the thread that loads.
struct LoadControl {
    std::atomic<bool> stop{false};   ///< it is not wanted any more; looked at between its steps
    std::atomic<bool> urgent{true};  ///< somebody waits for it; else it is a preload, and takes what others leave
    std::chrono::steady_clock::time_point patientUntil{};  ///< from then on it gives way no more
    std::function<bool()> pause;     ///< between its steps: lets others go first; false: it was stopped. May be empty
    std::function<void()> computed;  ///< from now on it only waits: others may have its core. May be empty

    bool mayGoOn() const { return !stop && (!pause || pause()) && !stop; }
};

}  // namespace millrace::runtime
