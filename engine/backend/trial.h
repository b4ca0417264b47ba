// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "backend/make_backend.h"

#include <boost/asio/awaitable.hpp>

#include <string>
#include <vector>

namespace millrace::backend {

/// What came of asking a server that is no backend yet.
struct TrialResult {
    bool reachable = false;  ///< something answered there
    Duration latency{};      ///< of its answer, with the connection
    std::string reason;      ///< what is wrong, also with an answer; empty: nothing
    std::vector<std::string> models;
};

/// Asks the server that `options` describe for its models, once, within `most`. Its connections, metrics and events are
/// its own and gone with it. A runtime is a process that only exists once it is configured: nothing to ask.
/// Thread: the strand. `clock` outlives the call.
boost::asio::awaitable<TrialResult> tryBackend(BackendOptions options, Strand strand, Clock& clock, Duration most);

}  // namespace millrace::backend
