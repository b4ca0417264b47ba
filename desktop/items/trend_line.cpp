// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/trend_line.h"

#include <QtGui/QPainter>

#include <algorithm>

namespace millrace::desktop {

TrendLine::TrendLine(QQuickItem* parent) : QQuickPaintedItem(parent)
{
    setAntialiasing(true);
    connect(this, &TrendLine::changed, this, [this] { update(); });
}

void TrendLine::setValues(const QList<double>& values)
{
    if (values == values_) return;
    values_ = values;
    Q_EMIT changed();
}

void TrendLine::paint(QPainter* painter)
{
    if (values_.size() < 2 || most_ < 2) return;
    const double highest = std::max(*std::max_element(values_.begin(), values_.end()), 1e-9);
    const double step = width() / (most_ - 1);
    const double begin = width() - step * static_cast<double>(values_.size() - 1);
    QList<QPointF> points;
    for (qsizetype i = 0; i < values_.size(); ++i) {
        const double high = std::clamp(values_.at(i) / highest, 0.0, 1.0);
        points.append({begin + step * static_cast<double>(i), height() - 1 - high * (height() - 2)});
    }
    painter->setPen(QPen(color_, 1.2, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter->drawPolyline(points);
}

}  // namespace millrace::desktop
