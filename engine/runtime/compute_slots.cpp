// SPDX-License-Identifier: GPL-3.0-or-later
#include "runtime/compute_slots.h"

#include <algorithm>

namespace millrace::runtime {

namespace {

// Polling intervals of a preload: on a normal thread at first, then on a low-priority one.
constexpr auto kLookAtFirst = std::chrono::milliseconds(10);
constexpr auto kLookBetween = std::chrono::milliseconds(100);

}  // namespace

ComputeSlots::ComputeSlots(std::size_t most) : most_(std::max<std::size_t>(2, most)) {}

/// Avoids useless wake-ups, which need a core, and take long on a low-priority thread. Where runs follow each
/// other a slot is free for microseconds: a preload looks by itself, now and then.
void ComputeSlots::wake()
{
    if (loadsNext_ > 0 && runs_ + loads_ <= most_) forLoads_.notifyAll();
    if (runsWaiting_ > 0 && runs_ + loads_ < most_) forRuns_.notifyOne();
}

void ComputeSlots::beginRun()
{
    const MutexLock lock(mutex_);
    if (runs_ + loads_ >= most_) {
        ++runsWaiting_;
        while (runs_ + loads_ >= most_) forRuns_.wait(mutex_);
        --runsWaiting_;
    }
    ++runs_;
}

void ComputeSlots::endRun()
{
    const MutexLock lock(mutex_);
    --runs_;
    wake();
}

bool ComputeSlots::take(const LoadControl& load, Duration lookEvery)
{
    bool next = false;  // no further run takes its slot
    ++loadsWaiting_;
    while (true) {
        const auto now = std::chrono::steady_clock::now();
        const bool urgent = load.urgent || now >= load.patientUntil;
        if (!next && loads_ + 1 < most_ && (urgent || isFree())) {
            ++loads_;
            ++loadsNext_;
            next = true;
        }
        if (load.stop || (next && runs_ + loads_ <= most_)) break;
        forLoads_.waitUntil(mutex_, now + lookEvery);
    }
    --loadsWaiting_;
    if (next) --loadsNext_;
    if (!load.stop) return true;
    if (next) --loads_;
    wake();
    return false;
}

bool ComputeSlots::beginLoad(LoadControl& load)
{
    load.patientUntil = std::chrono::steady_clock::now() + kPreloadPatience;
    const MutexLock lock(mutex_);
    return take(load, kLookAtFirst);
}

void ComputeSlots::endLoad()
{
    const MutexLock lock(mutex_);
    --loads_;
    wake();
}

void ComputeSlots::recheck()
{
    const MutexLock lock(mutex_);
    if (loadsWaiting_ > 0) forLoads_.notifyAll();
}

std::size_t ComputeSlots::waiting() const
{
    const MutexLock lock(mutex_);
    return runsWaiting_ + loadsWaiting_;
}

bool ComputeSlots::pauseLoad(const LoadControl& load)
{
    const MutexLock lock(mutex_);
    if (load.urgent || runsWaiting_ == 0 || std::chrono::steady_clock::now() >= load.patientUntil) return !load.stop;
    --loads_;
    wake();
    if (take(load, kLookBetween)) return true;
    ++loads_;
    return false;
}

}  // namespace millrace::runtime
