// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/bar_chart.h"

#include <QtGui/QFontMetricsF>
#include <QtGui/QPainter>

#include <algorithm>
#include <cmath>

namespace millrace::desktop {

double BarChart::top() const
{
    const double most = values_.isEmpty() ? 0 : *std::max_element(values_.begin(), values_.end());
    return ValueAxis::topFor(most, 1, format::Unit::Count);
}

QRectF BarChart::barOf(int part) const
{
    const QRectF box = area();
    const double step = box.width() / std::max<double>(1, static_cast<double>(values_.size()));
    const double wide = std::min(step - 2, 72.0);
    const double value = values_.at(part);
    const double high = value > 0 ? std::max(1.5, value / top() * box.height()) : 0;
    return {box.left() + step * (part + 0.5) - wide / 2, box.bottom() - high, wide, high};
}

int BarChart::partAt(const QPointF& point) const
{
    const QRectF box = area();
    if (values_.isEmpty() || box.width() <= 0 || point.x() < box.left() || point.x() >= box.right()) return -1;
    return static_cast<int>((point.x() - box.left()) / box.width() * static_cast<double>(values_.size()));
}

QPointF BarChart::placeOf(int part) const
{
    const QRectF bar = barOf(part);
    return {bar.center().x(), bar.top()};
}

void BarChart::paint(QPainter* painter)
{
    const QRectF box = area();
    if (!paintAxis(painter, axis(), box)) return;
    const QFontMetricsF metrics(font());
    const double step = box.width() / std::max<double>(1, static_cast<double>(values_.size()));
    double widest = 1;
    for (const QString& label : labels_) widest = std::max(widest, metrics.horizontalAdvance(label));
    // Ordered figures drop every n-th word where they do not fit; names are cut instead.
    const bool ordered = labels_.size() > 8;
    const int stride = ordered ? std::max(1, static_cast<int>(std::ceil((widest + 6) / step))) : 1;
    for (int i = 0; i < partCount(); ++i) {
        QColor fill = color_;
        if (current() >= 0 && current() != i) fill.setAlphaF(0.55F);
        painter->setPen(Qt::NoPen);
        painter->setBrush(fill);
        const QRectF bar = barOf(i);
        if (bar.height() > 0)
            painter->drawRoundedRect(bar, std::min(2.0, bar.height() / 2), std::min(2.0, bar.height() / 2));
        if (i % stride != 0 || i >= labels_.size()) continue;
        painter->setPen(textColor());
        const double available = step * stride - 4;
        painter->drawText(
            QRectF(box.left() + step * (i + 0.5) - available / 2, box.bottom() + 6, available, metrics.height()),
            Qt::AlignCenter, metrics.elidedText(labels_.at(i), Qt::ElideRight, available));
    }
}

}  // namespace millrace::desktop
