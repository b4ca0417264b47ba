// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/plot_pointer.h"

#include <QtGui/QCursor>
#include <QtGui/QHoverEvent>
#include <QtGui/QMouseEvent>
#include <QtGui/QWheelEvent>

#include <algorithm>
#include <cmath>

namespace millrace::desktop {
namespace {

constexpr int kNotch = 120;
constexpr int kFarSteps = 10;  // with Shift

}  // namespace

PlotPointer::PlotPointer(QQuickItem* parent) : QQuickItem(parent)
{
    setAcceptHoverEvents(true);
    setAcceptedMouseButtons(Qt::LeftButton);
    setCursor(Qt::CrossCursor);
}

void PlotPointer::setPlot(TimePlot* plot)
{
    if (plot == plot_) return;
    if (plot_) plot_->disconnect(this);
    plot_ = plot;
    // While live the lines move on under a pointer that rests: the crosshair stays with the pointer.
    if (plot_) {
        connect(plot_, &TimePlot::updated, this, [this] {
            if (hovered_ && isVisible()) plot_->hover(pointedAt_, reach());
        });
    }
    Q_EMIT plotChanged();
}

double PlotPointer::placeOf(const QPointF& point) const
{
    return area_.width() > 0 ? (point.x() - area_.left()) / area_.width() : -1;
}

void PlotPointer::setHovered(bool hovered)
{
    if (hovered == hovered_) return;
    hovered_ = hovered;
    Q_EMIT hoveredChanged();
}

void PlotPointer::point(const QPointF& at)
{
    if (!plot_) return;
    pointedAt_ = placeOf(at);
    const bool over = pointedAt_ >= 0 && pointedAt_ <= 1 && at.y() >= area_.top() && at.y() <= area_.bottom();
    setHovered(over);
    plot_->hover(over ? pointedAt_ : -1, reach());
}

void PlotPointer::hoverEnterEvent(QHoverEvent* event)
{
    point(event->position());
    event->ignore();
}

void PlotPointer::hoverMoveEvent(QHoverEvent* event)
{
    point(event->position());
    event->ignore();
}

void PlotPointer::hoverLeaveEvent(QHoverEvent* event)
{
    setHovered(false);
    if (plot_) plot_->hover(-1);
    event->ignore();
}

void PlotPointer::mousePressEvent(QMouseEvent* event)
{
    Q_EMIT pressed();
    const double at = placeOf(event->position());
    clickIsOver_ = !plot_ || at < 0 || at > 1;
    if (clickIsOver_) {
        event->ignore();
        return;
    }
    pressedAt_ = pointedAt_ = at;
}

void PlotPointer::mouseMoveEvent(QMouseEvent* event)
{
    if (clickIsOver_ || !plot_) return;
    pointedAt_ = std::clamp(placeOf(event->position()), 0.0, 1.0);
    if (!selecting_ && std::abs(pointedAt_ - pressedAt_) * area_.width() >= kDragFromPx) {
        selecting_ = true;
        setKeepMouseGrab(true);  // a page that can be flicked must not take it over
    }
    plot_->hover(pointedAt_, reach());
    if (selecting_) Q_EMIT selectionChanged();
}

void PlotPointer::mouseReleaseEvent(QMouseEvent* event)
{
    if (clickIsOver_ || !plot_) return;
    clickIsOver_ = true;
    if (selecting_) {
        const double from = selectFrom(), to = selectTo();
        stopSelecting();
        plot_->select(from, to);
        point(event->position());
        return;
    }
    TimeView& time = *plot_->session()->time();
    cursorsBefore_[0] = time.cursorAMs();
    cursorsBefore_[1] = time.cursorBMs();
    plot_->pin(pressedAt_, reach());
}

void PlotPointer::mouseDoubleClickEvent(QMouseEvent*)
{
    if (!plot_) return;
    clickIsOver_ = true;
    TimeView& time = *plot_->session()->time();
    time.setCursors(cursorsBefore_[0], cursorsBefore_[1]);  // its first half was no click
    time.zoomBack();
}

void PlotPointer::mouseUngrabEvent()
{
    clickIsOver_ = true;
    stopSelecting();
}

void PlotPointer::stopSelecting()
{
    if (!selecting_) return;
    selecting_ = false;
    setKeepMouseGrab(false);
    Q_EMIT selectionChanged();
}

void PlotPointer::wheelEvent(QWheelEvent* event)
{
    const double at = placeOf(event->position());
    const QPoint angle = event->angleDelta();
    const bool sideways = std::abs(angle.x()) > std::abs(angle.y());
    const bool meant = sideways || (event->modifiers() & (Qt::ControlModifier | Qt::ShiftModifier));
    if (!plot_ || at < 0 || at > 1 || !meant) {
        event->ignore();
        return;
    }
    wheelRest_ += sideways ? angle.x() : angle.y();
    const int steps = wheelRest_ / kNotch;
    wheelRest_ -= steps * kNotch;
    if (steps == 0) return;
    if (sideways || (event->modifiers() & Qt::ShiftModifier)) {
        plot_->session()->time()->pan(-steps);
    } else {
        plot_->wheel(at, steps);
    }
}

bool PlotPointer::takesKey(int key, int modifiers) const
{
    if (modifiers & (Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier)) return false;
    switch (key) {
        case Qt::Key_Left:
        case Qt::Key_Right:
        case Qt::Key_Return:
        case Qt::Key_Enter:
        case Qt::Key_Escape:
        case Qt::Key_Backspace:
        case Qt::Key_Plus:
        case Qt::Key_Equal:
        case Qt::Key_Minus:
        case Qt::Key_L:
            return true;
        default:
            return key >= Qt::Key_0 && key <= Qt::Key_9;
    }
}

bool PlotPointer::key(int key, int modifiers)
{
    if (!plot_ || !plot_->session() || !takesKey(key, modifiers)) return false;
    const int far = modifiers & Qt::ShiftModifier ? kFarSteps : 1;
    const double at = plot_->crosshairX() >= 0 ? plot_->crosshairX() : 0.5;
    switch (key) {
        case Qt::Key_Left:
            plot_->moveCrosshair(-far);
            return true;
        case Qt::Key_Right:
            plot_->moveCrosshair(far);
            return true;
        case Qt::Key_Return:
        case Qt::Key_Enter:
            plot_->pinCrosshair();
            return true;
        case Qt::Key_Escape:
            return plot_->clearCrosshair();
        case Qt::Key_Backspace:
            return plot_->session()->time()->zoomBack();
        case Qt::Key_Plus:
        case Qt::Key_Equal:
            plot_->wheel(at, 1);
            return true;
        case Qt::Key_Minus:
            plot_->wheel(at, -1);
            return true;
        case Qt::Key_L:
            if (plot_->mayBeLog())
                plot_->setProperty("scale", plot_->isLog() ? TimePlot::Linear : TimePlot::Logarithmic);
            return plot_->mayBeLog();
        default:
            plot_->isolate(key - Qt::Key_1);  // 0: all
            return true;
    }
}

}  // namespace millrace::desktop
