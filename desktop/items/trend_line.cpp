// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/trend_line.h"

#include <QtGui/QPainter>

#include <algorithm>

namespace millrace::desktop {
namespace {

constexpr double kLine = 1.2;    // width of the line, and so far from the edges that its ends are whole
constexpr double kLeast = 1e-9;  // greatest value of a row of zeros

}  // namespace

QPolygonF TrendLine::pointsOf(const QList<double>& values, const QSizeF& size)
{
    if (values.size() < 2) return {};
    const double highest = std::max(*std::max_element(values.begin(), values.end()), kLeast);
    const double step = (size.width() - 2 * kLine) / static_cast<double>(values.size() - 1);
    QPolygonF points;
    for (qsizetype i = 0; i < values.size(); ++i) {
        const double high = std::clamp(values.at(i) / highest, 0.0, 1.0);
        points.append({kLine + step * static_cast<double>(i), size.height() - 1 - high * (size.height() - 2)});
    }
    return points;
}

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
    const QPolygonF points = pointsOf(values_, size());
    if (points.isEmpty()) return;
    painter->setPen(QPen(color_, kLine, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter->drawPolyline(points);
}

}  // namespace millrace::desktop
