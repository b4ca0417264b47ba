// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/trace.h"

#include <string>

namespace millrace::serve {

/// The value of a Server-Timing field (W3C Server Timing) as far as it is known when an answer's head is written:
/// "queue;dur=0.2, load;dur=180, batch;dur=4.1, connect;dur=0.6, backend;dur=5.9, millrace;dur=4.95", milliseconds.
/// `queue`, `batch` and `connect` are parts of `millrace`, which is Trace::added(); `load` is the wait for the model.
/// What did not happen is left out, `millrace` never is. Costs well below a microsecond.
void appendServerTiming(std::string& out, const Trace& trace);

}  // namespace millrace::serve
