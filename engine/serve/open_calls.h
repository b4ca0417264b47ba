// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/gate.h"
#include "base/ids.h"
#include "base/metrics.h"
#include "serve/admission_control.h"
#include "serve/busy_poll.h"
#include "serve/call_state.h"
#include "serve/model_statistics.h"
#include "serve/request_log.h"

#include <boost/intrusive/list.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace millrace::serve {

/// The registry of calls: those in flight, and the log of those that ended.
///
/// Owner: Gateway, and open calls.   Thread: the strand.   Bound: admission's limits; RequestLog's.
class OpenCalls {
public:
    OpenCalls(Clock& clock, Registry& registry, AdmissionControl& admission, BusyPoll& poll);

    /// Aborts all calls; their clients receive `reason`. Returns how many.
    std::uint32_t cutOff(const std::string& reason);
    /// Cancels a call. False: it is not open.
    bool cancel(RequestId id, const std::string& reason);
    /// At most `most` open calls, newest first.
    std::vector<RequestRecord> records(std::size_t most) const;
    std::uint32_t count() const { return static_cast<std::uint32_t>(open_.size()); }
    /// Including the time of the model's latest request.
    ModelStatistics statisticsOf(const std::string& model) const;

    Gate& gate() { return gate_; }
    const Gate& gate() const { return gate_; }
    RequestLog& log() { return log_; }
    const RequestLog& log() const { return log_; }

private:
    friend class CallState;

    Clock& clock_;
    AdmissionControl& admission_;
    BusyPoll& poll_;
    IdSource<RequestId> ids_;
    RequestLog log_;
    ModelStatisticsTable statistics_;
    boost::intrusive::list<OpenPlace> open_;  // CallStates, oldest first
    Gate gate_;                               // calls
};

}  // namespace millrace::serve
