// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
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
            const std::lock_guard lock(mutex_);
            stop_ = true;
        }
        wake_.notify_one();
        thread_.join();
    }
    /// False: the disk does not keep up, and the work is not done.
    [[nodiscard]] bool post(std::function<void()> work)
    {
        {
            const std::lock_guard lock(mutex_);
            if (work_.size() >= kQueueMax) return false;
            work_.push_back(std::move(work));
        }
        wake_.notify_one();
        return true;
    }

private:
    void run()
    {
        std::unique_lock lock(mutex_);
        while (true) {
            wake_.wait(lock, [this] { return stop_ || !work_.empty(); });
            if (work_.empty()) return;
            auto work = std::move(work_.front());
            work_.pop_front();
            lock.unlock();
            work();
            lock.lock();
        }
    }

    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::function<void()>> work_;  // guarded by mutex_
    bool stop_ = false;                       // guarded by mutex_
    std::thread thread_;                      // last
};

}  // namespace millrace::control
