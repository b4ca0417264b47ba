// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/plot_frame.h"

#include <QtCore/QFileInfo>
#include <QtGui/QPainter>

namespace millrace::desktop {

PlotFrame::PlotFrame(QQuickItem* parent) : PaintedItem(parent)
{
    connect(this, &PlotFrame::setupChanged, this, &PlotFrame::redraw);
}

void PlotFrame::setPlot(TimePlot* plot)
{
    if (plot == plot_) return;
    if (plot_) plot_->disconnect(this);
    plot_ = plot;
    if (plot_) connect(plot_, &TimePlot::updated, this, &PlotFrame::refresh);
    Q_EMIT setupChanged();
}

PlotFrame::Content PlotFrame::content() const
{
    Content out;
    out.y = plot_->y();
    if (above_) {
        for (const GoalLine* goal : plot_->goalList()) out.goals.append({goal->value, goal->color});
        out.marks = plot_->marks() + plot_->rowMarks();
    } else {
        const auto ticks = plot_->xTicks();
        for (const TimeTick& tick : ticks) out.ticks.append({tick.at, tick.text});
    }
    return out;
}

void PlotFrame::refresh()
{
    if (plot_ && !(content() == drawn_)) redraw();
}

void PlotFrame::redraw()
{
    if (plot_) {
        drawn_ = content();
        if (!above_) {
            // It does not follow every label, so that the plot does not shift by a pixel or two.
            const double wanted = plot_painter::gutter(*plot_, look_.font);
            if (wanted > gutter_ || wanted < gutter_ - 16) {
                gutter_ = wanted;
                Q_EMIT gutterChanged();
            }
        }
    }
    update();
}

void PlotFrame::paint(QPainter* painter)
{
    if (!plot_ || area_.isEmpty()) return;
    if (above_) {
        plot_painter::paintMarks(*painter, *plot_, area_, look_);
    } else {
        plot_painter::paintGrid(*painter, *plot_, area_, look_);
    }
}

QImage PlotFrame::picture(const QString& title, const QString& source) const
{
    return plot_ ? plot_painter::picture(*plot_, title, source, look_) : QImage();
}

bool PlotFrame::savePicture(const QString& path, const QString& title, const QString& source) const
{
    return !QFileInfo::exists(path) && picture(title, source).save(path, "PNG");
}

}  // namespace millrace::desktop
