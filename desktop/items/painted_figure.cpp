// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/painted_figure.h"

#include <QtGui/QHoverEvent>
#include <QtGui/QKeyEvent>

#include <algorithm>

namespace millrace::desktop {

PaintedFigure::PaintedFigure(QQuickItem* parent) : QQuickPaintedItem(parent)
{
    setAntialiasing(true);
    setAcceptHoverEvents(true);
    setAcceptedMouseButtons(Qt::LeftButton);
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
    QQuickPaintedItem::focusOutEvent(event);
}

}  // namespace millrace::desktop
