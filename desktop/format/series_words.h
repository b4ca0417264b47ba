// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "format/numbers.h"

#include <QtCore/QString>
#include <QtCore/QStringList>

namespace millrace::desktop::format {

/// What engine/proto/series.proto says of a series of the engine: the one place where series have titles and units.
struct SeriesWords {
    QString title;
    QString help;  ///< what is counted, and over which time
    Unit unit = Unit::Count;
    int better = 0;  ///< 1: more is better; -1: less; 0: neither
};

/// Null: the engine has no series of that name.
const SeriesWords* seriesWords(const QString& series);
QStringList seriesNames();

}  // namespace millrace::desktop::format
