// SPDX-License-Identifier: GPL-3.0-or-later
#include "runtime/workers.h"

#include <sys/prctl.h>
#include <utility>

namespace millrace::runtime {

Workers::Workers(std::size_t threads, std::size_t queueMax, ComputeSlots* slots)
    : threadsMax_(threads), queueMax_(queueMax), slots_(slots)
{}

Workers::~Workers()
{
    std::vector<std::thread> ending;
    {
        const MutexLock lock(mutex_);
        stopping_ = true;
        woken_.notifyAll();
        ending.swap(threads_);
    }
    for (std::thread& thread : ending) thread.join();
}

bool Workers::grow()
{
    if (busy_ < threads_.size() || threads_.size() >= threadsMax_) return false;
    threads_.emplace_back([this] { work(); });
    return true;
}

Status Workers::submit(Task run)
{
    MutexLock lock(mutex_);
    if (stopping_) return unavailable("the runtime is stopping");
    if (runs_.size() >= queueMax_)
        return withRetryAfter(
            resourceExhausted(std::to_string(runs_.size()) + " runs are waiting for " + std::to_string(threadsMax_) +
                              " threads; the limit is " + std::to_string(queueMax_)),
            std::chrono::milliseconds(100));
    runs_.push_back(std::move(run));
    const bool grown = grow();
    // After unlocking, so that the woken thread does not block on the mutex.
    lock.unlock();
    if (!grown) woken_.notifyOne();
    return absl::OkStatus();
}

void Workers::turn(Task task, TimePoint when)
{
    MutexLock lock(mutex_);
    if (stopping_) return;
    if (when > std::chrono::steady_clock::now())
        later_.emplace(when, std::move(task));
    else
        turns_.push_back(std::move(task));
    const bool grown = grow();
    lock.unlock();
    if (!grown) woken_.notifyOne();
}

bool Workers::drain(TimePoint deadline)
{
    const MutexLock lock(mutex_);
    while (busy_ > 0 || !idle()) {
        if (std::chrono::steady_clock::now() >= deadline) return false;
        idle_.waitUntil(mutex_, deadline);
    }
    return true;
}

void Workers::work()
{
    // Synthetic models sleep for fractions of a millisecond, to which the default slack of 50 µs would add.
    prctl(PR_SET_TIMERSLACK, 1000UL, 0UL, 0UL, 0UL);
    prctl(PR_SET_NAME, slots_ != nullptr ? "compute" : "load", 0UL, 0UL, 0UL);
    while (true) {
        Task next;
        bool more = false;  // work for another thread
        {
            const MutexLock lock(mutex_);
            while (true) {
                if (stopping_) return;
                const auto now = std::chrono::steady_clock::now();
                while (!later_.empty() && later_.begin()->first <= now) {
                    turns_.push_back(std::move(later_.begin()->second));
                    later_.erase(later_.begin());
                }
                if (!idle()) break;
                if (later_.empty())
                    woken_.wait(mutex_);
                else
                    woken_.waitUntil(mutex_, later_.begin()->first);
            }
            auto& from = runs_.empty() || (turnIsNext_ && !turns_.empty()) ? turns_ : runs_;
            turnIsNext_ = &from == &runs_;
            next = std::move(from.front());
            from.pop_front();
            ++busy_;
            more = !idle() && !grow();
        }
        if (more) woken_.notifyOne();
        if (slots_ != nullptr) slots_->beginRun();
        next();
        if (slots_ != nullptr) slots_->endRun();
        next = nullptr;  // destroys its captures before this thread counts as idle
        const MutexLock lock(mutex_);
        if (--busy_ == 0 && idle()) idle_.notifyAll();
    }
}

}  // namespace millrace::runtime
