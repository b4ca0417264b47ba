// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QProcess>
#include <QString>
#include <QStringList>

namespace millrace::testing {

/// Runs a program of the system to its end; what it wrote to both of its outputs.
inline QByteArray output(const QString& program, const QStringList& arguments, int* code = nullptr)
{
    QProcess process;
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.start(program, arguments);
    if (!process.waitForFinished(60'000)) {
        process.kill();
        process.waitForFinished();
        return "did not run or did not end: " + process.errorString().toUtf8() + process.readAll();
    }
    if (code) *code = process.exitCode();
    return process.readAll();
}

}  // namespace millrace::testing
