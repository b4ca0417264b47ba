// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "backend/make_backend.h"

#include <boost/asio/awaitable.hpp>

#include <string>
#include <vector>

namespace millrace::backend {

/// The outcome of contacting a server that is not configured as a backend yet.
struct TrialResult {
    bool reachable = false;  ///< it answered
    Duration latency{};      ///< to its answer, including the connection set-up
    std::string reason;      ///< what is wrong, possibly although it answered; empty: nothing
    std::vector<std::string> models;
};

/// Requests the list of models from the server that `options` describe, once, within `most`: for the console's "Test"
/// button. Connections, metrics and events are separate from the engine's, and discarded. Not for runtimes, whose
/// process exists only once configured. Thread: the strand. REQUIRES: `clock` outlives the call.
boost::asio::awaitable<TrialResult> tryBackend(BackendOptions options, Strand strand, Clock& clock, Duration most);

}  // namespace millrace::backend
