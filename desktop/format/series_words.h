// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "format/numbers.h"

#include <QtCore/QString>
#include <QtCore/QStringList>

namespace millrace::desktop::format {

/// A series' description in engine/proto/series.proto, the only place where titles and units are defined; translated.
struct SeriesWords {
    QString title;
    QString help;  ///< what is counted, over which time
    Unit unit = Unit::Count;
    int better = 0;  ///< 1: more is better; -1: less; 0: neither
};

/// Null: unknown series. Thread: GUI.
const SeriesWords* seriesWords(const QString& series);
QStringList seriesNames();

}  // namespace millrace::desktop::format
