// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QList>
#include <QtGui/QColor>
#include <QtGui/QPolygonF>
#include <QtQuick/QQuickPaintedItem>

namespace millrace::desktop {

/// A few values as a small line from zero to their greatest, over the whole width, the newest at the right; for a cell
/// of a table.
class TrendLine : public QQuickPaintedItem {
    Q_OBJECT
    QML_ELEMENT
    Q_PROPERTY(QList<double> values READ values WRITE setValues NOTIFY changed FINAL)
    Q_PROPERTY(QColor color MEMBER color_ NOTIFY changed FINAL)
public:
    explicit TrendLine(QQuickItem* parent = nullptr);
    QList<double> values() const { return values_; }
    void setValues(const QList<double>& values);
    void paint(QPainter* painter) override;
    static QPolygonF pointsOf(const QList<double>& values, const QSizeF& size);

Q_SIGNALS:
    void changed();

private:
    QList<double> values_;
    QColor color_;
};

}  // namespace millrace::desktop
