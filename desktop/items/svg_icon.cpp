// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/svg_icon.h"

#include <QtCore/QBuffer>
#include <QtCore/QFile>
#include <QtGui/QImageReader>
#include <QtGui/QPainter>
#include <QtQuick/QQuickWindow>

#include <cmath>

namespace millrace::desktop {

SvgIcon::SvgIcon(QQuickItem* parent) : QQuickPaintedItem(parent)
{
    setImplicitSize(18, 18);
    setAntialiasing(true);
}

void SvgIcon::setName(const QString& name)
{
    if (name == name_) return;
    name_ = name;
    Q_EMIT nameChanged();
    update();
}

void SvgIcon::setColor(const QColor& color)
{
    if (color == color_) return;
    color_ = color;
    Q_EMIT colorChanged();
    update();
}

void SvgIcon::paint(QPainter* painter)
{
    if (name_.isEmpty()) return;
    QFile file(QStringLiteral(":/icons/%1.svg").arg(name_));
    if (!file.open(QIODevice::ReadOnly)) {
        qWarning("no icon named %s", qPrintable(name_));
        return;
    }
    QByteArray svg = file.readAll();
    svg.replace("currentColor", color_.name(QColor::HexRgb).toLatin1());
    QBuffer buffer(&svg);
    QImageReader reader(&buffer, "svg");
    const qreal ratio = window() ? window()->effectiveDevicePixelRatio() : 1;
    reader.setScaledSize(
        QSize(static_cast<int>(std::lround(width() * ratio)), static_cast<int>(std::lround(height() * ratio))));
    const QImage image = reader.read();
    painter->setRenderHint(QPainter::SmoothPixmapTransform);
    painter->setOpacity(color_.alphaF());
    painter->drawImage(QRectF(0, 0, width(), height()), image);
}

}  // namespace millrace::desktop
