// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/cancel.h"
#include "base/error.h"

#include <chrono>

namespace millrace::serve {

inline constexpr std::chrono::milliseconds kComeBack = std::chrono::seconds(5);  ///< Retry-After while stopping

inline Status stopping()
{
    return withRetryAfter(unavailable("the engine is stopping and accepts no new requests"), kComeBack);
}

/// The two cancellations of a call (engine/docs/adr/0002-cancel-tokens.md).
struct Interest {
    CancelToken client;  ///< the client disconnected: nobody reads an answer
    CancelToken work;    ///< work must stop: the client disconnected, or the engine is stopping

    /// The error for the client. REQUIRES: work.cancelled().
    Status why() const
    {
        if (client.cancelled()) return client.status();
        return withRetryAfter(unavailable(text(work.status())), kComeBack);
    }
    /// Replaces the Cancelled of aborted work by the error for the client.
    Status withReason(Status status) const { return absl::IsCancelled(status) && work.cancelled() ? why() : status; }
};

}  // namespace millrace::serve
