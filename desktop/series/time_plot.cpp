// SPDX-License-Identifier: GPL-3.0-or-later
#include "series/time_plot.h"

#include <QtCharts/QAreaSeries>
#include <QtCharts/QLineSeries>

#include <algorithm>
#include <cmath>
#include <limits>

namespace millrace::desktop {
namespace {

// ChartView::SeriesType, which is not in a public header.
constexpr int kTypeLine = 0;
constexpr int kTypeArea = 1;

constexpr qreal kLineWidth = 1.6;
constexpr float kFillAlpha = 0.16F;

}  // namespace

void Curve::setReading(const QString& reading)
{
    if (reading == reading_) return;
    reading_ = reading;
    Q_EMIT readingChanged();
}

TimePlot::TimePlot(QObject* parent) : QObject(parent)
{
    connect(this, &TimePlot::setupChanged, this, &TimePlot::update);
}

QQmlListProperty<Curve> TimePlot::curves()
{
    const auto append = [](QQmlListProperty<Curve>* list, Curve* curve) {
        auto* plot = static_cast<TimePlot*>(list->object);
        plot->curves_.append(curve);
        connect(curve, &Curve::lookChanged, plot, &TimePlot::restyle);
    };
    const auto count = [](QQmlListProperty<Curve>* list) {
        return static_cast<TimePlot*>(list->object)->curves_.size();
    };
    const auto at = [](QQmlListProperty<Curve>* list, qsizetype i) {
        return static_cast<TimePlot*>(list->object)->curves_.at(i);
    };
    return {this, nullptr, append, count, at, nullptr};
}

QQmlListProperty<GoalLine> TimePlot::goals()
{
    const auto append = [](QQmlListProperty<GoalLine>* list, GoalLine* goal) {
        auto* plot = static_cast<TimePlot*>(list->object);
        plot->goals_.append(goal);
        connect(goal, &GoalLine::lookChanged, plot, &TimePlot::updated);
    };
    const auto count = [](QQmlListProperty<GoalLine>* list) {
        return static_cast<TimePlot*>(list->object)->goals_.size();
    };
    const auto at = [](QQmlListProperty<GoalLine>* list, qsizetype i) {
        return static_cast<TimePlot*>(list->object)->goals_.at(i);
    };
    return {this, nullptr, append, count, at, nullptr};
}

void TimePlot::setSession(Timeline* session)
{
    if (session == session_) return;
    if (session_) session_->time()->disconnect(this);
    session_ = session;
    if (session_) {
        connect(session_->time(), &TimeView::rangeChanged, this, &TimePlot::update);
        connect(session_->time(), &TimeView::crosshairChanged, this, &TimePlot::updateReadings);
    }
    Q_EMIT sessionChanged();
    update();
}

void TimePlot::setActive(bool active)
{
    if (active == active_) return;
    active_ = active;
    Q_EMIT activeChanged();
    update();
}

void TimePlot::attach(QQuickItem* view, QValueAxis* axisX, QValueAxis* axisY)
{
    view_ = view;
    axisX_ = axisX;
    axisY_ = axisY;
    drawn_.clear();
    update();
}

void TimePlot::update()
{
    if (!active_ || !session_ || !view_ || !axisX_ || !axisY_) return;
    const TimeView& time = *session_->time();
    const qint64 from = time.beginMs();
    const qint64 to = time.endMs();

    double most = 0;
    bool any = false;
    QStringList words;
    QList<Segments> lines;
    for (const Curve* curve : std::as_const(curves_)) {
        const auto& points = session_->series().points(curve->series);
        double low = std::numeric_limits<double>::infinity();
        double high = -low;
        std::optional<double> last;
        const auto first = std::lower_bound(points.begin(), points.end(), from,
                                            [](const auto& point, qint64 when) { return point.timeMs < when; });
        for (auto it = first; it != points.end() && it->timeMs <= to; ++it) {
            low = std::min(low, it->value);
            high = std::max(high, it->value);
            last = it->value;
        }
        if (last) {
            any = true;
            most = std::max(most, high);
            words.append(tr("%1 %2, between %3 and %4")
                             .arg(curve->label, format::text(last, formatUnit()), format::text(low, formatUnit()),
                                  format::text(high, formatUnit())));
        }
        lines.append(decimate(points, from, to, kColumns));
    }
    double goalTop = leastTop_;
    for (const GoalLine* goal : std::as_const(goals_)) goalTop = std::max(goalTop, goal->value * 1.15);
    if (scaleWindowMs_ != time.windowMs()) scale_.reset();
    scaleWindowMs_ = time.windowMs();
    top_ = fixedTop_ > 0 ? fixedTop_ : scale_.update(most, goalTop, to);
    axisX_->setRange(static_cast<qreal>(from), static_cast<qreal>(to));
    axisY_->setRange(floor_, top_);

    if (drawn_.size() != curves_.size()) {
        drawn_.clear();
        for (Curve* curve : std::as_const(curves_)) drawn_.append({curve, {}, {}});
    }
    for (qsizetype i = 0; i < drawn_.size(); ++i) {
        Drawn& drawn = drawn_[i];
        if (drawn.curve->filled) draw(*drawn.curve, kTypeArea, drawn.fills, lines.at(i));
        draw(*drawn.curve, kTypeLine, drawn.lines, lines.at(i));
    }

    empty_ = !any;
    summary_ = any ? words.join(QStringLiteral("; ")) : tr("no data in this window");
    updateReadings();
    Q_EMIT updated();
}

void TimePlot::draw(const Curve& curve, int type, QList<QAbstractSeries*>& pieces, const Segments& segments)
{
    const qsizetype skip = std::max<qsizetype>(0, segments.size() - kPiecesMax);
    const qsizetype wanted = segments.size() - skip;
    while (pieces.size() < wanted) {
        QAbstractSeries* piece = nullptr;
        QMetaObject::invokeMethod(view_, "createSeries", Qt::DirectConnection, Q_RETURN_ARG(QAbstractSeries*, piece),
                                  Q_ARG(int, type), Q_ARG(QString, curve.label), Q_ARG(QAbstractAxis*, axisX_),
                                  Q_ARG(QAbstractAxis*, axisY_));
        if (!piece) return;
        applyLook(piece, curve);
        pieces.append(piece);
    }
    for (qsizetype i = 0; i < pieces.size(); ++i) {
        QAbstractSeries* piece = pieces.at(i);
        const bool used = i < wanted;
        if (used) {
            QList<QPointF> points = segments.at(i + skip);
            // Lines end at the frame: a value beyond a fixed end is drawn on it.
            for (QPointF& point : points) point.setY(std::clamp(point.y(), floor_, top_));
            auto* line = qobject_cast<QXYSeries*>(piece);
            if (auto* area = qobject_cast<QAreaSeries*>(piece)) line = area->upperSeries();
            line->replace(points);
        }
        piece->setVisible(used);
    }
}

void TimePlot::applyLook(QAbstractSeries* piece, const Curve& curve) const
{
    QPen pen(curve.color, kLineWidth, curve.dashed ? Qt::DashLine : Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin);
    if (curve.dashed) pen.setDashPattern({3, 2.5});
    if (auto* area = qobject_cast<QAreaSeries*>(piece)) {
        QColor fill = curve.color;
        fill.setAlphaF(kFillAlpha);
        area->setPen(Qt::NoPen);
        area->setBrush(fill);
        area->setBorderColor(Qt::transparent);
    } else if (auto* line = qobject_cast<QXYSeries*>(piece)) {
        line->setPen(pen);
    }
}

void TimePlot::restyle()
{
    for (const Drawn& drawn : std::as_const(drawn_)) {
        for (QAbstractSeries* piece : drawn.lines) applyLook(piece, *drawn.curve);
        for (QAbstractSeries* piece : drawn.fills) applyLook(piece, *drawn.curve);
    }
    Q_EMIT updated();
}

double TimePlot::crosshairX() const
{
    if (!session_ || session_->time()->crosshairMs() == 0) return -1;
    const TimeView& time = *session_->time();
    const double at = static_cast<double>(time.crosshairMs() - time.beginMs()) / static_cast<double>(time.windowMs());
    return at >= 0 && at <= 1 ? at : -1;
}

QString TimePlot::crosshairText() const
{
    return session_ && session_->time()->crosshairMs() != 0 ? format::clock(session_->time()->crosshairMs())
                                                            : QString();
}

void TimePlot::hover(double at)
{
    if (!session_) return;
    TimeView& time = *session_->time();
    time.setCrosshairMs(at < 0 || at > 1 ? 0
                                         : time.beginMs() + std::llround(at * static_cast<double>(time.windowMs())));
}

void TimePlot::updateReadings()
{
    if (!active_ || !session_) return;
    const qint64 crosshair = session_->time()->crosshairMs();
    const qint64 when = crosshair != 0 ? crosshair : session_->time()->endMs();
    for (Curve* curve : std::as_const(curves_)) {
        curve->setReading(format::text(session_->series().at(curve->series, when), formatUnit()));
    }
    Q_EMIT crosshairMoved();
}

QList<double> TimePlot::yTicks() const
{
    return NiceScale::ticks(floor_, top_);
}

QList<TimePlot::XTick> TimePlot::xTicks() const
{
    QList<XTick> out;
    if (!session_) return out;
    const qint64 window = session_->time()->windowMs();
    const int steps = window == 30'000 ? 6 : window == 60'000 ? 6 : window == 300'000 ? 5 : window == 900'000 ? 5 : 6;
    for (int i = 0; i <= steps; ++i) {
        const qint64 back = window - window * i / steps;
        QString text = format::secondsBack(back);
        if (back == 0 && session_->time()->isPaused()) text = format::clock(session_->time()->endMs());
        out.append({static_cast<double>(i) / steps, text});
    }
    return out;
}

QList<TimePlot::Mark> TimePlot::marks() const
{
    QList<Mark> out;
    if (!session_) return out;
    const TimeView& time = *session_->time();
    for (const Annotation& note : session_->annotations()) {
        if (note.timeMs < time.beginMs() || note.timeMs > time.endMs()) continue;
        out.append({static_cast<double>(note.timeMs - time.beginMs()) / static_cast<double>(time.windowMs()), note.kind,
                    note.text, note.bad});
    }
    return out;
}

QString TimePlot::csv() const
{
    if (!session_) return {};
    QString out = QStringLiteral("time_ms");
    for (const Curve* curve : curves_) out += u',' + format::csvCell(curve->series);
    out += u'\n';
    const TimeView& time = *session_->time();
    for (qint64 when = time.beginMs() / 1000 * 1000; when <= time.endMs(); when += 1000) {
        out += QString::number(when);
        for (const Curve* curve : curves_) {
            const auto value = session_->series().at(curve->series, when);
            out += u',' + (value ? QString::number(*value, 'g', 8) : QString());
        }
        out += u'\n';
    }
    return out;
}

}  // namespace millrace::desktop
