// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "base/event_log.h"
#include "base/metrics.h"
#include "base/mutex.h"

#include <string>

namespace millrace {

/// Tracks whether a file of the state folder is writable: logs an event on each transition, not on each write, and
/// maintains the gauge millrace_state_writable{file="…"}.
///
///     FileHealth health(registry, eventLog, "history.db");
///     health.report(writeRows());         // after every write, whatever its outcome
///
/// Thread: any. REQUIRES: no lock of the caller is held, since listeners of the event log run within these calls.
class FileHealth {
public:
    /// `file`: the name without its folder. REQUIRES: registry and event log outlive this.
    FileHealth(Registry& registry, EventLog& eventLog, std::string file);

    /// The outcome of the latest write, or of an attempt to open the file.
    void report(const Status& status);
    /// The file was damaged (`why`) and has been renamed to `aside`.
    void setAside(const std::string& aside, const std::string& why);

private:
    EventLog& eventLog_;
    const std::string file_;
    Gauge& writable_;
    Mutex mutex_;
    bool lost_ MILLRACE_GUARDED_BY(mutex_) = false;
};

}  // namespace millrace
