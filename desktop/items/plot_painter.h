// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "series/time_plot.h"

#include <QtCore/QRectF>
#include <QtGui/QColor>
#include <QtGui/QFont>
#include <QtGui/QImage>

QT_FORWARD_DECLARE_CLASS(QPainter)

namespace millrace::desktop {

/// Colours and font of a plot, as the theme has them.
struct PlotLook {
    QColor ground, grid, text, strongText, config, model, engine, warning, error;
    QFont font;
};

/// Draws what stands around the lines of a TimePlot, and the lines as well where no ChartView does: on the screen two
/// layers sandwich the ChartView, in a picture that is saved everything is drawn here. No state.
namespace plot_painter {

double gutter(const TimePlot& plot, const QFont& font);  ///< width of the words of the y axis
/// Where the lines are within a plot of this size.
QRectF linesArea(const QSizeF& size, double gutter);
/// Which ticks of the x axis have their word, and where it begins: evenly spaced ones, all of which fit.
struct TickWord {
    qsizetype tick;
    double left;
};
QList<TickWord> tickWords(const QList<TimeTick>& ticks, const QList<double>& widths, const QRectF& area);
void paintGrid(QPainter& painter, const TimePlot& plot, const QRectF& area, const PlotLook& look);
void paintLines(QPainter& painter, const TimePlot& plot, const QRectF& area);
void paintMarks(QPainter& painter, const TimePlot& plot, const QRectF& area, const PlotLook& look);

/// A picture to hand on: opaque, with title, legend, unit, span and where it comes from.
QImage picture(const TimePlot& plot, const QString& title, const QString& source, const PlotLook& look);

}  // namespace plot_painter

}  // namespace millrace::desktop
