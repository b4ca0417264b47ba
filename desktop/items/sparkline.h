// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "items/painted_item.h"
#include "series/timeline.h"

#include <QtCore/QPointer>
#include <QtGui/QColor>

namespace millrace::desktop {

/// A series as a small line over the shown span, without axes. Zero is at the bottom; the top is the greatest value, of
/// a share 100 %: a constant stands where it belongs.
class Sparkline : public millrace::desktop::PaintedItem {
    Q_OBJECT
    QML_ELEMENT
    Q_PROPERTY(millrace::desktop::Timeline* session READ session WRITE setSession NOTIFY setupChanged FINAL REQUIRED)
    Q_PROPERTY(QString series MEMBER series_ NOTIFY setupChanged FINAL)
    Q_PROPERTY(QColor color MEMBER color_ NOTIFY setupChanged FINAL)
    Q_PROPERTY(bool active READ isActive WRITE setActive NOTIFY setupChanged FINAL)
public:
    explicit Sparkline(QQuickItem* parent = nullptr);
    Timeline* session() const { return session_; }
    void setSession(Timeline* session);
    bool isActive() const { return active_; }
    void setActive(bool active) { set(active_, active); }
    void paint(QPainter* painter) override;

    /// The value at the upper edge.
    static double topFor(double most, bool share);

private:
    void onRange();
    void refresh();

    QPointer<Timeline> session_;
    QString series_;
    QColor color_;
    bool active_ = true;
    TimeSpan drawn_;
};

}  // namespace millrace::desktop
