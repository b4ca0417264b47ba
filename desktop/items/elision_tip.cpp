// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/elision_tip.h"

#include <QtGui/QMouseEvent>

#include <algorithm>

namespace millrace::desktop {
namespace {

bool holds(const QQuickItem& item, const QPointF& scene)
{
    return item.contains(item.mapFromScene(scene));
}

bool isCut(const QQuickItem& item)
{
    return item.inherits("QQuickText") && item.property("truncated").toBool() && !item.property("hasOtherTip").toBool();
}

// The topmost text at a point of the scene, in the order of painting. What a popup covers is not looked at.
QQuickItem* textAt(QQuickItem* item, const QPointF& scene, bool& covered)
{
    if (!item->isVisible() || item->opacity() <= 0) return nullptr;
    if (item->clip() && !holds(*item, scene)) return nullptr;
    QList<QQuickItem*> children = item->childItems();
    std::stable_sort(children.begin(), children.end(),
                     [](const QQuickItem* a, const QQuickItem* b) { return a->z() < b->z(); });
    for (auto child = children.crbegin(); child != children.crend(); ++child) {
        if (QQuickItem* found = textAt(*child, scene, covered)) return found;
        if (covered) return nullptr;
    }
    if (item->inherits("QQuickPopupItem") && holds(*item, scene)) covered = true;
    return isCut(*item) && holds(*item, scene) ? item : nullptr;
}

}  // namespace

ElisionTip::ElisionTip(QObject* parent) : QObject(parent)
{
    timer_.setSingleShot(true);
    connect(&timer_, &QTimer::timeout, this, [this] {
        bool covered = false;
        if (window_) show(textAt(window_->contentItem(), at_, covered));
    });
}

void ElisionTip::setWindow(QQuickWindow* window)
{
    if (window == window_) return;
    if (window_) window_->removeEventFilter(this);
    window_ = window;
    if (window_) window_->installEventFilter(this);
    Q_EMIT windowChanged();
}

bool ElisionTip::eventFilter(QObject* watched, QEvent* event)
{
    switch (event->type()) {
        case QEvent::MouseMove: {
            const auto* move = static_cast<QMouseEvent*>(event);
            at_ = move->scenePosition();
            if (item_ && holds(*item_, at_)) break;
            show(nullptr);
            if (move->buttons() == Qt::NoButton) timer_.start(delay_);
            break;
        }
        case QEvent::MouseButtonPress:
        case QEvent::Wheel:
        case QEvent::Leave:
        case QEvent::KeyPress:  // it may open another page, or scroll
        case QEvent::FocusOut:
        case QEvent::Hide:
            timer_.stop();
            show(nullptr);
            break;
        default:
            break;
    }
    return QObject::eventFilter(watched, event);
}

void ElisionTip::show(QQuickItem* item)
{
    if (item == item_ && (item || text_.isEmpty())) return;
    if (item_) disconnect(item_, nullptr, this, nullptr);
    item_ = item;
    if (item_) {
        const auto hide = [this] { show(nullptr); };
        connect(item_, &QQuickItem::visibleChanged, this, hide);
        connect(item_, &QObject::destroyed, this, hide);
    }
    text_ = item ? item->property("text").toString() : QString();
    Q_EMIT itemChanged();
}

}  // namespace millrace::desktop
