// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/shares_bar.h"

#include <QtGui/QPainter>
#include <QtGui/QPainterPath>

#include <algorithm>
#include <cmath>

namespace millrace::desktop {

SharesBar::SharesBar(QQuickItem* parent) : PaintedItem(parent)
{
    setImplicitSize(120, 8);
    connect(this, &SharesBar::setupChanged, this, [this] { update(); });
}

void SharesBar::paint(QPainter* painter)
{
    painter->setRenderHint(QPainter::Antialiasing);
    QPainterPath outline;
    const double radius = std::min(3.0, height() / 2);
    outline.addRoundedRect(QRectF(0, 0, width(), height()), radius, radius);
    painter->setClipPath(outline);
    painter->fillRect(QRectF(0, 0, width(), height()), track_);
    double x = 0;
    for (qsizetype i = 0; i < std::min(shares_.size(), colors_.size()); ++i) {
        double wide = shares_.at(i) * width();
        if (shares_.at(i) > 0) wide = std::max(wide, 1.5);  // what took any time is seen
        wide = std::min(wide, width() - x);
        painter->fillRect(QRectF(x, 0, wide, height()), colors_.at(i));
        x += wide;
    }
    if (mark_ >= 0) {
        painter->setClipping(false);
        painter->fillRect(QRectF(std::round(mark_ * width()) - 0.5, 0, 1, height()), markColor_);
    }
}

}  // namespace millrace::desktop
