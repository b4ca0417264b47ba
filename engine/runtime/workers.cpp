// SPDX-License-Identifier: GPL-3.0-or-later
#include "runtime/workers.h"

#include <absl/time/time.h>

#include <sys/prctl.h>
#include <utility>

namespace millrace::runtime {

Workers::Workers(std::size_t threads, std::size_t queueMax) : queueMax_(queueMax)
{
    for (std::size_t count = 0; count < threads; ++count) threads_.emplace_back([this] { work(); });
}

Workers::~Workers()
{
    {
        const absl::MutexLock lock(&mutex_);
        stopping_ = true;
        wake_.SignalAll();
    }
    for (std::thread& thread : threads_) thread.join();
}

Status Workers::submit(Task run)
{
    const absl::MutexLock lock(&mutex_);
    if (stopping_) return unavailable("the runtime is stopping");
    if (runs_ >= queueMax_)
        return withRetryAfter(
            resourceExhausted(std::to_string(runs_) + " runs wait for " + std::to_string(threads_.size()) +
                              " threads; the limit is " + std::to_string(queueMax_)),
            std::chrono::milliseconds(100));
    ++runs_;
    queue_.emplace_back(std::move(run), true);
    wake_.Signal();
    return absl::OkStatus();
}

void Workers::turn(Task task, TimePoint when)
{
    const absl::MutexLock lock(&mutex_);
    if (stopping_) return;
    if (when > std::chrono::steady_clock::now())
        later_.emplace(when, std::move(task));
    else
        queue_.emplace_back(std::move(task), false);
    wake_.Signal();
}

bool Workers::drain(TimePoint deadline)
{
    const absl::MutexLock lock(&mutex_);
    while (busy_ > 0 || !queue_.empty()) {
        const auto left = deadline - std::chrono::steady_clock::now();
        if (left <= left.zero()) return false;
        idle_.WaitWithTimeout(&mutex_, absl::FromChrono(left));
    }
    return true;
}

void Workers::work()
{
    // Synthetic models sleep for parts of a millisecond; the kernel's usual slack of 50 µs would add to each.
    prctl(PR_SET_TIMERSLACK, 1000UL, 0UL, 0UL, 0UL);
    while (true) {
        std::pair<Task, bool> next;
        {
            const absl::MutexLock lock(&mutex_);
            while (true) {
                if (stopping_) return;
                const auto now = std::chrono::steady_clock::now();
                while (!later_.empty() && later_.begin()->first <= now) {
                    queue_.emplace_back(std::move(later_.begin()->second), false);
                    later_.erase(later_.begin());
                }
                if (!queue_.empty()) break;
                if (later_.empty())
                    wake_.Wait(&mutex_);
                else
                    wake_.WaitWithTimeout(&mutex_, absl::FromChrono(later_.begin()->first - now));
            }
            next = std::move(queue_.front());
            queue_.pop_front();
            if (next.second) --runs_;
            ++busy_;
            if (!queue_.empty()) wake_.Signal();
        }
        next.first();
        next.first = nullptr;  // whatever it holds goes before we count as idle
        const absl::MutexLock lock(&mutex_);
        if (--busy_ == 0 && queue_.empty()) idle_.SignalAll();
    }
}

}  // namespace millrace::runtime
