// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/load_timeline.h"

#include <QtGui/QFontMetricsF>
#include <QtGui/QPainter>

#include <algorithm>
#include <cmath>

namespace millrace::desktop {
namespace {
constexpr double kNamesMax = 110;
constexpr double kLaneMax = 46;
constexpr double kSpanMin = 3;  // a load of milliseconds is seen in a window of minutes
}  // namespace

int LoadTimeline::partCount() const
{
    return static_cast<int>(std::min({lanes_.size(), begins_.size(), ends_.size(), kinds_.size()}));
}

QRectF LoadTimeline::area() const
{
    const QFontMetricsF metrics(font());
    double widest = 0;
    for (const QString& name : names_) widest = std::max(widest, metrics.horizontalAdvance(name));
    const double left = std::min(kNamesMax, std::ceil(widest)) + 12;
    return {left, 4, std::max(0.0, width() - left - 4), std::max(0.0, height() - 14 - metrics.height())};
}

QRectF LoadTimeline::spanOf(int part, const QRectF& box) const
{
    const double lane = std::min(kLaneMax, box.height() / std::max<double>(1, static_cast<double>(names_.size())));
    const double from = box.left() + std::clamp(begins_.at(part), 0.0, 1.0) * box.width();
    const double to = box.left() + std::clamp(ends_.at(part), 0.0, 1.0) * box.width();
    const double inset = std::max(2.0, lane * 0.2);
    return {std::min(from, box.right() - kSpanMin), box.top() + lane * lanes_.at(part) + inset,
            std::max(kSpanMin, to - from), lane - 2 * inset};
}

int LoadTimeline::partAt(const QPointF& point) const
{
    const QRectF box = area();
    // The last one that is hit: loads lie over what they lead to.
    for (int i = partCount() - 1; i >= 0; --i) {
        if (spanOf(i, box).adjusted(-2, -3, 2, 3).contains(point)) return i;
    }
    return -1;
}

QPointF LoadTimeline::placeOf(int part) const
{
    const QRectF span = spanOf(part, area());
    return {span.center().x(), span.top()};
}

void LoadTimeline::paint(QPainter* painter)
{
    const QRectF box = area();
    if (box.height() <= 0) return;
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setFont(font());
    const QFontMetricsF metrics(font());
    const double lane = std::min(kLaneMax, box.height() / std::max<double>(1, static_cast<double>(names_.size())));
    for (int i = 0; i < names_.size(); ++i) {
        const double y = box.top() + lane * i;
        painter->setPen(textColor());
        painter->drawText(QRectF(0, y, box.left() - 8, lane), Qt::AlignLeft | Qt::AlignVCenter,
                          metrics.elidedText(names_.at(i), Qt::ElideMiddle, box.left() - 10));
        painter->setPen(QPen(gridColor(), 1));
        const double line = std::round(y + lane) + 0.5;
        painter->drawLine(QPointF(0, line), QPointF(box.right(), line));
    }
    const QRectF unknown(box.left(), box.top(), std::clamp(knownFrom_, 0.0, 1.0) * box.width(),
                         lane * static_cast<double>(names_.size()));
    if (unknown.width() >= 1) {
        painter->fillRect(unknown, QBrush(gridColor(), Qt::BDiagPattern));
        const double wide = metrics.horizontalAdvance(unknownText_) + 12;
        const QRectF label(unknown.center().x() - wide / 2, unknown.top() + 4, wide, metrics.height() + 4);
        if (wide <= unknown.width()) {
            painter->setPen(textColor());
            painter->drawText(label, Qt::AlignCenter, unknownText_);
        }
    }
    for (int i = 0; i < partCount(); ++i) {
        if (lanes_.at(i) < 0 || lanes_.at(i) >= names_.size()) continue;
        const QRectF span = spanOf(i, box);
        const int kind = kinds_.at(i);
        QColor fill = colors_.value(kind, textColor());
        if (kind == Warm) fill.setAlphaF(0.3F);
        if (kind == Waiting) {
            painter->setPen(QPen(fill, 1, Qt::DotLine));
            painter->setBrush(Qt::NoBrush);
        } else {
            painter->setPen(Qt::NoPen);
            painter->setBrush(fill);
        }
        painter->drawRoundedRect(span, std::min(3.0, span.width() / 2), std::min(3.0, span.width() / 2));
        if (kind == Failed && span.height() > 6) {
            painter->setPen(QPen(textColor(), 1.2));
            painter->drawLine(span.center() + QPointF(-3, -3), span.center() + QPointF(3, 3));
            painter->drawLine(span.center() + QPointF(3, -3), span.center() + QPointF(-3, 3));
        }
        if (current() == i) {
            painter->setPen(QPen(textColor(), 1.2));
            painter->setBrush(Qt::NoBrush);
            painter->drawRoundedRect(span, 3, 3);
        }
    }
    const double below = box.top() + lane * static_cast<double>(names_.size()) + 6;
    painter->setPen(textColor());
    for (int i = 0; i < std::min(tickPlaces_.size(), tickTexts_.size()); ++i) {
        const double wide = metrics.horizontalAdvance(tickTexts_.at(i)) + 2;
        const double x = box.left() + tickPlaces_.at(i) * box.width() - wide / 2;
        painter->drawText(QRectF(std::clamp(x, box.left(), box.right() - wide), below, wide, metrics.height()),
                          Qt::AlignCenter, tickTexts_.at(i));
    }
}

}  // namespace millrace::desktop
