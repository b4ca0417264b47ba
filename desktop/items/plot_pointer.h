// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "series/time_plot.h"

#include <QtCore/QPointer>
#include <QtQuick/QQuickItem>

namespace millrace::desktop {

/// Pointer and keys of a chart: lies over the ChartView, draws nothing, and never touches it.
///
/// Moving: the crosshair of all charts. Click: cursor A, then B. Drag: zoom. Double click: back. Ctrl and the
/// wheel: the window; Shift, or sideways: through time; the wheel alone scrolls the page below. Hover events are passed
/// on (the card shows its tools).
class PlotPointer : public QQuickItem {
    Q_OBJECT
    QML_ELEMENT
    Q_PROPERTY(millrace::desktop::TimePlot* plot READ plot WRITE setPlot NOTIFY plotChanged FINAL REQUIRED)
    Q_PROPERTY(QRectF area MEMBER area_ NOTIFY plotChanged FINAL)        ///< of the lines, within this item
    Q_PROPERTY(bool hovered READ isHovered NOTIFY hoveredChanged FINAL)  ///< the pointer is over the lines
    Q_PROPERTY(bool selecting READ isSelecting NOTIFY selectionChanged FINAL)
    Q_PROPERTY(double selectFrom READ selectFrom NOTIFY selectionChanged FINAL)  ///< 0..1 of the area, from <= to
    Q_PROPERTY(double selectTo READ selectTo NOTIFY selectionChanged FINAL)
public:
    static constexpr double kReachPx = 5;     ///< how near an event has to be to catch the crosshair
    static constexpr double kDragFromPx = 6;  ///< less is a click

    explicit PlotPointer(QQuickItem* parent = nullptr);
    TimePlot* plot() const { return plot_; }
    void setPlot(TimePlot* plot);
    bool isHovered() const { return hovered_; }
    bool isSelecting() const { return selecting_; }
    double selectFrom() const { return std::min(pressedAt_, pointedAt_); }
    double selectTo() const { return std::max(pressedAt_, pointedAt_); }

    /// A key on the chart that has the focus. False: it means nothing here.
    Q_INVOKABLE bool key(int key, int modifiers);
    Q_INVOKABLE bool takesKey(int key, int modifiers) const;

Q_SIGNALS:
    void plotChanged();
    void hoveredChanged();
    void selectionChanged();
    void pressed();

protected:
    void hoverEnterEvent(QHoverEvent* event) override;
    void hoverMoveEvent(QHoverEvent* event) override;
    void hoverLeaveEvent(QHoverEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void mouseUngrabEvent() override;
    void wheelEvent(QWheelEvent* event) override;

private:
    double placeOf(const QPointF& point) const;  ///< 0..1 of the area, beyond it outside
    double reach() const { return area_.width() > 0 ? kReachPx / area_.width() : 0; }
    void point(const QPointF& at);
    void setHovered(bool hovered);
    void stopSelecting();

    QPointer<TimePlot> plot_;
    QRectF area_;
    bool hovered_ = false;
    bool selecting_ = false;
    bool clickIsOver_ = true;  // what is released next is not a click
    double pointedAt_ = -1;
    double pressedAt_ = -1;
    qint64 cursorsBefore_[2] = {0, 0};  // of the click that may become a double click
    int wheelRest_ = 0;
};

}  // namespace millrace::desktop
