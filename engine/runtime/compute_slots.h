// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/mutex.h"
#include "runtime/load_control.h"

#include <chrono>
#include <cstddef>

namespace millrace::runtime {

/// How many threads compute at a time, runs and loads together: never more than want a core than there are. A load that
/// somebody waits for gets the next slot that a run gives back; a preload takes a free one, and gives it back between
/// its steps when runs wait.
///
/// Owner: main().  Thread: any.  Bound: `most` slots, two at least; loads leave one to runs.
class ComputeSlots {
public:
    /// How long a preload lets runs go first, in all its steps, before it counts as urgent.
    static constexpr std::chrono::milliseconds kPreloadPatience{1000};

    explicit ComputeSlots(std::size_t most);

    /// Blocks.
    void beginRun();
    void endRun();
    /// Blocks. False: it was stopped, and there is no endLoad().
    bool beginLoad(LoadControl& load);
    void endLoad();
    /// Between the steps of a load; may block. False: it was stopped; endLoad() is still due.
    bool pauseLoad(const LoadControl& load);
    /// To be called when a load that may be waiting was stopped, or became urgent.
    void recheck();
    /// Runs and loads that are blocked now.
    std::size_t waiting() const;

private:
    bool isFree() const MILLRACE_REQUIRES(mutex_) { return runs_ + loads_ < most_ && runsWaiting_ == 0; }
    using Duration = std::chrono::steady_clock::duration;
    bool take(const LoadControl& load, Duration lookEvery) MILLRACE_REQUIRES(mutex_);
    void wake() MILLRACE_REQUIRES(mutex_);

    const std::size_t most_;
    mutable Mutex mutex_;
    CondVar forRuns_;
    CondVar forLoads_;
    std::size_t runs_ MILLRACE_GUARDED_BY(mutex_) = 0;
    std::size_t loads_ MILLRACE_GUARDED_BY(mutex_) = 0;  // that compute, or have the next slot
    std::size_t runsWaiting_ MILLRACE_GUARDED_BY(mutex_) = 0;
    std::size_t loadsWaiting_ MILLRACE_GUARDED_BY(mutex_) = 0;
    std::size_t loadsNext_ MILLRACE_GUARDED_BY(mutex_) = 0;  // of these: with the next slot
};

}  // namespace millrace::runtime
