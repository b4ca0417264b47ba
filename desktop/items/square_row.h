// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "items/kind_figure.h"

#include <algorithm>

namespace millrace::desktop {

/// A square for each connection: its colour is the state, its strength the age; an idle one is hollow.
/// Squares wrap; what does not fit is counted in the last place.
class SquareRow : public millrace::desktop::KindFigure {
    Q_OBJECT
    QML_ELEMENT
    Q_PROPERTY(QList<double> strengths READ strengths WRITE setStrengths NOTIFY setupChanged FINAL)  ///< 0..1
public:
    static constexpr int kSide = 17;
    static constexpr int kStep = 22;
    using KindFigure::KindFigure;
    QList<double> strengths() const { return strengths_; }
    void setStrengths(const QList<double>& strengths) { set(strengths_, strengths); }

    int partCount() const override { return static_cast<int>(std::min(kinds_.size(), strengths_.size())); }
    int partAt(const QPointF& point) const override;
    QPointF placeOf(int part) const override;
    void paint(QPainter* painter) override;

private:
    int columns() const { return std::max(1, static_cast<int>((width() + kStep - kSide) / kStep)); }
    int lines() const { return std::max(1, static_cast<int>((height() + kStep - kSide) / kStep)); }
    int shown() const;

    QList<double> strengths_;
};

}  // namespace millrace::desktop
