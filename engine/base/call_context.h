// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/cancel.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/shared_text.h"
#include "base/trace.h"

#include <memory>

namespace millrace {

/// What every module needs to know about the request it works for: its identity, its deadline, its cancellation and its
/// trace. Passed by value down the call chain, and cheap to copy: a copy shares the trace and the cancellation state.
///
/// Thread: the strand. Not here: what is being requested (the dialects' messages), the model lease (load).
struct CallContext {
    RequestId id{};
    SharedText client{};                    ///< display name, with the peer's port or process: "openai-node · 51422"
    int priority = 0;                       ///< higher is dispatched first; 0: normal
    TimePoint deadline = TimePoint::max();  ///< for the first byte of the answer; max(): none
    Duration silenceMax = Duration::max();  ///< longest gap after the first byte; max(): none
    CancelToken cancel{};                   ///< default: never cancelled
    std::shared_ptr<Trace> trace = std::make_shared<Trace>();
};

}  // namespace millrace
