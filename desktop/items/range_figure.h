// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "items/kind_figure.h"

namespace millrace::desktop {

/// A figure with kinds over a span of time or a range, whose ends have words below them.
class RangeFigure : public millrace::desktop::KindFigure {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("base of figures over a range")
    Q_PROPERTY(QString fromText READ fromText WRITE setFromText NOTIFY setupChanged FINAL)
    Q_PROPERTY(QString toText READ toText WRITE setToText NOTIFY setupChanged FINAL)
public:
    using KindFigure::KindFigure;
    QString fromText() const { return fromText_; }
    void setFromText(const QString& text) { set(fromText_, text); }
    QString toText() const { return toText_; }
    void setToText(const QString& text) { set(toText_, text); }

protected:
    QString fromText_;
    QString toText_;
};

}  // namespace millrace::desktop
