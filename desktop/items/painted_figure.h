// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "items/painted_item.h"
#include "items/value_axis.h"

#include <QtCore/QStringList>
#include <QtGui/QColor>
#include <QtGui/QFont>

namespace millrace::desktop {

/// What small painted figures have in common: colours from outside, and parts that the pointer or the arrow keys
/// choose, each with its words.
///
/// Derive: paint(), partCount(), partAt(), placeOf(). The pointer wins over the keys while it is over the item.
class PaintedFigure : public millrace::desktop::PaintedItem {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("base of the painted figures")
    Q_PROPERTY(QColor gridColor READ gridColor WRITE setGridColor NOTIFY setupChanged FINAL)
    Q_PROPERTY(QColor textColor READ textColor WRITE setTextColor NOTIFY setupChanged FINAL)
    Q_PROPERTY(QFont font READ font WRITE setFont NOTIFY setupChanged FINAL)
    Q_PROPERTY(QStringList hints READ hints WRITE setHints NOTIFY setupChanged FINAL)  ///< words of each part
    Q_PROPERTY(int current READ current NOTIFY currentChanged FINAL)                   ///< < 0: none
    Q_PROPERTY(QString currentHint READ currentHint NOTIFY currentChanged FINAL)
    Q_PROPERTY(QString spoken READ spoken NOTIFY setupChanged FINAL)  ///< all parts in words, for a screen reader
    Q_PROPERTY(QPointF currentAt READ currentAt NOTIFY currentChanged FINAL)
public:
    explicit PaintedFigure(QQuickItem* parent = nullptr);

    QColor gridColor() const { return gridColor_; }
    void setGridColor(const QColor& color) { set(gridColor_, color); }
    QColor textColor() const { return textColor_; }
    void setTextColor(const QColor& color) { set(textColor_, color); }
    QFont font() const { return font_; }
    void setFont(const QFont& font) { set(font_, font); }
    QStringList hints() const { return hints_; }
    void setHints(const QStringList& hints) { set(hints_, hints); }
    int current() const { return current_; }
    QString currentHint() const { return hints_.value(current_); }
    QString spoken() const { return hints_.join(QStringLiteral("; ")); }
    QPointF currentAt() const { return currentAt_; }

    virtual int partCount() const = 0;
    virtual int partAt(const QPointF& point) const = 0;  ///< < 0: none
    virtual QPointF placeOf(int part) const = 0;         ///< middle of its upper edge

Q_SIGNALS:
    void currentChanged();

protected:
    void choose(int part);
    /// Within the words of an axis that is so wide and those below; `right`: what stays free there.
    QRectF plotArea(const ValueAxis& axis, double right = 4) const;
    /// The axis, its grid and the font for the words. False: there is nothing to paint in `box`.
    bool paintAxis(QPainter* painter, const ValueAxis& axis, const QRectF& box) const;

    void hoverEnterEvent(QHoverEvent* event) override;
    void hoverMoveEvent(QHoverEvent* event) override;
    void hoverLeaveEvent(QHoverEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;

private:
    QColor gridColor_;
    QColor textColor_;
    QFont font_;
    QStringList hints_;
    int current_ = -1;
    QPointF currentAt_;
};

}  // namespace millrace::desktop
