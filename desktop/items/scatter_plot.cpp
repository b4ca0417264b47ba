// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/scatter_plot.h"

#include <QtGui/QFontMetricsF>
#include <QtGui/QPainter>

#include <algorithm>
#include <cmath>

namespace millrace::desktop {
namespace {
constexpr double kReach = 8;  // how near the pointer has to come
}

int ScatterPlot::partCount() const
{
    return static_cast<int>(std::min({xs_.size(), ys_.size(), kinds_.size()}));
}

double ScatterPlot::top() const
{
    const double most = ys_.isEmpty() ? 1 : *std::max_element(ys_.begin(), ys_.end());
    return ValueAxis::topFor(most, 0.1, format::Unit::Milliseconds);
}

QPointF ScatterPlot::pointOf(int part, const QRectF& box, double top) const
{
    return {box.left() + std::clamp(xs_.at(part), 0.0, 1.0) * box.width(),
            box.bottom() - std::clamp(ys_.at(part) / top, 0.0, 1.0) * box.height()};
}

int ScatterPlot::partAt(const QPointF& point) const
{
    const QRectF box = area();
    const double most = top();
    int best = -1;
    double nearest = kReach;
    for (int i = 0; i < partCount(); ++i) {
        const QPointF away = pointOf(i, box, most) - point;
        const double distance = std::hypot(away.x(), away.y());
        if (distance >= nearest) continue;
        nearest = distance;
        best = i;
    }
    return best;
}

QPointF ScatterPlot::placeOf(int part) const
{
    return pointOf(part, area(), top()) - QPointF(0, 4);
}

void ScatterPlot::paint(QPainter* painter)
{
    const QRectF box = area();
    if (!paintAxis(painter, axis(), box)) return;
    const QFontMetricsF metrics(font());
    const double most = top();
    painter->setPen(textColor());
    painter->drawText(QRectF(box.left(), box.bottom() + 6, box.width() / 2, metrics.height()), Qt::AlignLeft,
                      fromText_);
    painter->drawText(QRectF(box.center().x(), box.bottom() + 6, box.width() / 2, metrics.height()), Qt::AlignRight,
                      toText_);
    painter->setPen(Qt::NoPen);
    for (int i = 0; i < partCount(); ++i) {
        const int kind = kinds_.at(i);
        QColor fill = colors_.value(kind, textColor());
        fill.setAlphaF(current() == i ? 1.0F : 0.7F);
        painter->setBrush(fill);
        const QPointF at = pointOf(i, box, most);
        const double radius = current() == i ? 4 : 2.4;
        // Another shape for each kind: colour alone does not distinguish them for everybody.
        if (kind == 1) {
            painter->drawRect(QRectF(at.x() - radius, at.y() - radius, 2 * radius, 2 * radius));
        } else if (kind >= 2) {
            painter->drawPolygon(QPolygonF(
                {at + QPointF(0, -radius - 1), at + QPointF(radius + 1, radius), at + QPointF(-radius - 1, radius)}));
        } else {
            painter->drawEllipse(at, radius, radius);
        }
    }
}

}  // namespace millrace::desktop
