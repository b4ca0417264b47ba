// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/engine_launcher.h"

#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtCore/QFileInfo>
#include <QtCore/QProcess>

#include <algorithm>

namespace millrace::desktop {

EngineLauncher::EngineLauncher(QString program, QString log, QObject* parent)
    : QObject(parent), program_(std::move(program)), log_(std::move(log))
{
    connect(&watch_, &ProcessWatch::exited, this, [this] {
        running_ = false;
        Q_EMIT exited();
    });
}

bool EngineLauncher::start(const QStringList& arguments)
{
    const QFileInfo log(log_);
    QDir().mkpath(log.path());
    if (log.size() > kLogMax) {
        QFile::remove(log_ + QStringLiteral(".old"));
        QFile::rename(log_, log_ + QStringLiteral(".old"));
    }
    logFrom_ = QFileInfo(log_).size();
    QProcess process;
    process.setProgram(program_);
    process.setArguments(arguments);
    process.setStandardOutputFile(log_, QIODevice::Append);
    process.setStandardErrorFile(log_, QIODevice::Append);
    process.setStandardInputFile(QProcess::nullDevice());
    if (!process.startDetached(&pid_)) return false;
    running_ = true;
    since_.start();
    // One that failed at once may have exited already: reported like any other exit, after this call.
    if (!watch_.watch(pid_)) {
        running_ = false;
        QMetaObject::invokeMethod(this, &EngineLauncher::exited, Qt::QueuedConnection);
    }
    return true;
}

QString EngineLauncher::lastLine() const
{
    QFile file(log_);
    if (!file.open(QIODevice::ReadOnly)) return {};
    file.seek(std::max(logFrom_, file.size() - kTailMax));
    const QList<QByteArray> lines = file.readAll().trimmed().split('\n');
    QString line = QString::fromUtf8(lines.last()).trimmed();
    const QString name = QFileInfo(program_).fileName() + QStringLiteral(": ");
    if (line.startsWith(name)) line.remove(0, name.size());
    return line.left(500);
}

}  // namespace millrace::desktop
