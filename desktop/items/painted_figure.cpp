// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/painted_figure.h"

#include <QtGui/QFontMetricsF>
#include <QtGui/QHoverEvent>
#include <QtGui/QKeyEvent>

#include <algorithm>

namespace millrace::desktop {

PaintedFigure::PaintedFigure(QQuickItem* parent) : PaintedItem(parent)
{
    setAcceptHoverEvents(true);
    setAcceptedMouseButtons(Qt::LeftButton);
    connect(this, &PaintedFigure::setupChanged, this, [this] {
        if (current_ >= partCount()) choose(-1);
        update();
    });
}

QRectF PaintedFigure::plotArea(const ValueAxis& axis, double right) const
{
    const double left = axis.width(font_);
    const double below = QFontMetricsF(font_).height() + 8;
    return {left, 8, std::max(0.0, width() - left - right), std::max(0.0, height() - 8 - below)};
}

bool PaintedFigure::paintAxis(QPainter* painter, const ValueAxis& axis, const QRectF& box) const
{
    if (box.height() <= 0) return false;
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setFont(font_);
    axis.paint(painter, box, gridColor_, textColor_);
    return true;
}

void PaintedFigure::choose(int part)
{
    const int next = part < partCount() ? part : -1;
    const QPointF at = next < 0 ? QPointF() : placeOf(next);
    if (next == current_ && at == currentAt_) return;
    current_ = next;
    currentAt_ = at;
    Q_EMIT currentChanged();
    update();
}

void PaintedFigure::hoverEnterEvent(QHoverEvent* event)
{
    choose(partAt(event->position()));
}

void PaintedFigure::hoverMoveEvent(QHoverEvent* event)
{
    choose(partAt(event->position()));
}

void PaintedFigure::hoverLeaveEvent(QHoverEvent*)
{
    choose(-1);
}

void PaintedFigure::mousePressEvent(QMouseEvent* event)
{
    forceActiveFocus(Qt::MouseFocusReason);
    choose(partAt(event->position()));
}

void PaintedFigure::keyPressEvent(QKeyEvent* event)
{
    const int step = event->key() == Qt::Key_Right || event->key() == Qt::Key_Down ? 1
                     : event->key() == Qt::Key_Left || event->key() == Qt::Key_Up  ? -1
                                                                                   : 0;
    if (step == 0 || partCount() == 0) {
        if (event->key() == Qt::Key_Escape && current_ >= 0) {
            choose(-1);
            return;
        }
        event->ignore();
        return;
    }
    choose(current_ < 0 ? (step > 0 ? 0 : partCount() - 1) : std::clamp(current_ + step, 0, partCount() - 1));
}

void PaintedFigure::focusOutEvent(QFocusEvent* event)
{
    choose(-1);
    PaintedItem::focusOutEvent(event);
}

}  // namespace millrace::desktop
