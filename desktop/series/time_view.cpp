// SPDX-License-Identifier: GPL-3.0-or-later
#include "series/time_view.h"

#include "format/numbers.h"

#include <algorithm>

namespace millrace::desktop {

template <class Change>
void TimeView::change(const Change& change)
{
    const TimeSpan span = window_.span();
    const bool paused = isPaused();
    const bool past = isPast();
    const int index = windowIndex();
    const bool custom = isCustom();
    const bool back = canGoBack();
    change(window_);
    if (paused && !isPaused()) {
        // Of the past that is left; while live they would move away to the left.
        setCursors(0, 0);
        setCrosshairMs(0);
    }
    if (paused != isPaused()) {
        missed_ = 0;
        Q_EMIT pausedChanged();
        Q_EMIT missedChanged();
    }
    updateState();
    if (past != isPast()) Q_EMIT pastChanged();
    const bool moved = !(span == window_.span());
    if (index != windowIndex() || custom != isCustom() || back != canGoBack() || (custom && moved))
        Q_EMIT windowChanged();
    if (moved || paused != isPaused()) Q_EMIT rangeChanged();
}

void TimeView::setWindowIndex(int index)
{
    change([index](TimeWindow& window) { window.setWindow(index); });
}

QString TimeView::windowText() const
{
    return isCustom() ? tr("%1 shown").arg(format::span(windowMs())) : windowTexts().at(windowIndex());
}

QStringList TimeView::windowTexts() const
{
    return {tr("Last 30 s"),   tr("Last 1 min"), tr("Last 5 min"), tr("Last 15 min"), tr("Last 30 min"),
            tr("Last 60 min"), tr("Last day"),   tr("Last week"),  tr("Last month")};
}

void TimeView::updateState()
{
    // In units: what changes every second is drawn anew every second.
    const qint64 ago = window_.newestMs() - endMs();
    const QString until = format::moment(endMs(), window_.newestMs());
    const QString text = !isPaused()                 ? tr("Live")
                         : ago < format::kAgoLeastMs ? tr("until %1").arg(until)
                                                     : tr("until %1 · %2").arg(until, format::agoRounded(ago));
    if (text == stateText_) return;
    stateText_ = text;
    Q_EMIT stateChanged();
}

QString TimeView::cursorText() const
{
    if (cursorAMs_ == 0) return {};
    const QString a = tr("A %1").arg(format::moment(cursorAMs_, window_.newestMs()));
    if (cursorBMs_ == 0) return a;
    return tr("%1 · B %2 · Δ %3")
        .arg(a, format::moment(cursorBMs_, window_.newestMs()), format::span(std::abs(cursorBMs_ - cursorAMs_)));
}

void TimeView::setCrosshairMs(qint64 when)
{
    if (when == crosshairMs_) return;
    crosshairMs_ = when;
    Q_EMIT crosshairChanged();
}

void TimeView::setCursors(qint64 a, qint64 b)
{
    if (a == cursorAMs_ && b == cursorBMs_) return;
    cursorAMs_ = a;
    cursorBMs_ = b;
    Q_EMIT cursorsChanged();
}

void TimeView::pin(qint64 when)
{
    if (cursorAMs_ == 0 || cursorBMs_ != 0) {
        setCursors(when, 0);
    } else if (when != cursorAMs_) {
        setCursors(cursorAMs_, when);
    }
}

void TimeView::setNewestMs(qint64 when)
{
    if (when == window_.newestMs()) return;
    change([when](TimeWindow& window) { window.setNewest(when); });
    if (isPaused()) {
        ++missed_;
        Q_EMIT missedChanged();
        return;
    }
    // A pinned moment leaves with the data it stands on.
    if (cursorAMs_ != 0 && std::max(cursorAMs_, cursorBMs_) < beginMs()) setCursors(0, 0);
}

void TimeView::setOldestMs(qint64 when)
{
    change([when](TimeWindow& window) { window.setHeld(when); });
}

void TimeView::setReachMs(qint64 when)
{
    change([when](TimeWindow& window) { window.setReach(when); });
}

void TimeView::togglePause()
{
    if (isPaused()) {
        goLive();
    } else {
        change([](TimeWindow& window) { window.pause(); });
    }
}

void TimeView::goLive()
{
    change([](TimeWindow& window) { window.goLive(); });
    // Also when nothing was paused: End brings back a plain view.
    setCursors(0, 0);
}

void TimeView::pan(int steps)
{
    change([steps](TimeWindow& window) { window.pan(steps / 4.0); });
}

void TimeView::showMoment(qint64 when)
{
    change([when](TimeWindow& window) { window.show(when); });
    setCursors(when, 0);
}

bool TimeView::zoomBack()
{
    bool done = false;
    change([&done](TimeWindow& window) { done = window.zoomBack(); });
    return done;
}

void TimeView::zoomTo(const TimeSpan& span)
{
    change([&span](TimeWindow& window) { window.zoomTo(span); });
}

void TimeView::scale(qint64 at, int steps)
{
    change([=](TimeWindow& window) { window.scale(at, steps); });
}

}  // namespace millrace::desktop
