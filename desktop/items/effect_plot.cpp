// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/effect_plot.h"

#include "format/numbers.h"
#include "series/nice_scale.h"

#include <QtGui/QFontMetricsF>
#include <QtGui/QPainter>
#include <QtGui/QPolygonF>

#include <algorithm>
#include <cmath>
#include <limits>

namespace millrace::desktop {
namespace {

constexpr double kInset = 4;
constexpr double kLine = 1.5;
constexpr double kDot = 2.5;  // of the second that is pointed at

}  // namespace

double EffectPlot::meanOf(const QList<double>& values)
{
    double sum = 0;
    int count = 0;
    for (const double value : values) {
        if (std::isnan(value)) continue;
        sum += value;
        ++count;
    }
    return count > 0 ? sum / count : std::numeric_limits<double>::quiet_NaN();
}

std::pair<int, int> EffectPlot::measured(const QList<double>& values)
{
    std::pair<int, int> out{-1, -1};
    for (int i = 0; i < values.size(); ++i) {
        if (std::isnan(values.at(i))) continue;
        if (out.first < 0) out.first = i;
        out.second = i;
    }
    return out;
}

double EffectPlot::valueOf(int part) const
{
    return part < before_.size() ? before_.at(part) : after_.value(part - before_.size());
}

double EffectPlot::top() const
{
    double most = 0;
    for (const QList<double>* side : {&before_, &after_}) {
        for (const double value : *side) {
            if (!std::isnan(value)) most = std::max(most, value);
        }
    }
    for (const double mean : {beforeMean_, afterMean_}) {
        if (!std::isnan(mean)) most = std::max(most, mean);
    }
    return most > 0 ? NiceScale::roundUp(most) : 1;
}

QRectF EffectPlot::area() const
{
    const QFontMetricsF metrics(font());
    const double left = std::ceil(metrics.horizontalAdvance(format::axis(top(), format::Unit::Milliseconds)) + 8);
    return {left, kInset, std::max(0.0, width() - left - kInset),
            std::max(0.0, height() - 2 * kInset - metrics.height())};
}

double EffectPlot::xOf(int part) const
{
    const QRectF box = area();
    return box.left() + box.width() * (part + 0.5) / std::max(1, partCount());
}

double EffectPlot::yOf(double value) const
{
    const QRectF box = area();
    return box.bottom() - std::clamp(value / top(), 0.0, 1.0) * box.height();
}

int EffectPlot::partAt(const QPointF& point) const
{
    const QRectF box = area();
    if (partCount() == 0 || box.width() <= 0 || point.x() < box.left() || point.x() >= box.right()) return -1;
    const int part = static_cast<int>((point.x() - box.left()) / box.width() * partCount());
    return std::isnan(valueOf(part)) ? -1 : part;
}

QPointF EffectPlot::placeOf(int part) const
{
    const double value = valueOf(part);
    return {xOf(part), std::isnan(value) ? area().top() : yOf(value)};
}

void EffectPlot::paintSide(QPainter& painter, int first, const QList<double>& values, double mean,
                           const QColor& color) const
{
    painter.setPen(QPen(color, kLine, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    QPolygonF line;
    const auto close = [&] {
        if (line.size() == 1) painter.drawPoint(line.constFirst());
        if (line.size() > 1) painter.drawPolyline(line);
        line.clear();
    };
    for (int i = 0; i < values.size(); ++i) {
        if (std::isnan(values.at(i))) {
            close();
        } else {
            line.append({xOf(first + i), yOf(values.at(i))});
        }
    }
    close();
    const auto [from, to] = measured(values);
    if (std::isnan(mean) || from < 0) return;
    QPen dashes(color, 1, Qt::CustomDashLine);
    dashes.setDashPattern({4, 3});
    painter.setPen(dashes);
    const double half = area().width() / std::max(1, partCount()) / 2;
    painter.drawLine(QPointF(xOf(first + from) - half, yOf(mean)), QPointF(xOf(first + to) + half, yOf(mean)));
}

void EffectPlot::paint(QPainter* painter)
{
    const QRectF box = area();
    if (box.height() <= 0 || partCount() == 0) return;
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setFont(font());
    const QFontMetricsF metrics(font());
    const double most = top();
    for (const double tick : {0.0, most}) {
        const double y = std::round(yOf(tick)) + 0.5;
        painter->setPen(QPen(gridColor(), 1));
        painter->drawLine(QPointF(box.left(), y), QPointF(box.right(), y));
        painter->setPen(textColor());
        const double high = metrics.height();
        painter->drawText(QRectF(0, std::clamp(y - high / 2, 0.0, box.bottom() - high / 2), box.left() - 6, high),
                          Qt::AlignRight | Qt::AlignVCenter, format::axis(tick, format::Unit::Milliseconds));
    }
    const double middle =
        std::round(box.left() + box.width() * static_cast<double>(before_.size()) / partCount()) + 0.5;
    painter->setPen(QPen(textColor(), 1));
    painter->drawLine(QPointF(middle, box.top()), QPointF(middle, box.bottom()));
    const QRectF below(box.left(), box.bottom() + kInset - 1, box.width(), metrics.height());
    painter->drawText(below, Qt::AlignLeft | Qt::AlignTop, fromText_);
    painter->drawText(below, Qt::AlignRight | Qt::AlignTop, toText_);
    const double wide = metrics.horizontalAdvance(momentText_);
    painter->drawText(QRectF(middle - wide / 2 - 1, below.top(), wide + 2, below.height()), Qt::AlignCenter,
                      momentText_);
    paintSide(*painter, 0, before_, beforeMean_, beforeColor_);
    paintSide(*painter, static_cast<int>(before_.size()), after_, afterMean_, afterColor_);
    if (current() >= 0 && !std::isnan(valueOf(current()))) {
        painter->setPen(Qt::NoPen);
        painter->setBrush(current() < before_.size() ? beforeColor_ : afterColor_);
        painter->drawEllipse(placeOf(current()), kDot, kDot);
    }
}

}  // namespace millrace::desktop
