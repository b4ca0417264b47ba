// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/square_row.h"

#include <QtGui/QPainter>

#include <algorithm>

namespace millrace::desktop {

int SquareRow::shown() const
{
    const int capacity = columns() * lines();
    return partCount() <= capacity ? partCount() : std::max(0, capacity - 2);  // two places for how many more there are
}

int SquareRow::partAt(const QPointF& point) const
{
    const int column = static_cast<int>(point.x()) / kStep;
    const int line = static_cast<int>(point.y()) / kStep;
    if (point.x() < 0 || point.y() < 0 || column >= columns()) return -1;
    const int part = line * columns() + column;
    return part < shown() ? part : -1;
}

QPointF SquareRow::placeOf(int part) const
{
    return {part % columns() * kStep + kSide / 2.0, static_cast<double>(part / columns() * kStep)};
}

void SquareRow::paint(QPainter* painter)
{
    painter->setRenderHint(QPainter::Antialiasing);
    const int count = shown();
    for (int i = 0; i < count; ++i) {
        const int kind = kinds_.at(i);
        QColor color = colors_.value(kind, textColor());
        color.setAlphaF(static_cast<float>(0.4 + 0.6 * std::clamp(strengths_.at(i), 0.0, 1.0)));
        const QRectF box(i % columns() * kStep + 0.5, i / columns() * kStep + 0.5, kSide - 1, kSide - 1);
        const bool hollow = kind == 1;
        painter->setPen(QPen(color, 1.2));
        if (hollow) color.setAlphaF(color.alphaF() * 0.55F);
        painter->setBrush(color);
        painter->drawRoundedRect(box, 3, 3);
        if (current() == i) {
            painter->setPen(QPen(textColor(), 1.5));
            painter->setBrush(Qt::NoBrush);
            painter->drawRoundedRect(box, 3, 3);
        }
    }
    if (count < partCount()) {
        painter->setFont(font());
        painter->setPen(textColor());
        painter->drawText(QRectF(count % columns() * kStep, count / columns() * kStep, 2 * kStep, kSide),
                          Qt::AlignLeft | Qt::AlignVCenter, QStringLiteral("+%1").arg(partCount() - count));
    }
}

}  // namespace millrace::desktop
