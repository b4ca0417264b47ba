// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/cancellable_task.h"
#include "base/one_shot.h"
#include "pool/http_message.h"

#include <memory>

namespace millrace::stream {

/// A backend's answer and the coroutine that reads it, which share it: a stream that is not wanted any more ends at
/// once, even when a read does not return. A body is never destroyed under its own read().
/// Thread: the strand.
struct Source {
    std::unique_ptr<pool::HttpBody> body;
    bool running = false;  ///< the coroutine is
    bool reading = false;
    bool wanted = true;
    bool left = false;  ///< under a read: the stream does not wait for the coroutine, and may be gone after it
    CancellableTask task;

    /// Nobody waits for the answer any more; the backend is notified at once.
    void drop()
    {
        wanted = false;
        if (reading)
            left = true;
        else
            body.reset();
        if (running) task.cancel();
    }
};

}  // namespace millrace::stream
