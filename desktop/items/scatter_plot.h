// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "items/painted_figure.h"

namespace millrace::desktop {

/// Points over 0..1 (x) and zero-based milliseconds (y), in the colours and shapes of their kinds.
class ScatterPlot : public millrace::desktop::PaintedFigure {
    Q_OBJECT
    QML_ELEMENT
    Q_PROPERTY(QList<double> xs READ xs WRITE setXs NOTIFY setupChanged FINAL)
    Q_PROPERTY(QList<double> ys READ ys WRITE setYs NOTIFY setupChanged FINAL)
    Q_PROPERTY(QList<int> kinds READ kinds WRITE setKinds NOTIFY setupChanged FINAL)
    Q_PROPERTY(QList<QColor> colors READ colors WRITE setColors NOTIFY setupChanged FINAL)
    Q_PROPERTY(QString fromText READ fromText WRITE setFromText NOTIFY setupChanged FINAL)
    Q_PROPERTY(QString toText READ toText WRITE setToText NOTIFY setupChanged FINAL)
public:
    using PaintedFigure::PaintedFigure;
    QList<double> xs() const { return xs_; }
    void setXs(const QList<double>& xs) { set(xs_, xs); }
    QList<double> ys() const { return ys_; }
    void setYs(const QList<double>& ys) { set(ys_, ys); }
    QList<int> kinds() const { return kinds_; }
    void setKinds(const QList<int>& kinds) { set(kinds_, kinds); }
    QList<QColor> colors() const { return colors_; }
    void setColors(const QList<QColor>& colors) { set(colors_, colors); }
    QString fromText() const { return fromText_; }
    void setFromText(const QString& text) { set(fromText_, text); }
    QString toText() const { return toText_; }
    void setToText(const QString& text) { set(toText_, text); }

    int partCount() const override;
    int partAt(const QPointF& point) const override;
    QPointF placeOf(int part) const override;
    void paint(QPainter* painter) override;

private:
    double top() const;
    QRectF area() const;
    QPointF pointOf(int part, const QRectF& box, double top) const;

    QList<double> xs_;
    QList<double> ys_;
    QList<int> kinds_;
    QList<QColor> colors_;
    QString fromText_;
    QString toText_;
};

}  // namespace millrace::desktop
