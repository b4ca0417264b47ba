// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "items/painted_figure.h"

namespace millrace::desktop {

/// Recent batches from left (oldest) to right (newest): as wide as their time at the backend, as tall as their rows,
/// coloured by why they left. A batch that failed is struck through.
class BatchStrip : public millrace::desktop::PaintedFigure {
    Q_OBJECT
    QML_ELEMENT
    Q_PROPERTY(QList<double> widths READ widths WRITE setWidths NOTIFY setupChanged FINAL)     ///< ms at the backend
    Q_PROPERTY(QList<double> heights READ heights WRITE setHeights NOTIFY setupChanged FINAL)  ///< rows
    Q_PROPERTY(QList<int> kinds READ kinds WRITE setKinds NOTIFY setupChanged FINAL)           ///< index into colors
    Q_PROPERTY(QList<QColor> colors READ colors WRITE setColors NOTIFY setupChanged FINAL)
    Q_PROPERTY(QString fromText READ fromText WRITE setFromText NOTIFY setupChanged FINAL)
    Q_PROPERTY(QString toText READ toText WRITE setToText NOTIFY setupChanged FINAL)
public:
    static constexpr int kFailed = 100;  ///< added to a kind
    using PaintedFigure::PaintedFigure;
    QList<double> widths() const { return widths_; }
    void setWidths(const QList<double>& widths) { set(widths_, widths); }
    QList<double> heights() const { return heights_; }
    void setHeights(const QList<double>& heights) { set(heights_, heights); }
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
    QRectF area() const;
    double top() const;
    QList<QRectF> bars() const;

    QList<double> widths_;
    QList<double> heights_;
    QList<int> kinds_;
    QList<QColor> colors_;
    QString fromText_;
    QString toText_;
};

}  // namespace millrace::desktop
