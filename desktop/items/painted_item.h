// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtQuick/QQuickPaintedItem>

namespace millrace::desktop {

/// An item that is painted with antialiasing, and whose properties share one notifying signal.
class PaintedItem : public QQuickPaintedItem {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("base of the painted items")
public:
    explicit PaintedItem(QQuickItem* parent = nullptr) : QQuickPaintedItem(parent) { setAntialiasing(true); }

Q_SIGNALS:
    void setupChanged();

protected:
    template <class T>
    void set(T& member, const T& value)
    {
        if (member == value) return;
        member = value;
        Q_EMIT setupChanged();
    }
};

}  // namespace millrace::desktop
