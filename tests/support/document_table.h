// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QFile>
#include <QtCore/QString>

namespace millrace::testing {

/// What a document has between two marks. With MILLRACE_UPDATE_DOCS=1 `table` is written there, and is what it has
/// then. Null: it cannot be read or written, or has no such marks.
inline QString documentTable(const QString& path, const QString& begin, const QString& end, const QString& table)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) return {};
    QString text = QString::fromUtf8(file.readAll());
    file.close();
    const auto mark = text.indexOf(begin), to = text.indexOf(end), from = mark + begin.size();
    if (mark < 0 || to < from) return {};
    if (!qEnvironmentVariableIsSet("MILLRACE_UPDATE_DOCS")) return text.mid(from, to - from);
    text.replace(from, to - from, table);
    const QByteArray bytes = text.toUtf8();
    if (!file.open(QIODevice::WriteOnly | QIODevice::Truncate) || file.write(bytes) != bytes.size()) return {};
    return table;
}

}  // namespace millrace::testing
