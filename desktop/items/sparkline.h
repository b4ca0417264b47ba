// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "viewmodels/session.h"

#include <QtCore/QPointer>
#include <QtGui/QColor>
#include <QtQuick/QQuickPaintedItem>

namespace millrace::desktop {

/// A series of the session as a small line over the shown window, without axes; from its own least to its greatest.
class Sparkline : public QQuickPaintedItem {
    Q_OBJECT
    QML_ELEMENT
    Q_PROPERTY(millrace::desktop::Session* session READ session WRITE setSession NOTIFY setupChanged FINAL REQUIRED)
    Q_PROPERTY(QString series MEMBER series_ NOTIFY setupChanged FINAL)
    Q_PROPERTY(QColor color MEMBER color_ NOTIFY setupChanged FINAL)
    Q_PROPERTY(bool active READ isActive WRITE setActive NOTIFY setupChanged FINAL)
public:
    explicit Sparkline(QQuickItem* parent = nullptr);
    Session* session() const { return session_; }
    void setSession(Session* session);
    bool isActive() const { return active_; }
    void setActive(bool active);
    void paint(QPainter* painter) override;

Q_SIGNALS:
    void setupChanged();

private:
    void refresh();

    QPointer<Session> session_;
    QString series_;
    QColor color_;
    bool active_ = true;
};

}  // namespace millrace::desktop
