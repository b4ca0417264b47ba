// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/cancel.h"
#include "base/error.h"

#include <chrono>

namespace millrace::serve {

inline constexpr std::chrono::milliseconds kComeBack = std::chrono::seconds(5);  ///< after a stop

inline Status stopping()
{
    return withRetryAfter(unavailable("the engine is stopping and accepts no new requests"), kComeBack);
}

/// How the work for a call was ended from outside, if it was.
struct Interest {
    CancelToken client;  ///< nobody is there any more
    CancelToken work;    ///< nothing is done any more: the client left, or the engine stops

    Status why() const
    {
        if (client.cancelled()) return client.status();
        return withRetryAfter(unavailable(text(work.status())), kComeBack);
    }
    /// What came of the work, as the client has to hear it.
    Status withReason(Status status) const { return absl::IsCancelled(status) && work.cancelled() ? why() : status; }
};

}  // namespace millrace::serve
