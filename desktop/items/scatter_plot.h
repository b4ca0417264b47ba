// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "items/range_figure.h"

namespace millrace::desktop {

/// Points over 0..1 (x) and zero-based milliseconds (y), in the colours and shapes of their kinds.
class ScatterPlot : public millrace::desktop::RangeFigure {
    Q_OBJECT
    QML_ELEMENT
    Q_PROPERTY(QList<double> xs READ xs WRITE setXs NOTIFY setupChanged FINAL)
    Q_PROPERTY(QList<double> ys READ ys WRITE setYs NOTIFY setupChanged FINAL)
public:
    using RangeFigure::RangeFigure;
    QList<double> xs() const { return xs_; }
    void setXs(const QList<double>& xs) { set(xs_, xs); }
    QList<double> ys() const { return ys_; }
    void setYs(const QList<double>& ys) { set(ys_, ys); }

    int partCount() const override;
    int partAt(const QPointF& point) const override;
    QPointF placeOf(int part) const override;
    void paint(QPainter* painter) override;

private:
    double top() const;
    ValueAxis axis() const { return {top(), format::Unit::Milliseconds}; }
    QRectF area() const { return plotArea(axis(), 8); }
    QPointF pointOf(int part, const QRectF& box, double top) const;

    QList<double> xs_;
    QList<double> ys_;
};

}  // namespace millrace::desktop
