// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/metrics.h"
#include "base/on_strand.h"
#include "front/off_loop.h"
#include "http/body_budget.h"

namespace millrace::front {

using http::BodyBudget;
using http::BodyBytes;

/// What large bodies may cost: the bytes of all of them together, and the thread beside the loop that reads and writes
/// them. The fronts of one engine share it.
///
/// Thread: the strand.    Stop: stop(), by the front that ends first.
class Bodies {
public:
    Bodies(Strand strand, Registry& registry)
        : offLoop(std::move(strand)),
          budget(&registry.gauge("millrace_front_body_bytes",
                                 "Bytes of request bodies in memory, being received (HTTP) or waiting for a response."))
    {}

    OffLoop offLoop;
    BodyBudget budget;
};

}  // namespace millrace::front
