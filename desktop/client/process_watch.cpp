// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/process_watch.h"

#include <QtCore/QSocketNotifier>

#include <cerrno>
#include <sys/syscall.h>
#include <unistd.h>

namespace millrace::desktop {

ProcessWatch::ProcessWatch(QObject* parent) : QObject(parent) {}

ProcessWatch::~ProcessWatch()
{
    stop();
}

bool ProcessWatch::watch(qint64 pid)
{
    stop();
    // A descriptor for the process itself: no signal, no waiting, and no mistake when the number is used again.
    descriptor_ = static_cast<int>(::syscall(SYS_pidfd_open, static_cast<pid_t>(pid), 0));
    if (descriptor_ < 0) return errno != ESRCH;
    notifier_ = std::make_unique<QSocketNotifier>(descriptor_, QSocketNotifier::Read);
    connect(notifier_.get(), &QSocketNotifier::activated, this, [this] {
        // Not destroyed here: the notifier is on the stack.
        notifier_->setEnabled(false);
        Q_EMIT exited();
    });
    return true;
}

void ProcessWatch::stop()
{
    notifier_.reset();
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
}

}  // namespace millrace::desktop
