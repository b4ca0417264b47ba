// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "items/painted_figure.h"

namespace millrace::desktop {

/// A figure whose parts are of kinds, each with a separate colour.
class KindFigure : public millrace::desktop::PaintedFigure {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("base of figures with kinds")
    Q_PROPERTY(QList<int> kinds READ kinds WRITE setKinds NOTIFY setupChanged FINAL)  ///< index into colors
    Q_PROPERTY(QList<QColor> colors READ colors WRITE setColors NOTIFY setupChanged FINAL)
public:
    using PaintedFigure::PaintedFigure;
    QList<int> kinds() const { return kinds_; }
    void setKinds(const QList<int>& kinds) { set(kinds_, kinds); }
    QList<QColor> colors() const { return colors_; }
    void setColors(const QList<QColor>& colors) { set(colors_, colors); }

protected:
    QList<int> kinds_;
    QList<QColor> colors_;
};

}  // namespace millrace::desktop
