// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "base/event_log.h"
#include "base/metrics.h"
#include "base/mutex.h"

#include <string>

namespace millrace {

/// Whether a file of the state folder can be written: an event on each change of that, never on each write, and the
/// gauge millrace_state_writable{file="…"}.
///
/// Thread: any; call it without a lock of your own, events go to listeners from here.
class FileHealth {
public:
    /// `file`: its name, such as history.db. EventLog and registry outlive it.
    FileHealth(Registry& registry, EventLog& eventLog, std::string file);

    /// How the latest write, or the attempt to open the file, ended.
    void report(const Status& status);
    /// The file could not be read and is now called `aside`.
    void setAside(const std::string& aside, const std::string& why);

private:
    EventLog& eventLog_;
    const std::string file_;
    Gauge& writable_;
    Mutex mutex_;
    bool lost_ MILLRACE_GUARDED_BY(mutex_) = false;
};

}  // namespace millrace
