// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/plot_painter.h"

#include <QtGui/QFontMetricsF>
#include <QtGui/QPainter>
#include <QtGui/QPainterPath>

#include <algorithm>
#include <cmath>

namespace millrace::desktop::plot_painter {
namespace {

constexpr double kTopInset = 8;
constexpr double kRightInset = 4;
constexpr double kBelow = 24;
constexpr double kTickGap = 14;      // between two words of the x axis
constexpr double kTickOverhang = 8;  // so far the first one reaches out to the left
constexpr double kRow = 4;           // height of the row of what comes in numbers
constexpr int kRowFull = 4;          // marks at one place from which they are drawn at full strength

constexpr QSize kPicture(1200, 560);
constexpr double kPictureScale = 2;
constexpr double kPictureInset = 28;

QColor colorOf(const PlotMark& mark, const PlotLook& look)
{
    if (mark.level == Annotation::Level::Error) return look.error;
    if (mark.level == Annotation::Level::Warning) return look.warning;
    switch (mark.kind) {
        case Annotation::Kind::Config:
            return look.config;
        case Annotation::Kind::Model:
            return look.model;
        default:
            return look.engine;
    }
}

double yOf(const TimePlot& plot, const QRectF& area, double value)
{
    return area.bottom() - plot.y().place(value) * area.height();
}

QString unitWords(const TimePlot& plot)
{
    switch (plot.formatUnit()) {
        case format::Unit::PerSecond:
            return TimePlot::tr("per second");
        case format::Unit::Milliseconds:
            return plot.isLog() ? TimePlot::tr("milliseconds, logarithmic") : TimePlot::tr("milliseconds");
        case format::Unit::Bytes:
            return TimePlot::tr("bytes");
        case format::Unit::BytesPerSecond:
            return TimePlot::tr("bytes per second");
        case format::Unit::Share:
            return TimePlot::tr("percent");
        case format::Unit::Ratio:
            return TimePlot::tr("ratio");
        case format::Unit::Rows:
            return TimePlot::tr("rows");
        case format::Unit::Cores:
            return TimePlot::tr("cores");
        default:
            return TimePlot::tr("number");
    }
}

// Of a mark, in widths of its line.
QList<qreal> dashesOf(bool dashed, bool dotted)
{
    if (dotted) return {0.8, 0.8};
    if (dashed) return {1.6, 0.8};
    return {};
}

// A mark as in the legend and its word; returns where the next one begins.
double paintLegend(QPainter& painter, QPointF at, const QColor& color, const QList<qreal>& dashes, const QString& words,
                   const QColor& text)
{
    QPen pen(color, 3, Qt::SolidLine, Qt::FlatCap);
    if (!dashes.isEmpty()) pen.setDashPattern(dashes);
    painter.setPen(pen);
    painter.drawLine(at, at + QPointF(14, 0));
    painter.setPen(text);
    const QFontMetricsF metrics(painter.font());
    painter.drawText(QPointF(at.x() + 20, at.y() + metrics.ascent() / 2 - 1), words);
    return at.x() + 20 + metrics.horizontalAdvance(words) + 22;
}

}  // namespace

double gutter(const TimePlot& plot, const QFont& font)
{
    const QFontMetricsF metrics(font);
    double widest = 0;
    for (const double tick : plot.y().ticks())
        widest = std::max(widest, metrics.horizontalAdvance(format::axis(tick, plot.formatUnit())));
    return std::ceil((widest + 8) / 8) * 8;
}

QRectF linesArea(const QSizeF& size, double gutter)
{
    return {gutter, kTopInset, std::max(0.0, size.width() - gutter - kRightInset),
            std::max(0.0, size.height() - kTopInset - kBelow)};
}

void paintGrid(QPainter& painter, const TimePlot& plot, const QRectF& area, const PlotLook& look)
{
    painter.setFont(look.font);
    const QFontMetricsF metrics(look.font);
    for (const double tick : plot.y().ticks()) {
        const double y = std::round(yOf(plot, area, tick)) + 0.5;
        painter.setPen(QPen(look.grid, 1));
        painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y));
        painter.setPen(look.text);
        const QRectF box(area.left() - 200, y - metrics.height() / 2, 192, metrics.height());
        painter.drawText(box, Qt::AlignRight | Qt::AlignVCenter, format::axis(tick, plot.formatUnit()));
    }
    painter.setPen(look.text);
    const QList<TimeTick> ticks = plot.xTicks();
    QList<double> widths;
    for (const TimeTick& tick : ticks) widths.append(metrics.horizontalAdvance(tick.text) + 2);
    for (const TickWord& word : tickWords(ticks, widths, area)) {
        painter.drawText(QRectF(word.left, area.bottom() + 6, widths.at(word.tick), metrics.height()), Qt::AlignCenter,
                         ticks.at(word.tick).text);
    }
}

