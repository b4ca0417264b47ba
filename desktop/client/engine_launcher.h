// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/process_watch.h"

#include <QtCore/QElapsedTimer>
#include <QtCore/QString>
#include <QtCore/QStringList>

namespace millrace::desktop {

/// Starts millraced apart from the console, so that it outlives it, and knows how the start went.
///
/// Thread: GUI.   Bound: the log is put aside (`….old`) beyond kLogMax.
class EngineLauncher : public QObject {
    Q_OBJECT
public:
    static constexpr qint64 kLogMax = 8 * 1024 * 1024;
    static constexpr qint64 kTailMax = 64 * 1024;  ///< of the log, searched for the last line

    EngineLauncher(QString program, QString log, QObject* parent = nullptr);

    bool isAvailable() const { return !program_.isEmpty(); }
    const QString& log() const { return log_; }
    bool start(const QStringList& arguments);  ///< false: the program could not be run at all
    bool isRunning() const { return running_; }
    qint64 pid() const { return pid_; }  ///< of the last one started
    bool isOverdue(int afterMs) const { return running_ && since_.hasExpired(afterMs); }
    QString lastLine() const;  ///< of what the started engine logged; empty: nothing yet

Q_SIGNALS:
    void exited();

private:
    QString program_;
    QString log_;
    qint64 logFrom_ = 0;  // where the log of the last start begins
    qint64 pid_ = 0;
    bool running_ = false;
    QElapsedTimer since_;
    ProcessWatch watch_;
};

}  // namespace millrace::desktop
