// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "items/painted_figure.h"

namespace millrace::desktop {

/// Shares of what follows (column) what (row), each a square as strong as its share, with its figure where it fits.
class MatrixView : public millrace::desktop::PaintedFigure {
    Q_OBJECT
    QML_ELEMENT
    Q_PROPERTY(QStringList names READ names WRITE setNames NOTIFY setupChanged FINAL)
    Q_PROPERTY(QList<double> shares READ shares WRITE setShares NOTIFY setupChanged FINAL)  ///< row-major; < 0: unknown
    Q_PROPERTY(QColor color READ color WRITE setColor NOTIFY setupChanged FINAL)
    Q_PROPERTY(QColor strongText READ strongText WRITE setStrongText NOTIFY setupChanged FINAL)  ///< on strong squares
public:
    using PaintedFigure::PaintedFigure;
    QStringList names() const { return names_; }
    void setNames(const QStringList& names) { set(names_, names); }
    QList<double> shares() const { return shares_; }
    void setShares(const QList<double>& shares) { set(shares_, shares); }
    QColor color() const { return color_; }
    void setColor(const QColor& color) { set(color_, color); }
    QColor strongText() const { return strongText_; }
    void setStrongText(const QColor& color) { set(strongText_, color); }

    int partCount() const override;
    int partAt(const QPointF& point) const override;
    QPointF placeOf(int part) const override;
    bool isNumbered() const;  ///< columns have numbers in place of names
    QRectF area() const;      ///< of the squares; the names of rows stand left of it
    void paint(QPainter* painter) override;

private:
    QRectF areaBeside(double names) const;
    double namesWidth() const;
    double numberWidth() const;  ///< of the numbers of rows, which stand after their names; 0: there are none
    QRectF cellOf(int part, const QRectF& box) const;

    QStringList names_;
    QList<double> shares_;
    QColor color_;
    QColor strongText_;
};

}  // namespace millrace::desktop
