// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "series/time_plot.h"

#include <QtCore/QPointer>
#include <QtGui/QColor>
#include <QtQuick/QQuickPaintedItem>

namespace millrace::desktop {

/// What stands around and over the lines of a TimePlot: below them grid and axis words, above them goals and marks.
/// Two of these sandwich the ChartView, which then draws lines only.
class PlotFrame : public QQuickPaintedItem {
    Q_OBJECT
    QML_ELEMENT
    Q_PROPERTY(millrace::desktop::TimePlot* plot READ plot WRITE setPlot NOTIFY setupChanged FINAL REQUIRED)
    Q_PROPERTY(bool above MEMBER above_ NOTIFY setupChanged FINAL)
    Q_PROPERTY(QRectF area MEMBER area_ NOTIFY setupChanged FINAL)  ///< of the lines, within this item
    Q_PROPERTY(QColor gridColor MEMBER gridColor_ NOTIFY setupChanged FINAL)
    Q_PROPERTY(QColor textColor MEMBER textColor_ NOTIFY setupChanged FINAL)
    Q_PROPERTY(QColor haloColor MEMBER haloColor_ NOTIFY setupChanged FINAL)  ///< behind words over lines
    Q_PROPERTY(QColor configColor MEMBER configColor_ NOTIFY setupChanged FINAL)
    Q_PROPERTY(QColor modelColor MEMBER modelColor_ NOTIFY setupChanged FINAL)
    Q_PROPERTY(QColor engineColor MEMBER engineColor_ NOTIFY setupChanged FINAL)
    Q_PROPERTY(QColor badColor MEMBER badColor_ NOTIFY setupChanged FINAL)
    Q_PROPERTY(QFont font MEMBER font_ NOTIFY setupChanged FINAL)
    Q_PROPERTY(double gutter READ gutter NOTIFY gutterChanged FINAL)  ///< width that the y words need
public:
    explicit PlotFrame(QQuickItem* parent = nullptr);
    TimePlot* plot() const { return plot_; }
    void setPlot(TimePlot* plot);
    double gutter() const { return gutter_; }
    void paint(QPainter* painter) override;

Q_SIGNALS:
    void setupChanged();
    void gutterChanged();

private:
    void refresh();
    void paintBelow(QPainter& painter) const;
    void paintAbove(QPainter& painter) const;
    QColor colorOf(const TimePlot::Mark& mark) const;

    QPointer<TimePlot> plot_;
    bool above_ = false;
    QRectF area_;
    QColor gridColor_, textColor_, haloColor_, configColor_, modelColor_, engineColor_, badColor_;
    QFont font_;
    double gutter_ = 0;
};

}  // namespace millrace::desktop
