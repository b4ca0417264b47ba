// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/mutex.h"

#include <cstddef>
#include <deque>
#include <functional>
#include <thread>
#include <utility>

namespace millrace::control {

/// Runs what may wait for the disk, or takes long, one after the other, away from the strand.
/// Owner: whoever posts; the thread starts with the first work. Bound: kQueueMax pieces of work; more are refused.
/// Stop: the destructor runs what is queued.
class WorkThread {
public:
    static constexpr std::size_t kQueueMax = 256;

    WorkThread() = default;
    ~WorkThread() { finish(); }
    WorkThread(const WorkThread&) = delete;
    WorkThread& operator=(const WorkThread&) = delete;

    /// False: too much is queued, or finish() was called; the work is not done. Thread: one.
    [[nodiscard]] bool post(std::function<void()> work)
    {
        {
            const MutexLock lock(mutex_);
            if (stop_ || work_.size() >= kQueueMax) return false;
            work_.push_back(std::move(work));
        }
        if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
        wake_.notifyOne();
        return true;
    }
    /// Runs what is queued, then ends. Thread: that of post().
    void finish()
    {
        {
            const MutexLock lock(mutex_);
            stop_ = true;
        }
        wake_.notifyOne();
        if (thread_.joinable()) thread_.join();
    }

private:
    void run()
    {
        MutexLock lock(mutex_);
        while (true) {
            while (!stop_ && work_.empty()) wake_.wait(mutex_);
            if (work_.empty()) return;
            auto work = std::move(work_.front());
            work_.pop_front();
            lock.unlock();
            work();
            lock.lock();
        }
    }

    Mutex mutex_;
    CondVar wake_;
    std::deque<std::function<void()>> work_ MILLRACE_GUARDED_BY(mutex_);
    bool stop_ MILLRACE_GUARDED_BY(mutex_) = false;
    std::thread thread_;  // last
};

}  // namespace millrace::control
