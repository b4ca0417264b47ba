// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/focus_follower.h"

#include <QtCore/QEvent>

namespace millrace::desktop {

void FocusFollower::setWithin(QQuickItem* within)
{
    if (within == within_) return;
    if (within_) within_->disconnect(this);
    within_ = within;
    if (within_) connect(within_, &QQuickItem::windowChanged, this, &FocusFollower::setWindow);
    setWindow(within_ ? within_->window() : nullptr);
    Q_EMIT withinChanged();
}

void FocusFollower::setWindow(QQuickWindow* window)
{
    if (window == window_) return;
    if (window_) {
        window_->removeEventFilter(this);
        window_->disconnect(this);
    }
    window_ = window;
    if (!window_) return;
    window_->installEventFilter(this);
    connect(window_, &QQuickWindow::activeFocusItemChanged, this, &FocusFollower::onFocusChanged);
}

bool FocusFollower::eventFilter(QObject* watched, QEvent* event)
{
    switch (event->type()) {
        case QEvent::KeyPress:
            byKeys_ = true;
            break;
        case QEvent::MouseButtonPress:
        case QEvent::MouseButtonRelease:
        case QEvent::TouchBegin:
            byKeys_ = false;
            break;
        default:
            break;
    }
    return QObject::eventFilter(watched, event);
}

void FocusFollower::onFocusChanged()
{
    QQuickItem* item = window_->activeFocusItem();
    if (byKeys_ && item && within_ && within_ != item && within_->isAncestorOf(item)) Q_EMIT entered(item);
}

}  // namespace millrace::desktop
