// SPDX-License-Identifier: GPL-3.0-or-later
#include "series/time_view.h"

#include "format/numbers.h"

#include <algorithm>
#include <array>

namespace millrace::desktop {
namespace {

constexpr std::array<qint64, 6> kWindows = {30'000, 60'000, 300'000, 900'000, 1'800'000, 3'600'000};

}  // namespace

qint64 TimeView::windowMs() const
{
    return kWindows[static_cast<std::size_t>(windowIndex_)];
}

void TimeView::setWindowIndex(int index)
{
    index = std::clamp(index, 0, static_cast<int>(kWindows.size()) - 1);
    if (index == windowIndex_) return;
    windowIndex_ = index;
    Q_EMIT rangeChanged();
}

QString TimeView::windowText() const
{
    return windowTexts().at(windowIndex_);
}

QStringList TimeView::windowTexts() const
{
    return {tr("Last 30 s"),   tr("Last 1 min"),  tr("Last 5 min"),
            tr("Last 15 min"), tr("Last 30 min"), tr("Last 60 min")};
}

QString TimeView::stateText() const
{
    if (!paused_) return tr("Live");
    return isPast() ? tr("Past, until %1").arg(format::clock(frozenMs_))
                    : tr("Paused at %1").arg(format::clock(frozenMs_));
}

void TimeView::setCrosshairMs(qint64 when)
{
    if (when == crosshairMs_) return;
    crosshairMs_ = when;
    Q_EMIT crosshairChanged();
}

void TimeView::setNewestMs(qint64 when)
{
    if (when == newestMs_) return;
    newestMs_ = when;
    if (paused_) {
        ++missed_;
        Q_EMIT missedChanged();
        return;
    }
    Q_EMIT rangeChanged();
}

void TimeView::pauseAt(qint64 endMs)
{
    const bool was = paused_;
    frozenMs_ = std::clamp(endMs, std::min(oldestMs_ + windowMs(), newestMs_), newestMs_);
    paused_ = true;
    if (!was) {
        missed_ = 0;
        Q_EMIT missedChanged();
        Q_EMIT pausedChanged();
    }
    Q_EMIT rangeChanged();
}

void TimeView::togglePause()
{
    if (paused_) {
        goLive();
    } else {
        pauseAt(newestMs_);
    }
}

void TimeView::goLive()
{
    if (!paused_) return;
    paused_ = false;
    missed_ = 0;
    Q_EMIT pausedChanged();
    Q_EMIT missedChanged();
    Q_EMIT rangeChanged();
}

void TimeView::pan(int steps)
{
    pauseAt(endMs() + steps * windowMs() / 4);
}

void TimeView::showMoment(qint64 when)
{
    pauseAt(when + windowMs() / 2);
    setCrosshairMs(when);
}

}  // namespace millrace::desktop
