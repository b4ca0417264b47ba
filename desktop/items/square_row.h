// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "items/painted_figure.h"

#include <algorithm>

namespace millrace::desktop {

/// A square for each connection: its colour is the state, its strength the age; an idle one is hollow.
/// Squares wrap; what does not fit is counted in the last place.
class SquareRow : public millrace::desktop::PaintedFigure {
    Q_OBJECT
    QML_ELEMENT
    Q_PROPERTY(QList<int> kinds READ kinds WRITE setKinds NOTIFY setupChanged FINAL)  ///< index into colors
    Q_PROPERTY(QList<double> strengths READ strengths WRITE setStrengths NOTIFY setupChanged FINAL)  ///< 0..1
    Q_PROPERTY(QList<QColor> colors READ colors WRITE setColors NOTIFY setupChanged FINAL)
public:
    static constexpr int kSide = 17;
    static constexpr int kStep = 22;
    using PaintedFigure::PaintedFigure;
    QList<int> kinds() const { return kinds_; }
    void setKinds(const QList<int>& kinds) { set(kinds_, kinds); }
    QList<double> strengths() const { return strengths_; }
    void setStrengths(const QList<double>& strengths) { set(strengths_, strengths); }
    QList<QColor> colors() const { return colors_; }
    void setColors(const QList<QColor>& colors) { set(colors_, colors); }

    int partCount() const override { return static_cast<int>(std::min(kinds_.size(), strengths_.size())); }
    int partAt(const QPointF& point) const override;
    QPointF placeOf(int part) const override;
    void paint(QPainter* painter) override;

private:
    int columns() const { return std::max(1, static_cast<int>((width() + kStep - kSide) / kStep)); }
    int lines() const { return std::max(1, static_cast<int>((height() + kStep - kSide) / kStep)); }
    int shown() const;

    QList<int> kinds_;
    QList<double> strengths_;
    QList<QColor> colors_;
};

}  // namespace millrace::desktop