QList<TickWord> tickWords(const QList<TimeTick>& ticks, const QList<double>& widths, const QRectF& area)
{
    const auto leftOf = [&](qsizetype i) {
        const double width = widths.at(i);
        return std::clamp(area.left() + ticks.at(i).at * area.width() - width / 2, area.left() - kTickOverhang,
                          std::max(area.left() - kTickOverhang, area.right() + kRightInset - width));
    };
    // Every one, every second, every third …, from the newest on: what is left out is left out evenly.
    for (qsizetype step = 1; step <= std::max<qsizetype>(1, ticks.size()); ++step) {
        QList<TickWord> words;
        bool fits = true;
        for (qsizetype i = ticks.size() - 1; i >= 0 && fits; i -= step) {
            const double left = leftOf(i);
            fits = words.isEmpty() || left + widths.at(i) + kTickGap <= words.constLast().left;
            words.append({i, left});
        }
        if (fits) return words;
    }
    return {};
}

void paintLines(QPainter& painter, const TimePlot& plot, const QRectF& area)
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setClipRect(area.adjusted(-1, -2, 1, 1));
    const TimeSpan span = plot.span();
    const auto at = [&](const QPointF& point) {
        const double x = (point.x() - static_cast<double>(span.beginMs)) / static_cast<double>(span.lengthMs());
        return QPointF(area.left() + x * area.width(), yOf(plot, area, point.y()));
    };
    const auto pathOf = [&](const QList<QPointF>& line) {
        QPainterPath path(at(line.constFirst()));
        for (qsizetype i = 1; i < line.size(); ++i) path.lineTo(at(line.at(i)));
        return path;
    };
    for (qsizetype i = 0; i < plot.curvesDrawn(); ++i) {
        const Curve& curve = *plot.curveList().at(i);
        if (!curve.filled) continue;
        QColor fill = curve.color;
        fill.setAlphaF(0.16F);
        for (const QList<QPointF>& line : plot.piecesOf(i).lines) {
            QPainterPath path = pathOf(line);
            path.lineTo(at(line.constLast()).x(), area.bottom());
            path.lineTo(at(line.constFirst()).x(), area.bottom());
            painter.fillPath(path, fill);
        }
    }
    for (const bool dashed : {true, false}) {
        for (qsizetype i = 0; i < plot.curvesDrawn(); ++i) {
            const Curve& curve = *plot.curveList().at(i);
            if (curve.dashed != dashed) continue;
            for (const QList<QPointF>& line : plot.piecesOf(i).lines) painter.strokePath(pathOf(line), curve.pen());
            painter.setPen(Qt::NoPen);
            painter.setBrush(curve.color);
            for (const QPointF& dot : plot.piecesOf(i).dots) painter.drawEllipse(at(dot), 2, 2);
        }
    }
    painter.restore();
}

