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

/// The compute threads. Runs of models are queued in one queue, steps of generated texts in another; the two alternate,
/// so that neither starves the other: a token does not wait behind each run that came before it.
///
///     Workers workers(threads, 256);
///     if (Status status = workers.submit([model, batch] { … }); !status.ok()) …  // ResourceExhausted
///
/// Thread: any may submit.
/// Bound:  `threads` at a time, started on demand; `queueMax` queued runs; the caller bounds the turns.
/// Stop:   the destructor finishes what runs and drops what is queued.
class Workers {
public:
    using Task = std::function<void()>;
    using TimePoint = std::chrono::steady_clock::time_point;

    /// `slots`: shared by runs and loads; null: a run starts when a thread is free. REQUIRES: `slots` outlives this.
    Workers(std::size_t threads, std::size_t queueMax, ComputeSlots* slots = nullptr);
    ~Workers();
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;

    /// ResourceExhausted when `queueMax` runs are queued; Unavailable once stopping.
    Status submit(Task run);
    /// Queues the next step of a text that was admitted before, at `when` at the earliest.
    void turn(Task task, TimePoint when = TimePoint::min());
    std::size_t threads() const { return threadsMax_; }
    /// Blocks until nothing runs or is queued (turns with a later time aside), or `deadline`; true if idle.
    bool drain(TimePoint deadline);

private:
    void work();
    /// Starts a thread, if all are busy and there may be more; false: notify a waiting one.
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
