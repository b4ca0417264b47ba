// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/matrix_view.h"

#include <QtGui/QFontMetricsF>
#include <QtGui/QPainter>

#include <algorithm>
#include <cmath>

namespace millrace::desktop {
namespace {
constexpr double kNamesMax = 132;
constexpr double kCellHighMax = 48;
constexpr double kCellWideMax = 84;
}  // namespace

int MatrixView::partCount() const
{
    return static_cast<int>(std::min(shares_.size(), names_.size() * names_.size()));
}

bool MatrixView::isNumbered() const
{
    const QFontMetricsF metrics(font());
    const double wide = areaBeside(namesWidth()).width() / std::max<double>(1, static_cast<double>(names_.size()));
    return std::any_of(names_.begin(), names_.end(),
                       [&](const QString& name) { return metrics.horizontalAdvance(name) > wide - 4; });
}

double MatrixView::namesWidth() const
{
    const QFontMetricsF metrics(font());
    double widest = 0;
    for (const QString& name : names_) widest = std::max(widest, metrics.horizontalAdvance(name));
    return std::min(kNamesMax, std::ceil(widest));
}

double MatrixView::numberWidth() const
{
    return isNumbered() ? std::ceil(QFontMetricsF(font()).horizontalAdvance(QString::number(names_.size()))) + 6 : 0;
}

QRectF MatrixView::area() const
{
    return areaBeside(namesWidth() + numberWidth());
}

QRectF MatrixView::areaBeside(double names) const
{
    const QFontMetricsF metrics(font());
    const auto count = std::max<double>(1, static_cast<double>(names_.size()));
    const double left = names + 10;
    const double top = metrics.height() + 6;
    return {left, top, std::max(0.0, std::min(width() - left - 2, count * kCellWideMax)),
            std::max(0.0, std::min(height() - top - 2, count * kCellHighMax))};
}

QRectF MatrixView::cellOf(int part, const QRectF& box) const
{
    const auto count = static_cast<int>(names_.size());
    const double wide = box.width() / count;
    const double high = box.height() / count;
    return QRectF(box.left() + part % count * wide, box.top() + part / count * high, wide, high)
        .adjusted(1.5, 1.5, -1.5, -1.5);
}

int MatrixView::partAt(const QPointF& point) const
{
    const QRectF box = area();
    if (names_.isEmpty() || !box.contains(point)) return -1;
    const auto count = static_cast<int>(names_.size());
    const int column = std::min(count - 1, static_cast<int>((point.x() - box.left()) / box.width() * count));
    const int row = std::min(count - 1, static_cast<int>((point.y() - box.top()) / box.height() * count));
    return row * count + column;
}

QPointF MatrixView::placeOf(int part) const
{
    const QRectF cell = cellOf(part, area());
    return {cell.center().x(), cell.top()};
}

void MatrixView::paint(QPainter* painter)
{
    const QRectF box = area();
    if (names_.isEmpty() || box.height() <= 0) return;
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setFont(font());
    const QFontMetricsF metrics(font());
    const auto count = static_cast<int>(names_.size());
    const double wide = box.width() / count;
    const double high = box.height() / count;
    // Names that do not fit above their columns are all cut alike; then columns have the numbers of their rows.
    const bool numbered = isNumbered();
    const double numbers = numberWidth();
    for (int i = 0; i < count; ++i) {
        painter->setPen(textColor());
        const QString number = QString::number(i + 1);
        painter->drawText(QRectF(box.left() + i * wide + 2, 0, wide - 4, metrics.height()), Qt::AlignCenter,
                          numbered ? number : names_.at(i));
        const QRectF name(0, box.top() + i * high, box.left() - 8, high);
        painter->drawText(name.adjusted(0, 0, -numbers, 0), Qt::AlignRight | Qt::AlignVCenter,
                          metrics.elidedText(names_.at(i), Qt::ElideMiddle, name.width() - numbers));
        if (numbered) painter->drawText(name, Qt::AlignRight | Qt::AlignVCenter, number);
    }
    for (int i = 0; i < partCount(); ++i) {
        const double share = shares_.at(i);
        const QRectF cell = cellOf(i, box);
        QColor fill = share < 0 ? gridColor() : color_;
        if (share >= 0) fill.setAlphaF(static_cast<float>(0.08 + 0.82 * std::clamp(share, 0.0, 1.0)));
        painter->setPen(current() == i ? QPen(textColor(), 1.5) : QPen(Qt::NoPen));
        painter->setBrush(fill);
        painter->drawRoundedRect(cell, 3, 3);
        const QString text = share < 0 ? QStringLiteral("–") : QString::number(std::lround(100 * share));
        if (cell.height() < metrics.height() || cell.width() < metrics.horizontalAdvance(text) + 2) continue;
        painter->setPen(share > 0.68 ? strongText_ : textColor());
        painter->drawText(cell, Qt::AlignCenter, text);
    }
}

}  // namespace millrace::desktop
