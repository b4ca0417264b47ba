// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/plot_frame.h"

#include <QtGui/QFontMetricsF>
#include <QtGui/QPainter>

#include <cmath>

namespace millrace::desktop {

PlotFrame::PlotFrame(QQuickItem* parent) : QQuickPaintedItem(parent)
{
    setAntialiasing(true);
    connect(this, &PlotFrame::setupChanged, this, &PlotFrame::refresh);
}

void PlotFrame::setPlot(TimePlot* plot)
{
    if (plot == plot_) return;
    if (plot_) plot_->disconnect(this);
    plot_ = plot;
    if (plot_) connect(plot_, &TimePlot::updated, this, &PlotFrame::refresh);
    Q_EMIT setupChanged();
}

void PlotFrame::refresh()
{
    if (plot_ && !above_) {
        const QFontMetricsF metrics(font_);
        double widest = 0;
        for (const double tick : plot_->yTicks()) {
            widest = std::max(widest, metrics.horizontalAdvance(format::axis(tick, plot_->formatUnit())));
        }
        // In steps, so that the plot does not shift by a pixel or two with every new label.
        const double wanted = std::ceil((widest + 8) / 8) * 8;
        if (wanted > gutter_ || wanted < gutter_ - 16) {
            gutter_ = wanted;
            Q_EMIT gutterChanged();
        }
    }
    update();
}

void PlotFrame::paint(QPainter* painter)
{
    if (!plot_ || area_.isEmpty()) return;
    painter->setFont(font_);
    if (above_) {
        paintAbove(*painter);
    } else {
        paintBelow(*painter);
    }
}

void PlotFrame::paintBelow(QPainter& painter) const
{
    const QFontMetricsF metrics(font_);
    const double range = plot_->top() - plot_->bottom();
    for (const double tick : plot_->yTicks()) {
        const double y = std::round(area_.bottom() - (tick - plot_->bottom()) / range * area_.height()) + 0.5;
        painter.setPen(QPen(gridColor_, 1));
        painter.drawLine(QPointF(area_.left(), y), QPointF(area_.right(), y));
        painter.setPen(textColor_);
        const QRectF box(0, y - metrics.height() / 2, area_.left() - 8, metrics.height());
        painter.drawText(box, Qt::AlignRight | Qt::AlignVCenter, format::axis(tick, plot_->formatUnit()));
    }
    painter.setPen(textColor_);
    // Every n-th word counted from now, so that what is written is evenly spaced.
    const QList<TimePlot::XTick> ticks = plot_->xTicks();
    double widest = 0;
    for (const TimePlot::XTick& tick : ticks) widest = std::max(widest, metrics.horizontalAdvance(tick.text));
    const double step = area_.width() / std::max<double>(1, static_cast<double>(ticks.size() - 1));
    const auto stride = std::max<qsizetype>(1, static_cast<qsizetype>(std::ceil((widest + 14) / std::max(1.0, step))));
    for (qsizetype i = 0; i < ticks.size(); ++i) {
        if ((ticks.size() - 1 - i) % stride != 0) continue;
        const TimePlot::XTick& tick = ticks.at(i);
        const double width = metrics.horizontalAdvance(tick.text) + 2;
        const double x = area_.left() + tick.at * area_.width() - width / 2;
        painter.drawText(
            QRectF(std::clamp(x, area_.left() - 8, area_.right() - width), area_.bottom() + 6, width, metrics.height()),
            Qt::AlignCenter, tick.text);
    }
}

void PlotFrame::paintAbove(QPainter& painter) const
{
    painter.setRenderHint(QPainter::Antialiasing);
    const QFontMetricsF metrics(font_);
    const double range = plot_->top() - plot_->bottom();
    for (const GoalLine* goal : plot_->goalList()) {
        if (goal->value < plot_->bottom() || goal->value > plot_->top()) continue;
        const double y = std::round(area_.bottom() - (goal->value - plot_->bottom()) / range * area_.height()) + 0.5;
        QPen pen(goal->color, 1, Qt::CustomDashLine);
        pen.setDashPattern({4, 4});
        painter.setPen(pen);
        painter.drawLine(QPointF(area_.left(), y), QPointF(area_.right(), y));
        const double width = metrics.horizontalAdvance(goal->label) + 8;
        const bool fitsAbove = y - metrics.height() - 1 >= area_.top();
        const QRectF box(area_.right() - width - 2, fitsAbove ? y - metrics.height() - 1 : y + 1, width,
                         metrics.height());
        QColor halo = haloColor_;
        halo.setAlphaF(0.85F);
        painter.setPen(Qt::NoPen);
        painter.setBrush(halo);
        painter.drawRoundedRect(box, 3, 3);
        painter.setPen(goal->color);
        painter.drawText(box, Qt::AlignCenter, goal->label);
    }
    for (const TimePlot::Mark& mark : plot_->marks()) {
        const double x = std::round(area_.left() + mark.at * area_.width()) + 0.5;
        const QColor color = colorOf(mark);
        if (mark.kind == Annotation::Kind::Model) {
            // Models come and go often: a notch, so that the lines stay readable.
            painter.setPen(QPen(color, 1.5));
            painter.drawLine(QPointF(x, area_.bottom()), QPointF(x, area_.bottom() - 4));
            continue;
        }
        painter.setPen(QPen(color, 1.5, mark.bad ? Qt::DashLine : Qt::SolidLine));
        painter.drawLine(QPointF(x, area_.top()), QPointF(x, area_.bottom()));
        painter.setPen(Qt::NoPen);
        painter.setBrush(color);
        if (mark.bad) {
            painter.drawRect(QRectF(x - 3, area_.top() - 3, 6, 6));
        } else {
            painter.drawEllipse(QPointF(x, area_.top()), 3, 3);
        }
    }
}

QColor PlotFrame::colorOf(const TimePlot::Mark& mark) const
{
    if (mark.bad) return badColor_;
    switch (mark.kind) {
        case Annotation::Kind::Config:
            return configColor_;
        case Annotation::Kind::Model:
            return modelColor_;
        default:
            return engineColor_;
    }
}

}  // namespace millrace::desktop
