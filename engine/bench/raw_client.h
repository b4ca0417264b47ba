// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "bench/recorder.h"

#include <functional>
#include <string>
#include <vector>

namespace millrace::bench {

/// The same request again and again over kept connections, each sent when the answer before is complete.
struct ClosedLoop {
    std::string address;  ///< host:port, host in digits
    std::string request;  ///< head and body as they go over the wire
    unsigned connections = 1;
    Duration warmup{};  ///< not counted
    Duration span{};    ///< counted
};

struct ClosedLoopResult {
    Recorder recorder;
    double seconds = 0;  ///< that were counted
    double rps() const { return seconds > 0 ? static_cast<double>(recorder.requests()) / seconds : 0; }
};

/// `atBegin`, `atEnd`: when what counts begins and ends; for reading the server's usage. Errors: Unavailable when no
/// connection can be made, or a connection breaks before one answer came; a broken one counts as a failure and is
/// made anew. Thread: one. It blocks.
StatusOr<ClosedLoopResult> runClosedLoop(const ClosedLoop& plan, const std::function<void()>& atBegin = {},
                                         const std::function<void()>& atEnd = {});

/// Streams that begin evenly within `openWithin`, each on a dedicated connection, read as fast as they come.
struct StreamLoad {
    std::string address;
    std::string request;
    unsigned streams = 1;
    Duration openWithin{};
    Duration most{};  ///< whoever is not done then has failed
};

struct StreamResult {
    Recorder recorder;         ///< a request is a stream; firstByteMs: to its first event
    std::vector<float> gapMs;  ///< of each event after the first: from the upstream's sending to its arrival
};

/// `watch(open)` is called ten times a second with the number of streams that have begun and not ended.
StatusOr<StreamResult> runStreams(const StreamLoad& plan, const std::function<void(unsigned open)>& watch = {});

/// POST of `body` to `target` as JSON.
std::string postRequest(const std::string& address, const std::string& target, const std::string& body);

}  // namespace millrace::bench
