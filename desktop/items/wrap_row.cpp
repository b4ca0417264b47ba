// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/wrap_row.h"

#include <algorithm>

namespace millrace::desktop {

WrapRow::WrapRow(QQuickItem* parent) : QQuickItem(parent)
{
    connect(this, &WrapRow::setupChanged, this, &WrapRow::polish);
}

void WrapRow::componentComplete()
{
    QQuickItem::componentComplete();
    polish();
}

void WrapRow::itemChange(ItemChange change, const ItemChangeData& data)
{
    QQuickItem::itemChange(change, data);
    if (change == ItemChildAddedChange) {
        for (const auto signal : {&QQuickItem::widthChanged, &QQuickItem::heightChanged, &QQuickItem::visibleChanged})
            connect(data.item, signal, this, &WrapRow::polish);
        polish();
    } else if (change == ItemChildRemovedChange) {
        data.item->disconnect(this);
        polish();
    }
}

void WrapRow::geometryChange(const QRectF& newGeometry, const QRectF& oldGeometry)
{
    QQuickItem::geometryChange(newGeometry, oldGeometry);
    if (newGeometry.width() != oldGeometry.width()) polish();
}

void WrapRow::updatePolish()
{
    double x = 0, y = 0, height = lineHeight_;
    QList<QQuickItem*> line;
    const auto close = [&] {
        for (QQuickItem* item : line) item->setY(y + (height - item->height()) / 2);
        line.clear();
    };
    const auto children = childItems();
    for (QQuickItem* item : children) {
        if (!item->isVisible() || item->width() <= 0) continue;
        const double end = width() - (y == 0 ? firstLess_ : 0);
        if (!line.isEmpty() && x + item->width() > end) {
            close();
            y += height;
            x = 0;
            height = lineHeight_;
        }
        item->setX(x);
        x += item->width() + spacing_;
        height = std::max(height, item->height());
        line.append(item);
    }
    close();
    setImplicitHeight(y + height);
}

}  // namespace millrace::desktop
