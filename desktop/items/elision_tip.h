// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QPointF>
#include <QtCore/QPointer>
#include <QtCore/QTimer>
#include <QtQml/qqmlregistration.h>
#include <QtQuick/QQuickItem>
#include <QtQuick/QQuickWindow>

namespace millrace::desktop {

/// Finds the text under the resting pointer that is cut for want of width, so that a tooltip can show the whole of it.
/// One for a window: no text needs a hover handler or a tooltip, however many there are. A text whose
/// property `hasOtherTip` is true is left out: another tooltip shows there.
///
/// Thread: GUI.   Cost: one walk over the scene each time that the pointer has rested for `delay`.
class ElisionTip : public QObject {
    Q_OBJECT
    QML_ELEMENT
    Q_PROPERTY(QQuickWindow* window READ window WRITE setWindow NOTIFY windowChanged FINAL REQUIRED)
    Q_PROPERTY(int delay MEMBER delay_ NOTIFY windowChanged FINAL)
    Q_PROPERTY(QQuickItem* item READ item NOTIFY itemChanged FINAL)  ///< null: nothing to show
    Q_PROPERTY(QString text READ text NOTIFY itemChanged FINAL)
public:
    explicit ElisionTip(QObject* parent = nullptr);
    QQuickWindow* window() const { return window_; }
    void setWindow(QQuickWindow* window);
    QQuickItem* item() const { return item_; }
    QString text() const { return text_; }
    bool eventFilter(QObject* watched, QEvent* event) override;

Q_SIGNALS:
    void windowChanged();
    void itemChanged();

private:
    void show(QQuickItem* item);

    QPointer<QQuickWindow> window_;
    QPointer<QQuickItem> item_;
    QString text_;
    QPointF at_;
    int delay_ = 500;
    QTimer timer_;
};

}  // namespace millrace::desktop
