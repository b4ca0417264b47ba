// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "series/time_window.h"

#include <QtCore/QList>
#include <QtCore/QString>

namespace millrace::desktop {

struct TimeTick {
    double at;  ///< 0..1 of the span
    QString text;
};

/// Words under a time axis, at round distances, four to seven of them. Pure but for the local time zone.
/// `relative`: "-2 m" … "now", counted from the end, which is now; else the clock, and the day in long spans.
QList<TimeTick> timeTicks(const TimeSpan& span, bool relative);

/// The distance between them.
qint64 timeStep(qint64 lengthMs);

}  // namespace millrace::desktop
