// SPDX-License-Identifier: GPL-3.0-or-later
#include "measure.h"

#include "thread_time.h"
#include "viewmodels/health.h"
#include "viewmodels/shell_view_model.h"

#include <QtCore/QFile>
#include <QtCore/QJsonArray>
#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>
#include <QtQuick/QQuickWindow>
#include <QtQuick/QSGRendererInterface>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <sys/resource.h>
#include <unistd.h>

namespace millrace::desktop {
namespace {

/// Of this process, user and system, in seconds.
double processorTime()
{
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

qint64 residentBytes()
{
    QFile file(QStringLiteral("/proc/self/statm"));
    if (!file.open(QIODevice::ReadOnly)) return 0;
    return file.readAll().split(' ').value(1).toLongLong() * ::sysconf(_SC_PAGESIZE);
}

/// Since exec(), to a hundredth of a second: what the kernel keeps.
double sinceStartMs()
{
    QFile file(QStringLiteral("/proc/self/stat"));
    if (!file.open(QIODevice::ReadOnly)) return 0;
    const QByteArray text = file.readAll();
    const QList<QByteArray> fields = text.mid(text.lastIndexOf(')') + 2).split(' ');
    timespec now{};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    const double started = fields.value(19).toDouble() / static_cast<double>(::sysconf(_SC_CLK_TCK));
    return 1000 * (static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9 - started);
}

}  // namespace

Measure::Measure(ShellViewModel& shell, QQuickWindow& window, int secondsOfPage, QObject* parent)
    : QObject(parent), shell_(shell), window_(window), countMs_(secondsOfPage * 1000)
{
    connect(&window_, &QQuickWindow::frameSwapped, this, &Measure::firstFrame, Qt::SingleShotConnection);
    timer_.setSingleShot(true);
    connect(&timer_, &QTimer::timeout, this, &Measure::next);
    beat_.setTimerType(Qt::PreciseTimer);
    beat_.setInterval(kBeatMs);
    connect(&beat_, &QTimer::timeout, this, &Measure::beat);
}

void Measure::firstFrame()
{
    firstFrameMs_ = sinceStartMs();
    timer_.start(kSettleMs);
}

void Measure::beat()
{
    const double time = threadTimeMs();
    block_.wallMs = std::max(block_.wallMs, static_cast<double>(sinceBeat_.nsecsElapsed()) * 1e-6 - kBeatMs);
    block_.cpuMs = std::max(block_.cpuMs, time - timeAtBeat_);
    timeAtBeat_ = time;
    sinceBeat_.start();
}

void Measure::open(int page)
{
    block_ = {};
    timeAtBeat_ = threadTimeMs();
    sinceBeat_.start();
    beat_.start();
    page_ = page;
    shell_.setPage(page);
    timer_.start(kOpenMs);
}

void Measure::next()
{
    const int count = shell_.pages()->rowCount();
    switch (step_) {
        case Step::Settle:
            // The first page opened with the window: what that took is in the first frame.
            step_ = Step::Quiet;
            shell_.setPage(0);
            pages_.resize(static_cast<std::size_t>(count));
            pages_[0].key = shell_.pageKey();
            timer_.start(kQuietMs);
            return;
        case Step::Open:
            beat();
            beat_.stop();
            pages_[static_cast<std::size_t>(page_)].key = shell_.pageKey();
            pages_[static_cast<std::size_t>(page_)].first = block_;
            step_ = Step::Quiet;
            timer_.start(kQuietMs);
            return;
        case Step::Quiet:
            step_ = Step::Count;
            counted_.start();
            cpuBefore_ = processorTime();
            timer_.start(countMs_);
            return;
        case Step::Count: {
            auto& page = pages_[static_cast<std::size_t>(page_)];
            page.cpu = (processorTime() - cpuBefore_) * 1e9 / static_cast<double>(counted_.nsecsElapsed());
            page.residentBytes = residentBytes();
            const SeriesStore& series = shell_.session()->series();
            for (const MissedGoal& goal : missedGoals(series, series.newestMs())) page.missedGoals.append(goal.text);
            const bool more = page_ + 1 < count;
            step_ = more ? Step::Open : Step::OpenAgain;
            open(more ? page_ + 1 : 0);
            return;
        }
        case Step::OpenAgain:
            beat();
            beat_.stop();
            pages_[static_cast<std::size_t>(page_)].again = block_;
            if (page_ + 1 < count) {
                open(page_ + 1);
                return;
            }
            write();
            Q_EMIT finished();
            return;
    }
}

void Measure::write() const
{
    QJsonArray pages;
    for (const Page& page : pages_) {
        pages.append(QJsonObject{{QStringLiteral("page"), page.key},
                                 {QStringLiteral("blocked_ms"), page.first.wallMs},
                                 {QStringLiteral("blocked_cpu_ms"), page.first.cpuMs},
                                 {QStringLiteral("blocked_again_ms"), page.again.wallMs},
                                 {QStringLiteral("blocked_again_cpu_ms"), page.again.cpuMs},
                                 {QStringLiteral("cpu_cores"), page.cpu},
                                 {QStringLiteral("resident_bytes"), page.residentBytes},
                                 {QStringLiteral("missed_goals"), QJsonArray::fromStringList(page.missedGoals)}});
    }
    const auto api = window_.rendererInterface()->graphicsApi();
    const QJsonObject all{{QStringLiteral("first_frame_ms"), firstFrameMs_},
                          {QStringLiteral("software_scene_graph"), api == QSGRendererInterface::Software},
                          {QStringLiteral("resident_bytes"), residentBytes()},
                          {QStringLiteral("pages"), pages}};
    std::fputs(QJsonDocument(all).toJson(QJsonDocument::Compact).append('\n').constData(), stdout);
    std::fflush(stdout);
}

}  // namespace millrace::desktop
