// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "base/mutex.h"
#include "runtime/compute_slots.h"

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <thread>
#include <vector>

namespace millrace::runtime {

/// The threads that compute. Runs of models wait in one queue, turns of texts in another; where both wait they take
/// turns, so that neither starves the other: a token does not wait behind each run that came before it.
///
/// Thread: any may submit. Bound: `threads` at a time, begun when there is something to do; `queueMax` waiting runs;
/// turns are bounded by whoever takes them. Stop: the destructor finishes what runs and drops what waits.
class Workers {
public:
    using Task = std::function<void()>;
    using TimePoint = std::chrono::steady_clock::time_point;

    /// `slots`: which runs share with loads; outlive this. None: runs begin whenever a thread is free.
    Workers(std::size_t threads, std::size_t queueMax, ComputeSlots* slots = nullptr);
    ~Workers();
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;

    /// ResourceExhausted when `queueMax` runs wait already; Unavailable once stopping.
    Status submit(Task run);
    /// The next turn of something that was let in before; at `when` at the earliest.
    void turn(Task task, TimePoint when = TimePoint::min());
    std::size_t threads() const { return threadsMax_; }
    /// Ends when nothing runs and nothing waits (later turns aside), or at `deadline`; true if idle.
    bool drain(TimePoint deadline);

private:
    void work();
    /// One more thread, if all there are have something to do and there may be more; false: one that waits is to be
    /// told.
    bool grow() MILLRACE_REQUIRES(mutex_);

    const std::size_t threadsMax_;
    const std::size_t queueMax_;
    ComputeSlots* const slots_;
    Mutex mutex_;
    CondVar woken_;
    CondVar idle_;
    bool idle() const MILLRACE_REQUIRES(mutex_) { return runs_.empty() && turns_.empty(); }

    std::deque<Task> runs_ MILLRACE_GUARDED_BY(mutex_);
    std::deque<Task> turns_ MILLRACE_GUARDED_BY(mutex_);
    std::multimap<TimePoint, Task> later_ MILLRACE_GUARDED_BY(mutex_);
    bool turnIsNext_ MILLRACE_GUARDED_BY(mutex_) = false;
    std::size_t busy_ MILLRACE_GUARDED_BY(mutex_) = 0;
    bool stopping_ MILLRACE_GUARDED_BY(mutex_) = false;
    std::vector<std::thread> threads_ MILLRACE_GUARDED_BY(mutex_);  // last: they use the rest
};

}  // namespace millrace::runtime
