// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/sparkline.h"

#include <QtGui/QPainter>
#include <QtGui/QPainterPath>

#include <algorithm>
#include <limits>

namespace millrace::desktop {

Sparkline::Sparkline(QQuickItem* parent) : QQuickPaintedItem(parent)
{
    setAntialiasing(true);
    connect(this, &Sparkline::setupChanged, this, &Sparkline::refresh);
}

void Sparkline::setSession(Timeline* session)
{
    if (session == session_) return;
    if (session_) session_->time()->disconnect(this);
    session_ = session;
    if (session_) connect(session_->time(), &TimeView::rangeChanged, this, &Sparkline::refresh);
    Q_EMIT setupChanged();
}

void Sparkline::setActive(bool active)
{
    if (active == active_) return;
    active_ = active;
    Q_EMIT setupChanged();
}

void Sparkline::refresh()
{
    if (active_) update();
}

void Sparkline::paint(QPainter* painter)
{
    if (!session_ || series_.isEmpty()) return;
    const TimeView& time = *session_->time();
    const qint64 from = time.beginMs();
    const qint64 window = time.windowMs();
    const Segments segments =
        decimate(session_->series().points(series_), from, time.endMs(), std::max(8, static_cast<int>(width() / 2)));
    double low = std::numeric_limits<double>::infinity();
    double high = -low;
    for (const auto& piece : segments) {
        for (const QPointF& point : piece) {
            low = std::min(low, point.y());
            high = std::max(high, point.y());
        }
    }
    if (!(high >= low)) return;
    // A series that hardly moves is a calm line, not its noise blown up.
    const double least = std::max(std::abs(high) * 0.08, 1e-9);
    if (high - low < least) {
        const double middle = (high + low) / 2;
        low = middle - least / 2;
        high = middle + least / 2;
    }
    constexpr qreal kInset = 2;
    const auto at = [&](const QPointF& point) {
        return QPointF((point.x() - static_cast<double>(from)) / static_cast<double>(window) * width(),
                       height() - kInset - (point.y() - low) / (high - low) * (height() - 2 * kInset));
    };
    painter->setRenderHint(QPainter::Antialiasing);
    QColor fill = color_;
    fill.setAlphaF(0.10F);
    for (const auto& piece : segments) {
        QPainterPath path(at(piece.front()));
        for (qsizetype i = 1; i < piece.size(); ++i) path.lineTo(at(piece.at(i)));
        QPainterPath area = path;
        area.lineTo(at(piece.back()).x(), height());
        area.lineTo(at(piece.front()).x(), height());
        area.closeSubpath();
        painter->fillPath(area, fill);
        painter->strokePath(path, QPen(color_, 1.6, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    }
}

}  // namespace millrace::desktop
