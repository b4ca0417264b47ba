// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/mutex.h"

#include <cstddef>
#include <deque>
#include <functional>
#include <thread>
#include <utility>

namespace millrace::control {

/// Runs what may wait for the disk, one after the other, away from the strand.
/// Bound: kQueueMax pieces of work; more are refused. Stop: the destructor runs what is queued.
class DiskThread {
public:
    static constexpr std::size_t kQueueMax = 256;

    DiskThread() : thread_([this] { run(); }) {}
    ~DiskThread()
    {
        {
            const MutexLock lock(mutex_);
            stop_ = true;
        }
        wake_.notifyOne();
        thread_.join();
    }
    /// False: the disk does not keep up, and the work is not done.
    [[nodiscard]] bool post(std::function<void()> work)
    {
        {
            const MutexLock lock(mutex_);
            if (work_.size() >= kQueueMax) return false;
            work_.push_back(std::move(work));
        }
        wake_.notifyOne();
        return true;
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