void paintMarks(QPainter& painter, const TimePlot& plot, const QRectF& area, const PlotLook& look)
{
    painter.setRenderHint(QPainter::Antialiasing);
    for (const GoalLine* goal : plot.goalList()) {
        if (goal->value < plot.y().bottom() || goal->value > plot.y().top()) continue;
        const double y = std::round(yOf(plot, area, goal->value)) + 0.5;
        QPen pen(goal->color, 1, Qt::CustomDashLine);
        pen.setDashPattern({4, 4});
        painter.setPen(pen);
        painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y));
    }
    const double place = area.width() / TimePlot::kRowColumns;
    painter.setPen(Qt::NoPen);
    for (const PlotMark& mark : plot.rowMarks()) {
        QColor color = colorOf(mark, look);
        color.setAlphaF(std::min(1.0F, 0.35F + 0.65F * static_cast<float>(mark.count) / kRowFull));
        const double x = area.left() + mark.at * area.width();
        painter.fillRect(QRectF(x - place / 2, area.bottom() - kRow, std::max(1.5, place - 0.5), kRow), color);
    }
    for (const PlotMark& mark : plot.marks()) {
        const double x = std::round(area.left() + mark.at * area.width()) + 0.5;
        const bool bad = mark.level != Annotation::Level::Info;
        const QColor color = colorOf(mark, look);
        painter.setPen(QPen(color, 1.5, bad ? Qt::DashLine : Qt::SolidLine));
        painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()));
        painter.setPen(Qt::NoPen);
        painter.setBrush(color);
        // Another shape for what is bad: colour alone does not say it to everybody.
        if (bad) {
            painter.drawRect(QRectF(x - 3, area.top() - 3, 6, 6));
        } else {
            painter.drawEllipse(QPointF(x, area.top()), 3, 3);
        }
    }
}

QImage picture(const TimePlot& plot, const QString& title, const QString& source, const PlotLook& look)
{
    QImage image(kPicture * kPictureScale, QImage::Format_RGB32);
    image.setDevicePixelRatio(kPictureScale);
    image.fill(look.ground);
    QPainter painter(&image);
    painter.setRenderHint(QPainter::Antialiasing);
    QFont heading = look.font;
    heading.setPixelSize(20);
    heading.setWeight(QFont::DemiBold);
    QFont words = look.font;
    words.setPixelSize(13);
    const double right = kPicture.width() - kPictureInset;

    painter.setFont(heading);
    painter.setPen(look.strongText);
    painter.drawText(QPointF(kPictureInset, 44), title);
    const double titleEnd = kPictureInset + QFontMetricsF(heading).horizontalAdvance(title) + 12;
    painter.setFont(words);
    painter.setPen(look.text);
    painter.drawText(QPointF(titleEnd, 44), unitWords(plot));
    painter.drawText(QRectF(kPictureInset, 28, right - kPictureInset, 20), Qt::AlignRight | Qt::AlignVCenter,
                     plot.spanText());

    double x = kPictureInset;
    for (const Curve* curve : plot.curveList()) {
        if (curve->isShown())
            x = paintLegend(painter, {x, 70}, curve->color, dashesOf(curve->dashed, curve->dotted), curve->label,
                            look.text);
    }
    for (const GoalLine* goal : plot.goalList())
        x = paintLegend(painter, {x, 70}, goal->color, dashesOf(true, false), goal->label, look.text);
    if (!plot.stepText().isEmpty()) painter.drawText(QPointF(x, 75), plot.stepText());

    PlotLook inner = look;
    inner.font = words;
    const double left = kPictureInset + gutter(plot, words);
    const QRectF area(left, 96, right - left, kPicture.height() - 96 - 76);
    paintGrid(painter, plot, area, inner);
    paintLines(painter, plot, area);
    paintMarks(painter, plot, area, inner);
    if (plot.isEmpty()) {
        painter.setFont(words);
        painter.setPen(look.text);
        painter.drawText(area, Qt::AlignCenter, plot.emptyText());
    }
    painter.setFont(words);
    painter.setPen(look.text);
    painter.drawText(QRectF(kPictureInset, kPicture.height() - 36, right - kPictureInset, 20),
                     Qt::AlignLeft | Qt::AlignVCenter, source);
    return image;
}

}  // namespace millrace::desktop::plot_painter
