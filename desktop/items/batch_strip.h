// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "items/range_figure.h"

namespace millrace::desktop {

/// Recent batches from left (oldest) to right (newest): as wide as their time at the backend, as tall as their rows,
/// coloured by their dispatch reason. A batch that failed is struck through.
class BatchStrip : public millrace::desktop::RangeFigure {
    Q_OBJECT
    QML_ELEMENT
    Q_PROPERTY(QList<double> widths READ widths WRITE setWidths NOTIFY setupChanged FINAL)     ///< ms at the backend
    Q_PROPERTY(QList<double> heights READ heights WRITE setHeights NOTIFY setupChanged FINAL)  ///< rows
public:
    static constexpr int kFailed = 100;  ///< added to a kind
    using RangeFigure::RangeFigure;
    QList<double> widths() const { return widths_; }
    void setWidths(const QList<double>& widths) { set(widths_, widths); }
    QList<double> heights() const { return heights_; }
    void setHeights(const QList<double>& heights) { set(heights_, heights); }

    int partCount() const override;
    int partAt(const QPointF& point) const override;
    QPointF placeOf(int part) const override;
    void paint(QPainter* painter) override;

private:
    QRectF area() const { return plotArea(axis()); }
    double top() const;
    ValueAxis axis() const { return {top(), format::Unit::Rows}; }
    QList<QRectF> bars() const;

    QList<double> widths_;
    QList<double> heights_;
};

}  // namespace millrace::desktop
