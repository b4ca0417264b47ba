// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "items/painted_item.h"

#include <QtGui/QColor>

namespace millrace::desktop {

/// A bar cut into coloured shares of its width; what the shares leave is track.
class SharesBar : public millrace::desktop::PaintedItem {
    Q_OBJECT
    QML_ELEMENT
    Q_PROPERTY(QList<double> shares READ shares WRITE setShares NOTIFY setupChanged FINAL)
    Q_PROPERTY(QList<QColor> colors READ colors WRITE setColors NOTIFY setupChanged FINAL)
    Q_PROPERTY(QColor track READ track WRITE setTrack NOTIFY setupChanged FINAL)
    Q_PROPERTY(double mark READ mark WRITE setMark NOTIFY setupChanged FINAL)  ///< 0..1: a tick over the bar; < 0: none
    Q_PROPERTY(QColor markColor READ markColor WRITE setMarkColor NOTIFY setupChanged FINAL)
public:
    explicit SharesBar(QQuickItem* parent = nullptr);
    QList<double> shares() const { return shares_; }
    void setShares(const QList<double>& shares) { set(shares_, shares); }
    QList<QColor> colors() const { return colors_; }
    void setColors(const QList<QColor>& colors) { set(colors_, colors); }
    QColor track() const { return track_; }
    void setTrack(const QColor& track) { set(track_, track); }
    double mark() const { return mark_; }
    void setMark(double mark) { set(mark_, mark); }
    QColor markColor() const { return markColor_; }
    void setMarkColor(const QColor& color) { set(markColor_, color); }
    void paint(QPainter* painter) override;

private:
    QList<double> shares_;
    QList<QColor> colors_;
    QColor track_;
    double mark_ = -1;
    QColor markColor_;
};

}  // namespace millrace::desktop
