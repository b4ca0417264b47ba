// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/value_axis.h"

#include "series/nice_scale.h"

#include <QtGui/QFontMetricsF>

#include <algorithm>
#include <cmath>

namespace millrace::desktop {
double ValueAxis::topFor(double most, double least, format::Unit unit)
{
    return NiceScale::roundUp(std::max(least, most), NiceScale::roundingFor(unit));
}

QList<double> ValueAxis::ticks() const
{
    return NiceScale::ticks(0, top, NiceScale::roundingFor(unit));
}

double ValueAxis::width(const QFont& font) const
{
    const QFontMetricsF metrics(font);
    double widest = 0;
    for (const double tick : ticks())
        widest = std::max(widest, metrics.horizontalAdvance(format::axis(tick, unit) + suffix));
    return std::ceil((widest + 8) / 8) * 8;
}

void ValueAxis::paint(QPainter* painter, const QRectF& box, const QColor& grid, const QColor& text) const
{
    const QFontMetricsF metrics(painter->font());
    for (const double tick : ticks()) {
        const double y = std::round(box.bottom() - tick / top * box.height()) + 0.5;
        painter->setPen(QPen(grid, 1));
        painter->drawLine(QPointF(box.left(), y), QPointF(box.right(), y));
        painter->setPen(text);
        painter->drawText(QRectF(0, y - metrics.height() / 2, box.left() - 8, metrics.height()),
                          Qt::AlignRight | Qt::AlignVCenter, format::axis(tick, unit) + suffix);
    }
}

}  // namespace millrace::desktop
