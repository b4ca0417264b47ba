// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/mutex.h"
#include "runtime/load_control.h"

#include <chrono>
#include <cstddef>

namespace millrace::runtime {

/// Limits the threads that compute at the same time, runs and loads together, to the number of cores. An urgent load
/// gets the next slot that a run releases; a preload takes only a free slot, and yields it between its steps if runs
/// wait.
///
///     slots.beginRun();
///     …                                                        // compute
///     slots.endRun();
///
/// Owner: main().  Thread: any.  Bound: `most` slots, at least two; loads leave one for runs.
class ComputeSlots {
public:
    /// How long a preload yields to runs, in total, before it becomes urgent.
    static constexpr std::chrono::milliseconds kPreloadPatience{1000};

    explicit ComputeSlots(std::size_t most);

    /// Blocks.
    void beginRun();
    void endRun();
    /// Blocks. False: the load was stopped, and endLoad() must not be called.
    bool beginLoad(LoadControl& load);
    void endLoad();
    /// Called between the steps of a load; may block. False: the load was stopped; endLoad() is still required.
    bool pauseLoad(const LoadControl& load);
    /// REQUIRES: called when a load that may be blocked here was stopped, or became urgent.
    void recheck();
    /// Number of blocked runs and loads.
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
    std::size_t loads_ MILLRACE_GUARDED_BY(mutex_) = 0;  // computing, or assigned the next slot
    std::size_t runsWaiting_ MILLRACE_GUARDED_BY(mutex_) = 0;
    std::size_t loadsWaiting_ MILLRACE_GUARDED_BY(mutex_) = 0;
    std::size_t loadsNext_ MILLRACE_GUARDED_BY(mutex_) = 0;  // assigned the next slot
};

}  // namespace millrace::runtime
