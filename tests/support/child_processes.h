// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QByteArray>
#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtCore/QList>

namespace millrace::testing {

struct ChildProcess {
    qint64 pid;
    QByteArray name;  ///< as the kernel cuts it: 15 bytes
    char state;

    QByteArray commandLine() const  ///< words separated by spaces; empty: it has ended
    {
        QFile file(QStringLiteral("/proc/%1/cmdline").arg(pid));
        return file.open(QIODevice::ReadOnly) ? file.readAll().replace('\0', ' ') : QByteArray();
    }
};

/// Those that ended and were not waited for too.
inline QList<ChildProcess> childrenOf(qint64 parent)
{
    QList<ChildProcess> out;
    if (parent <= 0) return out;
    for (const auto& entry : QDir("/proc").entryList(QDir::Dirs)) {
        bool number = false;
        const auto pid = entry.toLongLong(&number);
        if (!number) continue;
        QFile stat("/proc/" + entry + "/stat");
        if (!stat.open(QIODevice::ReadOnly)) continue;
        const auto text = stat.readAll();
        const auto from = text.indexOf('('), to = text.lastIndexOf(')');
        const auto fields = text.mid(to + 2).split(' ');
        if (fields.value(1).toLongLong() == parent)
            out << ChildProcess{pid, text.mid(from + 1, to - from - 1), fields.value(0).at(0)};
    }
    return out;
}

}  // namespace millrace::testing
