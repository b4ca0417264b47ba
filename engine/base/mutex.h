// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

/// Annotations for clang's -Wthread-safety: which mutex guards a member, and which one a function requires. The preset
/// `clang` turns violations into errors; for other compilers they expand to nothing.
#if defined(__clang__)
#define MILLRACE_THREAD_ANNOTATION(name) __attribute__((name))
#else
#define MILLRACE_THREAD_ANNOTATION(name)
#endif
/// On a member: it is accessed only while `mutex` is held.
#define MILLRACE_GUARDED_BY(mutex) MILLRACE_THREAD_ANNOTATION(guarded_by(mutex))
/// On a function: the caller holds the mutex, before and after. The function may release it in between.
#define MILLRACE_REQUIRES(...) MILLRACE_THREAD_ANNOTATION(requires_capability(__VA_ARGS__))
#define MILLRACE_ACQUIRE(...) MILLRACE_THREAD_ANNOTATION(acquire_capability(__VA_ARGS__))
#define MILLRACE_RELEASE(...) MILLRACE_THREAD_ANNOTATION(release_capability(__VA_ARGS__))
#define MILLRACE_CAPABILITY(word) MILLRACE_THREAD_ANNOTATION(capability(word))
#define MILLRACE_SCOPED_CAPABILITY MILLRACE_THREAD_ANNOTATION(scoped_lockable)

namespace millrace {

/// The only mutex in the engine and its programs: std::mutex with the annotations that libstdc++ lacks.
///
///     const MutexLock lock(mutex_);
///     while (work_.empty() && !stop_) wake_.wait(mutex_);
///
///     mutable Mutex mutex_;
///     CondVar wake_;
///     std::deque<Job> work_ MILLRACE_GUARDED_BY(mutex_);
///
/// Why not absl::Mutex, which has the annotations: Debian's Abseil is not built for the thread sanitizer, which
/// therefore reports every access that it guards as a race (engine/docs/adr/0005-one-mutex.md).
///
/// REQUIRES: used off the request path only, since what a request touches belongs to the strand; never held across a
/// co_await. Not recursive.
class MILLRACE_CAPABILITY("mutex") Mutex {
public:
    Mutex() = default;
    Mutex(const Mutex&) = delete;
    Mutex& operator=(const Mutex&) = delete;

    void lock() MILLRACE_ACQUIRE() { mutex_.lock(); }
    void unlock() MILLRACE_RELEASE() { mutex_.unlock(); }

private:
    friend class CondVar;
    std::mutex mutex_;
};

/// Holds a mutex until destroyed, except between its own unlock() and lock().
class MILLRACE_SCOPED_CAPABILITY MutexLock {
public:
    explicit MutexLock(Mutex& mutex) MILLRACE_ACQUIRE(mutex) : mutex_(mutex) { mutex_.lock(); }
    ~MutexLock() MILLRACE_RELEASE()
    {
        if (held_) mutex_.unlock();
    }
    MutexLock(const MutexLock&) = delete;
    MutexLock& operator=(const MutexLock&) = delete;

    void lock() MILLRACE_ACQUIRE()
    {
        mutex_.lock();
        held_ = true;
    }
    void unlock() MILLRACE_RELEASE()
    {
        held_ = false;
        mutex_.unlock();
    }

private:
    Mutex& mutex_;
    bool held_ = true;
};

/// A condition variable for Mutex. Wake-ups may be spurious, so waits belong in a loop that tests the condition. There
/// is no overload with a predicate: the thread-safety analysis does not see into lambdas.
class CondVar {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    void wait(Mutex& mutex) MILLRACE_REQUIRES(mutex)
    {
        std::unique_lock lock(mutex.mutex_, std::adopt_lock);
        condition_.wait(lock);
        lock.release();
    }
    /// False: timed out.
    bool waitUntil(Mutex& mutex, TimePoint when) MILLRACE_REQUIRES(mutex)
    {
        std::unique_lock lock(mutex.mutex_, std::adopt_lock);
        const auto ended = condition_.wait_until(lock, when);
        lock.release();
        return ended == std::cv_status::no_timeout;
    }
    void notifyOne() { condition_.notify_one(); }
    void notifyAll() { condition_.notify_all(); }

private:
    std::condition_variable condition_;
};

}  // namespace millrace
