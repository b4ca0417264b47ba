// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/cancel.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/shared_text.h"
#include "base/trace.h"

#include <memory>

namespace millrace {

/// What every module needs to know of the request it works for. Cheap to copy.
struct CallContext {
    RequestId id{};
    SharedText client{};                    ///< which program, as people know it: "openai-node · 51422"
    int priority = 0;                       ///< higher leaves first; 0 is ordinary
    TimePoint deadline = TimePoint::max();  ///< of the first byte of the answer, and of every wait before it
    Duration silenceMax = Duration::max();  ///< after the first byte: how long its answer may stand still
    CancelToken cancel{};
    std::shared_ptr<Trace> trace = std::make_shared<Trace>();
};

}  // namespace millrace
