// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QPointer>
#include <QtQml/qqmlregistration.h>
#include <QtQuick/QQuickItem>
#include <QtQuick/QQuickWindow>

namespace millrace::desktop {

/// Reports when the keyboard moves the focus to an item within another one, so that what scrolls can bring it into
/// sight. A press of the mouse does not count: what was pressed is in sight, and must not move under the pointer.
///
/// Thread: GUI.
class FocusFollower : public QObject {
    Q_OBJECT
    QML_ELEMENT
    Q_PROPERTY(QQuickItem* within READ within WRITE setWithin NOTIFY withinChanged FINAL REQUIRED)
public:
    using QObject::QObject;
    QQuickItem* within() const { return within_; }
    void setWithin(QQuickItem* within);
    bool eventFilter(QObject* watched, QEvent* event) override;

Q_SIGNALS:
    void withinChanged();
    void entered(QQuickItem* item);

private:
    void setWindow(QQuickWindow* window);
    void onFocusChanged();

    QPointer<QQuickItem> within_;
    QPointer<QQuickWindow> window_;
    bool byKeys_ = false;  // the newest input came from there
};

}  // namespace millrace::desktop
