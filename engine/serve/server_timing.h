// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/trace.h"

#include <string>

namespace millrace::serve {

/// Appends the value of a Server-Timing field (W3C Server Timing), as known when an answer's head is written, in
/// milliseconds: "queue;dur=0.2, load;dur=180, batch;dur=4.1, connect;dur=0.6, backend;dur=5.9, millrace;dur=4.95".
/// `millrace` is Trace::added() and includes `queue`, `batch` and `connect`; `load` is the wait for the model. Phases
/// that did not occur are omitted, except `millrace`. Pure. Costs well below a microsecond.
void appendServerTiming(std::string& out, const Trace& trace);

}  // namespace millrace::serve
