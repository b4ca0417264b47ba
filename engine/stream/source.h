// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/cancellable_task.h"
#include "base/one_shot.h"
#include "pool/http_message.h"

#include <memory>

namespace millrace::stream {

/// A backend's answer, shared by a stream and the coroutine that reads it, so that the stream can end at once although
/// a read is pending; a body must not be destroyed during its own read().
/// Thread: the strand.
struct Source {
    std::unique_ptr<pool::HttpBody> body;
    bool running = false;  ///< the coroutine exists
    bool reading = false;
    bool wanted = true;
    bool left = false;  ///< dropped during a read: the stream may be destroyed when it returns
    CancellableTask task;

    /// The answer is not wanted any more: cancels the read, which notifies the backend.
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
