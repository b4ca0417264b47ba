// SPDX-License-Identifier: GPL-3.0-or-later
#include "screenshots.h"

#include "viewmodels/requests_view_model.h"
#include "viewmodels/settings_view_model.h"
#include "viewmodels/shell_view_model.h"

#include <QtCore/QDir>
#include <QtGui/QImage>
#include <QtQuick/QQuickWindow>

#include <cstdio>

namespace millrace::desktop {
namespace {

constexpr int kLookMs = 500;    // how often to look whether data is there
constexpr int kSettleMs = 900;  // for a page: load, take a tick, draw

}  // namespace

Screenshots::Screenshots(ShellViewModel& shell, QQuickWindow& window, const QString& folder, int settleSeconds,
                         QObject* parent)
    : QObject(parent), shell_(shell), window_(window), folder_(folder), settleMs_(settleSeconds * 1000)
{
    since_.start();
    timer_.setSingleShot(true);
    connect(&timer_, &QTimer::timeout, this, &Screenshots::next);
    timer_.start(kLookMs);
}

void Screenshots::next()
{
    const int pages = shell_.pages()->rowCount();
    if (step_ < 0) {
        const bool enough = shell_.session()->series().samples() >= kSamplesMin && since_.hasExpired(settleMs_);
        // Without an engine there is something to see as well: the page that says so.
        const bool waitedLong = since_.hasExpired(settleMs_ + 15'000);
        if (!enough && !waitedLong) {
            timer_.start(kLookMs);
            return;
        }
        if (!QDir().mkpath(folder_)) {
            std::fprintf(stderr, "millrace: cannot make %s\n", qPrintable(folder_));
            Q_EMIT finished(false);
            return;
        }
    } else if (window_.property("loading").toBool()) {
        timer_.start(kLookMs);  // a page is made in slices
        return;
    } else {
        const QImage image = window_.grabWindow();
        const QString name = QStringLiteral("%1-%2.png")
                                 .arg(shell_.pageKey(), shell_.preferences()->isDark() ? QStringLiteral("dark")
                                                                                       : QStringLiteral("light"));
        const QString path = QDir(folder_).filePath(name);
        if (image.isNull() || !image.save(path)) {
            std::fprintf(stderr, "millrace: cannot write %s\n", qPrintable(path));
            ok_ = false;
        }
    }
    ++step_;
    if (step_ >= 2 * pages) {
        Q_EMIT finished(ok_);
        return;
    }
    shell_.preferences()->setTheme(step_ < pages ? Preferences::Dark : Preferences::Light);
    shell_.setPage(step_ % pages);
    showSomething();
    timer_.start(kSettleMs);
}

void Screenshots::showSomething()
{
    // A picture of an empty detail shows nothing: the slowest request is opened, and the group that is tuned most.
    if (auto* requests = qobject_cast<RequestsViewModel*>(shell_.pages()->viewModel(shell_.page()))) {
        const RequestList& list = shell_.session()->requests();
        const RequestList::Row* slowest = nullptr;
        for (int i = 0; i < list.rowCount(); ++i) {
            const RequestList::Row& row = list.row(i);
            const bool decided = !row.decisions.isEmpty() && row.batchRows > 0;
            if (decided && (!slowest || row.totalMs > slowest->totalMs)) slowest = &row;
        }
        if (slowest) requests->choose(static_cast<double>(slowest->id));
        requests->setFollowing(true);
    }
    if (auto* settings = qobject_cast<SettingsViewModel*>(shell_.pages()->viewModel(shell_.page()))) {
        settings->setGroup(QStringLiteral("batcher"));
    }
}

}  // namespace millrace::desktop
