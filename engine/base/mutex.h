// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

/// What clang's -Wthread-safety checks: which mutex guards a member, and which one a function wants to be held. The
/// preset `clang` makes every breach an error; other compilers see nothing of it.
#if defined(__clang__)
#define MILLRACE_THREAD_ANNOTATION(name) __attribute__((name))
#else
#define MILLRACE_THREAD_ANNOTATION(name)
#endif
/// Of a member: read and written only while `mutex` is held.
#define MILLRACE_GUARDED_BY(mutex) MILLRACE_THREAD_ANNOTATION(guarded_by(mutex))
/// Of a function: the caller holds the mutex, before and after. The function may release it meanwhile.
#define MILLRACE_REQUIRES(...) MILLRACE_THREAD_ANNOTATION(requires_capability(__VA_ARGS__))
#define MILLRACE_ACQUIRE(...) MILLRACE_THREAD_ANNOTATION(acquire_capability(__VA_ARGS__))
#define MILLRACE_RELEASE(...) MILLRACE_THREAD_ANNOTATION(release_capability(__VA_ARGS__))
#define MILLRACE_CAPABILITY(word) MILLRACE_THREAD_ANNOTATION(capability(word))
#define MILLRACE_SCOPED_CAPABILITY MILLRACE_THREAD_ANNOTATION(scoped_lockable)

namespace millrace {

/// The only mutex of the engine and its programs: std::mutex, with the annotations that the standard library lacks.
///
/// Not absl::Mutex, which has them: Debian's Abseil is not built for the thread sanitizer, which then does not see that
/// it excludes anybody, and reports every access that it guards as a race (engine/docs/adr/0005-one-mutex.md).
///
/// Off the request path only: what a request touches belongs to the strand. Never held across a co_await.
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

/// Holds a mutex for as long as it lives, but for what lies between its unlock() and lock().
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

/// Waits for something that a mutex guards. Every wait may end for no reason, so it stands in a loop that looks:
/// `while (work_.empty()) wake_.wait(mutex_);` (a predicate would be a function that the analysis knows nothing of).
class CondVar {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    void wait(Mutex& mutex) MILLRACE_REQUIRES(mutex)
    {
        std::unique_lock lock(mutex.mutex_, std::adopt_lock);
        condition_.wait(lock);
        lock.release();
    }
    /// False: `when` has come.
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
