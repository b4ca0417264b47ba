// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/contract.h"
#include "control.pb.h"

#include <mutex>
#include <optional>
#include <string>

namespace millrace::desktop {

/// mergeFrame() merges `next` into `into`: sections are replaced, and lists of what each frame has only once (events,
/// requests, batches, loads) are appended, keeping the newest up to these limits.
struct MergeLimits {
    int events = 2000;
    int requests = 2000;
    int batches = 1000;
    int loads = 1000;
};
void mergeFrame(control::Frame& into, control::Frame&& next, const MergeLimits& limits = {});

/// Passes frames from gRPC's threads to the GUI thread, merging those that have not been taken yet.
///
///     if (mailbox.put(std::move(frame)) == FrameMailbox::Put::First) wakeGui();
///     while (auto frame = mailbox.take()) show(*frame);
///
/// Thread: any.
/// Bound:  one frame, whose lists are bounded by MergeLimits.
class FrameMailbox {
public:
    enum class Put { Kept, First, Gap };  ///< First: was empty, wake the reader. Gap: request a full frame

    /// Gap: the frame is dropped, since its predecessor is missing.
    Put put(control::Frame&& frame);
    std::optional<control::Frame> take();
    void reset();  ///< before a new Watch: expects a full frame

private:
    std::mutex mutex_;
    // guarded by mutex_
    std::optional<control::Frame> held_;
    std::string bootId_;
    std::uint64_t sequence_ = 0;
    bool synced_ = false;
};

}  // namespace millrace::desktop
