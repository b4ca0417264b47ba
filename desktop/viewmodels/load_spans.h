// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/contract.h"
#include "series/time_window.h"

#include <QtCore/QList>
#include <QtCore/QStringList>

namespace millrace::desktop {

/// The timeline of the models within a window of time: a lane for each that was loaded, loading or in memory then, and
/// on it what it was when, as shares of the window.
struct LoadSpans {
    QStringList laneNames;
    QList<int> lanes;  ///< of each span; so are the lists below
    QList<double> begins;
    QList<double> ends;
    QList<int> kinds;  ///< LoadTimeline::Kind
    QStringList hints;
    double knownFrom = 0;  ///< share of the window before which loads are not kept any more
    QString summary;       ///< spoken
};

/// Pure. `nowMs`: up to which what lasts still is drawn. The first `lanesMax` models by name have lanes.
LoadSpans loadSpans(const control::ModelSection& section, const TimeSpan& window, qint64 nowMs, int lanesMax);

}  // namespace millrace::desktop
