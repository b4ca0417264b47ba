// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/file_health.h"

#include "phrases.h"

#include <utility>

namespace millrace {

FileHealth::FileHealth(Registry& registry, EventLog& eventLog, std::string file)
    : eventLog_(eventLog),
      file_(std::move(file)),
      writable_(registry.gauge(
          "millrace_state_writable",
          "Whether a file of the state folder can be written (1) or not (0: disk full, read-only, failing).",
          {{"file", file_}}))
{
    writable_.set(1);
}

void FileHealth::report(const Status& status)
{
    {
        const MutexLock lock(mutex_);
        if (lost_ == !status.ok()) return;
        lost_ = !status.ok();
        writable_.set(lost_ ? 0 : 1);
    }
    if (status.ok())
        eventLog_.append(Severity::Notice, "state_write_recovered", file_, say(Phrase::StateWritable, file_));
    else
        eventLog_.append(Severity::Error, "state_write_failed", file_,
                         say(Phrase::StateUnwritable, file_, Value::quote(text(status))));
}

void FileHealth::setAside(const std::string& aside, const std::string& why)
{
    eventLog_.append(Severity::Error, "state_set_aside", file_,
                     say(Phrase::StateSetAside, file_, Value::quote(why), aside));
}

}  // namespace millrace
