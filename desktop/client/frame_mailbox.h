// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/contract.h"
#include "control.pb.h"

#include <mutex>
#include <optional>
#include <string>

namespace millrace::desktop {

/// Puts `next` on top of `into`: the newest of each section, and what each frame brings only once (events, requests,
/// batches, loads) appended. Bounded: of those lists the newest are kept.
struct MergeLimits {
    int events = 2000;
    int requests = 2000;
    int batches = 1000;
    int loads = 1000;
};
void mergeFrame(control::Frame& into, control::Frame&& next, const MergeLimits& limits = {});

/// Where gRPC's threads leave frames and the GUI fetches one, merged.
///
/// Thread: put() from any, take() from any.
/// Bound:  one frame, whose lists are bounded by MergeLimits.
class FrameMailbox {
public:
    enum class Put { Kept, First, Gap };  ///< First: it was empty, a wake-up is due. Gap: request a full frame

    /// A gap in the sequence or another boot id without a full frame leaves the frame out.
    Put put(control::Frame&& frame);
    std::optional<control::Frame> take();
    void reset();  ///< before a new Watch: the next frame has to be a full one

private:
    std::mutex mutex_;
    // guarded by mutex_
    std::optional<control::Frame> held_;
    std::string bootId_;
    std::uint64_t sequence_ = 0;
    bool synced_ = false;
};

}  // namespace millrace::desktop
