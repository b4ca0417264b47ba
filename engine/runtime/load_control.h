// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <chrono>
#include <functional>

namespace millrace::runtime {

/// Controls a load in flight. Thread: any for the flags, the loading thread for the rest.
struct LoadControl {
    std::atomic<bool> stop{false};   ///< cancelled; checked between its steps
    std::atomic<bool> urgent{true};  ///< a request waits for it; false: a preload, which yields to runs
    std::chrono::steady_clock::time_point patientUntil{};  ///< a preload yields until then
    std::function<bool()> pause;     ///< called between its steps, may block; false: stopped. May be empty
    std::function<void()> computed;  ///< called when it only waits from now on and needs no core. May be empty

    bool mayGoOn() const { return !stop && (!pause || pause()) && !stop; }
};

}  // namespace millrace::runtime
