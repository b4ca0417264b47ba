// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/wrap_row.h"

#include <algorithm>

namespace millrace::desktop {

void WrapGroup::report(const WrapRow* row, Fit fit, double height)
{
    members_.insert(row, {fit, height});
    update();
}

void WrapGroup::leave(const WrapRow* row)
{
    if (members_.remove(row)) update();
}

void WrapGroup::update()
{
    Fit least = Fit::Whole;
    double height = 0;
    for (const Member& member : std::as_const(members_)) {
        least = std::max(least, member.fit);
        height = std::max(height, member.height);
    }
    const bool folded = least == Fit::Rest;
    if (folded == folded_ && height == height_) return;
    folded_ = folded;
    height_ = height;
    Q_EMIT changed();
}

WrapRow::WrapRow(QQuickItem* parent) : QQuickItem(parent)
{
    connect(this, &WrapRow::setupChanged, this, &WrapRow::polish);
}

WrapRow::~WrapRow()
{
    if (group_) group_->leave(this);
}

void WrapRow::setGroup(WrapGroup* group)
{
    if (group == group_) return;
    if (group_) {
        group_->disconnect(this);
        group_->leave(this);
    }
    group_ = group;
    if (group_) connect(group_, &WrapGroup::changed, this, &WrapRow::polish);
    polish();
    Q_EMIT groupChanged();
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
    QList<QQuickItem*> shown;
    double whole = -spacing_;
    const auto children = childItems();
    for (QQuickItem* item : children) {
        if (!item->isVisible() || item->width() <= 0) continue;
        shown.append(item);
        whole += item->width() + spacing_;
    }
    using Fit = WrapGroup::Fit;
    const Fit fit = shown.size() < 2 || whole <= width() - firstLess_           ? Fit::Whole
                    : whole - shown.constFirst()->width() - spacing_ <= width() ? Fit::Rest
                                                                                : Fit::Neither;
    const bool folds = group_ ? group_->isFolded() : fit == Fit::Rest;

    double x = 0, y = 0, height = lineHeight_;
    QList<QQuickItem*> line;
    const auto close = [&] {
        for (QQuickItem* item : std::as_const(line)) item->setY(y + (height - item->height()) / 2);
        line.clear();
    };
    for (QQuickItem* item : std::as_const(shown)) {
        const double end = width() - (y == 0 ? firstLess_ : 0);
        const bool second = folds && y == 0 && line.size() == 1;
        if (!line.isEmpty() && (second || x + item->width() > end)) {
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
    if (group_ && width() > 0) group_->report(this, fit, y + height);
    setImplicitHeight(group_ ? std::max(y + height, group_->height()) : y + height);
}

}  // namespace millrace::desktop
