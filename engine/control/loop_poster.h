// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/mutex.h"
#include "base/on_strand.h"

#include <boost/asio/post.hpp>

#include <utility>

namespace millrace::control {

/// Posts functions to the strand, from threads that may outlive the objects there.
/// Thread: any. Stop: after close() functions are dropped, on the posting thread.
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
