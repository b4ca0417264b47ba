// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "format/numbers.h"

#include <QtCore/QString>
#include <QtGui/QPainter>

namespace millrace::desktop {

/// The y axis of a small figure: grid lines from 0 to `top`, their figures on the left. Pure but for the painter.
struct ValueAxis {
    double top = 1;
    format::Unit unit = format::Unit::Count;
    QString suffix{};  ///< behind each figure

    /// The upper end for values up to `most`; where nothing is that large, for `least`.
    static double topFor(double most, double least, format::Unit unit);
    QList<double> ticks() const;  ///< of what is counted whole ones
    /// What the figures take on the left of the lines, in steps of eight pixels so that it seldom changes.
    double width(const QFont& font) const;
    /// Lines across `box`, figures left of it.
    void paint(QPainter* painter, const QRectF& box, const QColor& grid, const QColor& text) const;
};

}  // namespace millrace::desktop
