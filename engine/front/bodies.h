// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/metrics.h"
#include "base/on_strand.h"
#include "front/off_loop.h"
#include "http/body_budget.h"

namespace millrace::front {

using http::BodyBudget;
using http::BodyBytes;

/// The shared resources for large bodies: a memory budget for all of them, and the thread that parses and writes them.
/// Shared by the fronts of an engine.
///
/// Thread: the strand.    Stop: offLoop.stop(), by the front that stops first.
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
