// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/batch_strip.h"

#include <QtGui/QFontMetricsF>
#include <QtGui/QPainter>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace millrace::desktop {

int BatchStrip::partCount() const
{
    return static_cast<int>(std::min({widths_.size(), heights_.size(), kinds_.size()}));
}

double BatchStrip::top() const
{
    const double most = heights_.isEmpty() ? 1 : *std::max_element(heights_.begin(), heights_.end());
    return ValueAxis::topFor(most, 1, format::Unit::Rows);
}

QList<QRectF> BatchStrip::bars() const
{
    const QRectF box = area();
    const int count = partCount();
    QList<QRectF> out;
    if (count == 0 || box.width() <= 0) return out;
    // Every batch keeps a width that can be seen and pointed at; what is left is shared by time at the backend.
    constexpr double kGap = 2;
    const double least = std::clamp(box.width() / count / 3 - kGap, 1.0, 10.0);
    const double total = std::accumulate(widths_.begin(), widths_.begin() + count, 0.0);
    const double spare = std::max(0.0, box.width() - count * (least + kGap));
    const double most = top();
    double x = box.left();
    for (int i = 0; i < count; ++i) {
        const double wide = least + (total > 0 ? std::min(spare * widths_.at(i) / total, 64.0) : 0);
        const double high = std::max(2.0, heights_.at(i) / most * box.height());
        out.append(QRectF(x, box.bottom() - high, wide, high));
        x += wide + kGap;
    }
    // The newest is at the right edge.
    const double shift = box.right() - (x - kGap);
    for (QRectF& bar : out) bar.translate(shift, 0);
    return out;
}

int BatchStrip::partAt(const QPointF& point) const
{
    const QList<QRectF> all = bars();
    for (int i = 0; i < all.size(); ++i) {
        if (point.x() >= all.at(i).left() - 1 && point.x() < all.at(i).right() + 1) return i;
    }
    return -1;
}

QPointF BatchStrip::placeOf(int part) const
{
    const QRectF bar = bars().value(part);
    return {bar.center().x(), bar.top()};
}

void BatchStrip::paint(QPainter* painter)
{
    const QRectF box = area();
    if (!paintAxis(painter, axis(), box)) return;
    const QFontMetricsF metrics(font());
    const QList<QRectF> all = bars();
    for (int i = 0; i < all.size(); ++i) {
        const int kind = kinds_.at(i);
        QColor fill = colors_.value(kind % kFailed, textColor());
        if (current() >= 0 && current() != i) fill.setAlphaF(0.5F);
        painter->setPen(Qt::NoPen);
        painter->setBrush(fill);
        painter->drawRoundedRect(all.at(i), 1.5, 1.5);
        if (kind < kFailed) continue;
        painter->setPen(QPen(textColor(), 1.5));
        painter->drawLine(all.at(i).topLeft(), all.at(i).bottomRight());
    }
    painter->setPen(textColor());
    const double first = all.isEmpty() ? box.left() : all.constFirst().left();
    painter->drawText(QRectF(std::min(first, box.right() - 140), box.bottom() + 6, 120, metrics.height()),
                      Qt::AlignLeft, fromText_);
    painter->drawText(QRectF(box.right() - 120, box.bottom() + 6, 120, metrics.height()), Qt::AlignRight, toText_);
}

}  // namespace millrace::desktop
