// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "items/painted_figure.h"

namespace millrace::desktop {

/// Bars side by side over a zero line, each with its word below: histograms and counts by reason.
class BarChart : public millrace::desktop::PaintedFigure {  // whole name: moc passes it on as written
    Q_OBJECT
    QML_ELEMENT
    Q_PROPERTY(QList<double> values READ values WRITE setValues NOTIFY setupChanged FINAL)
    Q_PROPERTY(QStringList labels READ labels WRITE setLabels NOTIFY setupChanged FINAL)
    Q_PROPERTY(QColor color READ color WRITE setColor NOTIFY setupChanged FINAL)
    Q_PROPERTY(QString suffix READ suffix WRITE setSuffix NOTIFY setupChanged FINAL)  ///< unit on the axis
public:
    using PaintedFigure::PaintedFigure;
    QList<double> values() const { return values_; }
    void setValues(const QList<double>& values) { set(values_, values); }
    QStringList labels() const { return labels_; }
    void setLabels(const QStringList& labels) { set(labels_, labels); }
    QColor color() const { return color_; }
    void setColor(const QColor& color) { set(color_, color); }
    QString suffix() const { return suffix_; }
    void setSuffix(const QString& suffix) { set(suffix_, suffix); }

    int partCount() const override { return static_cast<int>(values_.size()); }
    int partAt(const QPointF& point) const override;
    QPointF placeOf(int part) const override;
    void paint(QPainter* painter) override;

private:
    double top() const;
    ValueAxis axis() const { return {top(), format::Unit::Count, suffix_}; }
    QRectF area() const { return plotArea(axis()); }
    QRectF barOf(int part) const;

    QList<double> values_;
    QStringList labels_;
    QColor color_;
    QString suffix_;
};

}  // namespace millrace::desktop
