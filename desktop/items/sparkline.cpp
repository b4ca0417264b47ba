// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/sparkline.h"

#include "format/numbers.h"

#include <QtGui/QPainter>
#include <QtGui/QPainterPath>

#include <algorithm>

namespace millrace::desktop {
namespace {

constexpr qreal kLine = 1.6;
constexpr qreal kInset = 2;   // so that a line on the edge is whole
constexpr double kAir = 1.1;  // over the greatest value

}  // namespace

Sparkline::Sparkline(QQuickItem* parent) : PaintedItem(parent)
{
    connect(this, &Sparkline::setupChanged, this, &Sparkline::refresh);
}

void Sparkline::setSession(Timeline* session)
{
    if (!Timeline::follow(session_, session, this)) return;
    if (session_) {
        connect(session_, &Timeline::shownChanged, this, &Sparkline::refresh);
        connect(session_->time(), &TimeView::rangeChanged, this, &Sparkline::onRange);
    }
    Q_EMIT setupChanged();
}

// A sample more: what moves by less than half a pixel is not drawn again.
void Sparkline::onRange()
{
    if (!session_) return;
    const TimeSpan span = session_->time()->span();
    const double pixelMs = static_cast<double>(span.lengthMs()) / std::max(1.0, width());
    const auto moved = [pixelMs](qint64 from, qint64 to) {
        return static_cast<double>(std::abs(from - to)) >= pixelMs / 2;
    };
    if (moved(span.endMs, drawn_.endMs) || moved(span.beginMs, drawn_.beginMs)) refresh();
}

void Sparkline::refresh()
{
    if (active_) update();
}

double Sparkline::topFor(double most, bool share)
{
    if (share) return std::max(1.0, most);
    return most > 0 ? most * kAir : 1;
}

void Sparkline::paint(QPainter* painter)
{
    if (!session_ || series_.isEmpty()) return;
    const SeriesStore& store = session_->shownSeries();
    drawn_ = session_->time()->span();
    PieceRules rules;
    rules.pointsMax = std::max(8, static_cast<int>(width() / 2));
    rules.bridgeMs = std::max(rules.bridgeMs, 3 * store.stepMs());
    const Pieces pieces = buildPieces(store.points(series_), store.outages(), drawn_.beginMs, drawn_.endMs, rules);
    double most = 0;
    for (const auto& line : pieces.lines) {
        for (const QPointF& point : line) most = std::max(most, point.y());
    }
    for (const QPointF& point : pieces.dots) most = std::max(most, point.y());
    const double top = topFor(most, format::unitOf(series_) == format::Unit::Share);
    const double height = this->height() - 2 * kInset;
    const auto at = [&](const QPointF& point) {
        return QPointF(
            (point.x() - static_cast<double>(drawn_.beginMs)) / static_cast<double>(drawn_.lengthMs()) * width(),
            kInset + height - std::clamp(point.y() / top, 0.0, 1.0) * height);
    };
    painter->setRenderHint(QPainter::Antialiasing);
    QColor fill = color_;
    fill.setAlphaF(0.10F);
    for (const auto& line : pieces.lines) {
        QPainterPath path(at(line.front()));
        for (qsizetype i = 1; i < line.size(); ++i) path.lineTo(at(line.at(i)));
        QPainterPath area = path;
        area.lineTo(at(line.back()).x(), this->height());
        area.lineTo(at(line.front()).x(), this->height());
        area.closeSubpath();
        painter->fillPath(area, fill);
        painter->strokePath(path, QPen(color_, kLine, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    }
    painter->setPen(Qt::NoPen);
    painter->setBrush(color_);
    for (const QPointF& dot : pieces.dots) painter->drawEllipse(at(dot), kLine, kLine);
}

}  // namespace millrace::desktop
