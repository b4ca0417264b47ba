// SPDX-License-Identifier: GPL-3.0-or-later
// What pointer and keys do on a chart: crosshair, cursors, zoom, and the readings that follow from them.
#include "series/time_plot.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace millrace::desktop {

// ---- crosshair, cursors, zoom ----

double TimePlot::placeOf(qint64 when) const
{
    if (when == 0 || drawn_.lengthMs() <= 0 || !drawn_.contains(when)) return -1;
    return static_cast<double>(when - drawn_.beginMs) / static_cast<double>(drawn_.lengthMs());
}

double TimePlot::crosshairX() const
{
    return session_ ? placeOf(session_->time()->crosshairMs()) : -1;
}

double TimePlot::cursorAX() const
{
    return session_ ? placeOf(session_->time()->cursorAMs()) : -1;
}

double TimePlot::cursorBX() const
{
    return session_ ? placeOf(session_->time()->cursorBMs()) : -1;
}

QString TimePlot::crosshairText() const
{
    if (crosshairX() < 0) return {};
    return format::moment(session_->time()->crosshairMs(), session_->time()->window().newestMs());
}

QString TimePlot::markText() const
{
    const double at = crosshairX();
    if (at < 0) return {};
    // The crosshair was caught by the mark it stands on; places of the row have a width.
    const qint64 when = session_->time()->crosshairMs();
    for (const PlotMark& mark : marks()) {
        if (std::abs(mark.timeMs - when) <= session_->shownSeries().stepMs() / 2) return mark.text;
    }
    for (const PlotMark& mark : rowMarks()) {
        if (std::abs(mark.at - at) <= 0.5 / kRowColumns) return mark.text;
    }
    return {};
}

qint64 TimePlot::momentAt(double at, double reach) const
{
    const double length = static_cast<double>(drawn_.lengthMs());
    const qint64 raw = drawn_.beginMs + std::llround(std::clamp(at, 0.0, 1.0) * length);
    QList<qint64> events;
    for (const PlotMark& mark : marks()) events.append(mark.timeMs);
    const qint64 when = snapped(raw, events, std::llround(reach * length), session_->shownSeries().stepMs());
    return std::clamp(when, drawn_.beginMs, drawn_.endMs);
}

void TimePlot::hover(double at, double reach)
{
    if (!session_ || drawn_.lengthMs() <= 0) return;
    session_->time()->setCrosshairMs(at < 0 || at > 1 ? 0 : momentAt(at, reach));
}

void TimePlot::pin(double at, double reach)
{
    if (!session_ || drawn_.lengthMs() <= 0 || at < 0 || at > 1) return;
    session_->time()->pin(momentAt(at, reach));
}

void TimePlot::pinCrosshair()
{
    if (session_ && session_->time()->crosshairMs() != 0) session_->time()->pin(session_->time()->crosshairMs());
}

void TimePlot::select(double from, double to)
{
    if (!session_ || drawn_.lengthMs() <= 0 || from == to) return;
    const auto moment = [this](double at) {
        return drawn_.beginMs + std::llround(std::clamp(at, 0.0, 1.0) * static_cast<double>(drawn_.lengthMs()));
    };
    session_->time()->zoomTo({moment(std::min(from, to)), moment(std::max(from, to))});
}

void TimePlot::wheel(double at, int steps)
{
    if (session_ && drawn_.lengthMs() > 0) session_->time()->scale(momentAt(at, 0), steps);
}

void TimePlot::moveCrosshair(int steps)
{
    if (!session_ || drawn_.lengthMs() <= 0) return;
    TimeView& time = *session_->time();
    const qint64 step = std::max(session_->shownSeries().stepMs(), drawn_.lengthMs() / kPointsMax);
    qint64 from = time.crosshairMs();
    if (from == 0) from = time.cursorAMs();
    if (from == 0 || !drawn_.contains(from)) from = steps < 0 ? drawn_.endMs : drawn_.beginMs;
    time.setCrosshairMs(std::clamp(from + steps * step, drawn_.beginMs, drawn_.endMs));
}

bool TimePlot::clearCrosshair()
{
    if (!session_) return false;
    TimeView& time = *session_->time();
    const bool any = time.crosshairMs() != 0 || time.cursorAMs() != 0;
    time.setCrosshairMs(0);
    time.clearCursors();
    return any;
}

void TimePlot::isolate(int curve)
{
    const bool alone = curve >= 0 && curve < curves_.size() && curves_.at(curve)->isShown() &&
                       std::count_if(curves_.begin(), curves_.end(), [](const Curve* c) { return c->isShown(); }) == 1;
    const bool all = alone || curve < 0 || curve >= curves_.size();
    for (int i = 0; i < curves_.size(); ++i) curves_.at(i)->setShown(all || i == curve);
    top_.reset();
    log_.reset();
    update();
}

/// How far from the crosshair a value may lie to be its reading: as far as the line reaches that is drawn there.
qint64 TimePlot::readingWithin() const
{
    return std::max(rules().bridgeMs / 2, 2 * drawn_.lengthMs() / kPointsMax);
}

std::optional<double> TimePlot::valueAt(const Curve& curve, qint64 when, bool newest) const
{
    return session_->shownSeries().at(curve.series, when, newest ? 0 : readingWithin());
}

void TimePlot::updateReadings()
{
    if (!active_ || !session_) return;
    const TimeView& time = *session_->time();
    const qint64 a = time.cursorAMs();
    const qint64 crosshair = time.crosshairMs() != 0 ? time.crosshairMs() : time.cursorBMs();
    const bool newest = crosshair == 0 && a == 0;
    const qint64 when = crosshair != 0 ? crosshair : a != 0 ? a : time.endMs();
    for (Curve* curve : std::as_const(curves_)) {
        const auto value = valueAt(*curve, when, newest);
        const auto from = a != 0 && crosshair != 0 && crosshair != a ? valueAt(*curve, a, false) : std::nullopt;
        curve->setReading(format::text(value, formatUnit()),
                          value && from ? format::difference(*value - *from, formatUnit()) : QString());
    }
    Q_EMIT crosshairMoved();
}

}  // namespace millrace::desktop
