// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/mutex.h"
#include "base/on_strand.h"

#include <boost/asio/post.hpp>

#include <utility>

namespace millrace::control {

/// The way to the strand for threads that may outlive what runs there.
/// Thread: any. Stop: what is posted after close() is dropped, by the thread that posts it.
class LoopPoster {
public:
    explicit LoopPoster(Strand strand) : strand_(std::move(strand)) {}

    template <typename Work>
    void post(Work work)
    {
        const MutexLock lock(mutex_);
        if (!closed_) boost::asio::post(strand_, std::move(work));
    }
    void close()
    {
        const MutexLock lock(mutex_);
        closed_ = true;
    }
    bool closed()
    {
        const MutexLock lock(mutex_);
        return closed_;
    }

private:
    const Strand strand_;
    Mutex mutex_;
    bool closed_ MILLRACE_GUARDED_BY(mutex_) = false;
};

}  // namespace millrace::control
