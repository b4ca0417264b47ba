// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QObject>

#include <memory>

QT_FORWARD_DECLARE_CLASS(QSocketNotifier)

namespace millrace::desktop {

/// Notices the end of a process, of a child or of any other of this user.
///
/// Owner:  any user of it.   Thread: GUI.   Stop: the destructor; the process continues.
class ProcessWatch : public QObject {
    Q_OBJECT
public:
    explicit ProcessWatch(QObject* parent = nullptr);
    ~ProcessWatch() override;

    /// False: there is no such process any more. Where the kernel cannot watch it, exited() never comes.
    bool watch(qint64 pid);
    void stop();
    bool isWatching() const { return descriptor_ >= 0; }

Q_SIGNALS:
    void exited();

private:
    int descriptor_ = -1;
    std::unique_ptr<QSocketNotifier> notifier_;
};

}  // namespace millrace::desktop
