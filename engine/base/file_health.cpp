// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/file_health.h"

#include <utility>

namespace millrace {

FileHealth::FileHealth(Registry& registry, Journal& journal, std::string file)
    : journal_(journal),
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
        journal_.note(Severity::Notice, "state_write_recovered", file_,
                      file_ + " in the state folder can be written again");
    else
        journal_.note(
            Severity::Error, "state_write_failed", file_,
            file_ + " in the state folder cannot be written: " + text(status) + "; requests are still served");
}

void FileHealth::setAside(const std::string& aside, const std::string& why)
{
    journal_.note(Severity::Error, "state_set_aside", file_,
                  file_ + " could not be read (" + why + "); it was kept as " + aside + " and a new file was created");
}

}  // namespace millrace
