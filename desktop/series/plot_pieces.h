// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QList>
#include <QtCore/QPointF>
#include <QtCore/QtGlobal>

#include <deque>

namespace millrace::desktop {

/// One value of a series.
struct SeriesPoint {
    qint64 timeMs;
    double value;
    bool operator==(const SeriesPoint&) const = default;
};

/// No sample at all was taken between these two moments: the engine, or the way to it, stood still.
struct Outage {
    qint64 fromMs;
    qint64 toMs;
    bool operator==(const Outage&) const = default;
};

/// What is drawn of a series: unbroken lines, and single values that have no neighbour, as dots.
struct Pieces {
    QList<QList<QPointF>> lines;
    QList<QPointF> dots;
    qsizetype points() const;
    bool operator==(const Pieces&) const = default;
};

struct PieceRules {
    /// A series that only has values when something happens is joined over pauses up to this long.
    qint64 bridgeMs = 10'000;
    int pointsMax = 300;
    /// More lines than this: the shortest ones are drawn as dots. Nothing is left out.
    int linesMax = 24;
};

/// The part from..to, and a neighbour on each side so that lines reach the edges. Beyond pointsMax, columns with the
/// least and the greatest value of each, in order of time, so that no spike is lost; columns are fixed on the clock,
/// or a line would shimmer while it moves. An outage breaks every line.
Pieces buildPieces(const std::deque<SeriesPoint>& points, const std::deque<Outage>& outages, qint64 fromMs, qint64 toMs,
                   const PieceRules& rules = {});

}  // namespace millrace::desktop
