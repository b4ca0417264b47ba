// SPDX-License-Identifier: GPL-3.0-or-later
#include "series/time_plot.h"

#include "format/series_words.h"

#include <QtCharts/QAreaSeries>
#include <QtCharts/QLineSeries>
#include <QtCharts/QScatterSeries>
#include <QtCore/QDateTime>
#include <QtCore/QMetaEnum>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace millrace::desktop {
namespace {

constexpr qreal kLineWidth = 1.6;
constexpr qreal kDotSize = 4;
constexpr float kFillAlpha = 0.16F;
constexpr qint64 kRedrawsASpan = 600;  // a live chart moves on by this part of its width at least
constexpr int kCsvRowsMax = 5000;
// Series that the view has for the lines of a curve: made in steps, since more means making all of them anew.
constexpr std::array<qsizetype, 4> kCapacities = {1, 4, 12, TimePlot::kLinesMax};

}  // namespace

QString Curve::help() const
{
    const format::SeriesWords* words = format::seriesWords(series);
    return words ? words->help : QString();
}

QPen Curve::pen() const
{
    QPen pen(color, kLineWidth, Qt::SolidLine, Qt::FlatCap, Qt::RoundJoin);
    if (dashed) pen.setDashPattern({3, 2.5});
    if (dotted) pen.setDashPattern({1.2, 1.2});
    return pen;
}

void Curve::setShown(bool shown)
{
    if (shown == shown_) return;
    shown_ = shown;
    Q_EMIT shownChanged();
}

void Curve::setReading(const QString& reading, const QString& difference)
{
    if (reading == reading_ && difference == difference_) return;
    reading_ = reading;
    difference_ = difference;
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
        connect(goal, &GoalLine::lookChanged, plot, &TimePlot::update);
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
    if (!Timeline::follow(session_, session, this)) return;
    if (session_) {
        connect(session_, &Timeline::shownChanged, this, &TimePlot::update);
        connect(session_->time(), &TimeView::rangeChanged, this, &TimePlot::onRange);
        connect(session_->time(), &TimeView::crosshairChanged, this, &TimePlot::updateReadings);
        connect(session_->time(), &TimeView::cursorsChanged, this, &TimePlot::updateReadings);
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
    // A disabled ChartView still takes the hover in Qt 6.4, and runs its graphics scene for every move.
    view_->setAcceptHoverEvents(false);
    view_->setAcceptedMouseButtons(Qt::NoButton);
    series_.clear();
    capacity_ = 0;
    update();
}

// A new sample: a chart of an hour does not move a pixel in a second.
void TimePlot::onRange()
{
    if (!active_ || !session_) return;
    const TimeSpan span = session_->time()->span();
    const qint64 pixel = span.lengthMs() / kRedrawsASpan;
    const bool still = std::abs(span.endMs - drawn_.endMs) < pixel && std::abs(span.beginMs - drawn_.beginMs) < pixel;
    if (still && !session_->time()->isPaused()) {
        updateReadings();
    } else {
        update();
    }
}

PieceRules TimePlot::rules() const
{
    PieceRules rules;
    rules.pointsMax = kPointsMax;
    rules.linesMax = kLinesMax;
    rules.bridgeMs = std::max(rules.bridgeMs, 3 * session_->shownSeries().stepMs());
    return rules;
}

void TimePlot::update()
{
    if (!active_ || !session_) return;
    const TimeView& time = *session_->time();
    const SeriesStore& store = session_->shownSeries();
    const double infinity = std::numeric_limits<double>::infinity();
    drawn_ = time.span();

    double low = infinity, high = -infinity, lowPositive = infinity;
    bool any = false;
    QStringList words;
    pieces_.clear();
    for (const Curve* curve : std::as_const(curves_)) {
        const auto& points = store.points(curve->series);
        double least = infinity, most = -infinity;
        std::optional<double> last;
        const auto first = std::lower_bound(points.begin(), points.end(), drawn_.beginMs,
                                            [](const auto& point, qint64 when) { return point.timeMs < when; });
        for (auto it = first; it != points.end() && it->timeMs <= drawn_.endMs; ++it) {
            least = std::min(least, it->value);
            most = std::max(most, it->value);
            if (it->value > 0 && curve->isShown()) lowPositive = std::min(lowPositive, it->value);
            last = it->value;
        }
        if (last) {
            words.append(tr("%1 %2, between %3 and %4")
                             .arg(curve->label, format::text(last, formatUnit()), format::text(least, formatUnit()),
                                  format::text(most, formatUnit())));
        }
        if (last && curve->isShown()) {
            any = true;
            low = std::min(low, least);
            high = std::max(high, most);
        }
        pieces_.append(curve->isShown() ? buildPieces(points, store.outages(), drawn_.beginMs, drawn_.endMs, rules())
                                        : Pieces());
    }
    updateScale(low, any ? high : 0, lowPositive);
    draw();

    const QString emptyText = session_->isLoading() ? tr("loading the history …")
                              : !session_->problem().isEmpty()
                                  ? tr("The history could not be loaded: %1").arg(session_->problem())
                                  : tr("nothing measured in this window");
    if (empty_ == any || emptyText != emptyText_) {
        empty_ = !any;
        emptyText_ = emptyText;
        Q_EMIT emptyChanged();
    }
    const QString stepText =
        store.stepMs() > SeriesStore::kSecondMs ? tr("means of %1").arg(format::span(store.stepMs())) : QString();
    if (stepText != stepText_) {
        stepText_ = stepText;
        Q_EMIT stepChanged();
    }
    summary_ = words.isEmpty() ? emptyText_ : words.join(QStringLiteral("; "));
    updateReadings();
    Q_EMIT updated();
}

void TimePlot::updateScale(double low, double high, double lowPositive)
{
    double goalTop = leastTop_;
    for (const GoalLine* goal : std::as_const(goals_)) goalTop = std::max(goalTop, goal->value * 1.15);
    if (scaleWindowMs_ != drawn_.lengthMs() && (session_->time()->isPaused() || drawn_.lengthMs() < scaleWindowMs_)) {
        // Another span: what was needed for the one before does not count. (A live axis that only grows is not
        // another.)
        top_.reset();
        depth_.reset();
        log_.reset();
    }
    scaleWindowMs_ = drawn_.lengthMs();
    const PlotScale before = y_;
    const bool spread = log_.update(lowPositive, high, drawn_.endMs);
    const bool wantsLog = scaleWanted_ == Logarithmic || (scaleWanted_ == Auto && spread);
    if (mayBeLog() && wantsLog && high > 0) {
        const double least = std::isfinite(lowPositive) ? lowPositive : high;
        y_ = PlotScale::logarithmic(least, std::max(high, goalTop));
    } else {
        const auto rounding = NiceScale::roundingFor(static_cast<format::Unit>(unit_));
        double bottom = floor_;
        if (floor_ > 0 && fixedTop_ > floor_) {
            const double depth = std::isfinite(low) ? fixedTop_ - low : 0;
            bottom = std::max(0.0, fixedTop_ - depth_.update(depth, fixedTop_ - floor_, drawn_.endMs));
        }
        y_ = PlotScale::linear(bottom, fixedTop_ > 0 ? fixedTop_ : top_.update(high, goalTop, drawn_.endMs, rounding),
                               rounding);
    }
    if (!(before == y_)) Q_EMIT scaleChanged();
}

void TimePlot::draw()
{
    if (!view_ || !axisX_ || !axisY_) return;
    qsizetype wanted = 1;
    bool any = false;
    for (const Pieces& pieces : std::as_const(pieces_)) {
        wanted = std::max(wanted, pieces.lines.size());
        any = any || pieces.points() > 0;
    }
    const bool first = capacity_ == 0;
    if (first && !any) return;  // nothing to draw yet: no series are made, the view is not painted
    if (wanted > capacity_ || series_.size() != curves_.size()) {
        capacity_ = *std::find_if(kCapacities.begin(), kCapacities.end(),
                                  [wanted](qsizetype capacity) { return capacity >= wanted; });
        if (!makeSeries()) return;
    }
    axisX_->setRange(static_cast<qreal>(drawn_.beginMs), static_cast<qreal>(drawn_.endMs));
    axisY_->setRange(y_.onAxis(y_.bottom()), y_.onAxis(y_.top()));
    const auto toAxis = [this](QList<QPointF> points) {
        for (QPointF& point : points) point.setY(y_.onAxis(point.y()));
        return points;
    };
    const auto show = [](QAbstractSeries* piece, const QList<QPointF>& points) {
        if (!points.isEmpty()) {
            auto* line = qobject_cast<QXYSeries*>(piece);
            if (auto* area = qobject_cast<QAreaSeries*>(piece)) line = area->upperSeries();
            line->replace(points);
        }
        if (piece->isVisible() != !points.isEmpty()) piece->setVisible(!points.isEmpty());
    };
    for (qsizetype i = 0; i < series_.size(); ++i) {
        const Drawn& drawn = series_.at(i);
        const Pieces& pieces = pieces_.at(i);
        for (qsizetype k = 0; k < drawn.lines.size(); ++k) {
            const QList<QPointF> points = k < pieces.lines.size() ? toAxis(pieces.lines.at(k)) : QList<QPointF>();
            show(drawn.lines.at(k), points);
            if (k < drawn.fills.size()) show(drawn.fills.at(k), points);
        }
        if (drawn.dots) show(drawn.dots, toAxis(pieces.dots));
    }
}

/// In the order in which they lie over each other: fills, dashed lines, whole lines, dots. What comes later in a chart
/// lies above, and a dashed companion must not hide the line it accompanies.
bool TimePlot::makeSeries()
{
    series_.clear();
    QMetaObject::invokeMethod(view_, "removeAllSeries", Qt::DirectConnection);
    series_.resize(curves_.size());
    const auto make = [this](qsizetype i, const char* type) { return create(type, *curves_.at(i)); };
    for (qsizetype i = 0; i < curves_.size(); ++i) {
        for (qsizetype k = 0; curves_.at(i)->filled && k < capacity_; ++k)
            series_[i].fills.append(make(i, "SeriesTypeArea"));
    }
    for (const bool dashed : {true, false}) {
        for (qsizetype i = 0; i < curves_.size(); ++i) {
            for (qsizetype k = 0; curves_.at(i)->dashed == dashed && k < capacity_; ++k)
                series_[i].lines.append(make(i, "SeriesTypeLine"));
        }
    }
    for (qsizetype i = 0; i < curves_.size(); ++i) series_[i].dots = make(i, "SeriesTypeScatter");
    for (const Drawn& drawn : std::as_const(series_)) {
        if (!drawn.dots || drawn.lines.contains(nullptr) || drawn.fills.contains(nullptr)) {
            series_.clear();
            capacity_ = 0;
            return false;
        }
    }
    return true;
}

QAbstractSeries* TimePlot::create(const char* type, const Curve& curve)
{
    const QMetaObject* meta = view_->metaObject();
    const int kind = meta->enumerator(meta->indexOfEnumerator("SeriesType")).keyToValue(type);
    QAbstractSeries* piece = nullptr;
    QMetaObject::invokeMethod(view_, "createSeries", Qt::DirectConnection, Q_RETURN_ARG(QAbstractSeries*, piece),
                              Q_ARG(int, kind), Q_ARG(QString, curve.label), Q_ARG(QAbstractAxis*, axisX_.data()),
                              Q_ARG(QAbstractAxis*, axisY_.data()));
    if (piece) {
        applyLook(piece, curve);
        piece->setVisible(false);
    }
    return piece;
}

void TimePlot::applyLook(QAbstractSeries* piece, const Curve& curve) const
{
    if (auto* area = qobject_cast<QAreaSeries*>(piece)) {
        QColor fill = curve.color;
        fill.setAlphaF(kFillAlpha);
        area->setPen(Qt::NoPen);
        area->setBrush(fill);
        area->setBorderColor(Qt::transparent);
    } else if (auto* dots = qobject_cast<QScatterSeries*>(piece)) {
        dots->setMarkerSize(kDotSize);
        dots->setPen(Qt::NoPen);
        dots->setBrush(curve.color);
        dots->setBorderColor(Qt::transparent);
    } else if (auto* line = qobject_cast<QXYSeries*>(piece)) {
        line->setPen(curve.pen());
    }
}

void TimePlot::restyle()
{
    for (qsizetype i = 0; i < series_.size(); ++i) {
        const Drawn& drawn = series_.at(i);
        for (QAbstractSeries* piece : drawn.lines) applyLook(piece, *curves_.at(i));
        for (QAbstractSeries* piece : drawn.fills) applyLook(piece, *curves_.at(i));
        applyLook(drawn.dots, *curves_.at(i));
    }
    Q_EMIT updated();
}

QList<TimeTick> TimePlot::xTicks() const
{
    if (!session_) return {};
    const bool relative =
        session_->isLive() && !session_->time()->isPaused() && drawn_.lengthMs() <= TimeWindow::kLiveMaxMs;
    return timeTicks(drawn_, relative);
}

bool TimePlot::draws(const QString& series) const
{
    return std::any_of(curves_.cbegin(), curves_.cend(),
                       [&series](const Curve* curve) { return curve->series == series; });
}

QList<PlotMark> TimePlot::marks() const
{
    return session_ ? linesOf(session_->shownAnnotations(), drawn_, kLineColumns) : QList<PlotMark>();
}

QList<PlotMark> TimePlot::rowMarks() const
{
    if (!session_) return {};
    QList<Annotation::Kind> kinds;
    for (const auto kind : {Annotation::Kind::Config, Annotation::Kind::Model, Annotation::Kind::Backend,
                            Annotation::Kind::Engine, Annotation::Kind::Client, Annotation::Kind::Stream}) {
        const bool any = std::any_of(curves_.cbegin(), curves_.cend(),
                                     [kind](const Curve* curve) { return concerns(kind, curve->series); });
        if (any) kinds.append(kind);
    }
    return rowOf(session_->shownAnnotations(), drawn_, kRowColumns, kinds);
}

QString TimePlot::spanText() const
{
    const auto clock = [](qint64 when) { return format::clock(when); };
    const QString from = clock(drawn_.beginMs), to = clock(drawn_.endMs);
    const QString first = format::day(drawn_.beginMs), last = format::day(drawn_.endMs);
    return first == last ? QStringLiteral("%1 – %2, %3").arg(from, to, last)
                         : QStringLiteral("%1 %2 – %3 %4").arg(first, from, last, to);
}

QString TimePlot::fileStem(const QString& title) const
{
    QString out = QStringLiteral("millrace-");
    for (const QChar letter : title.toLower()) {
        if (letter.isLetterOrNumber()) {
            out += letter;
        } else if (!out.endsWith(u'-')) {
            out += u'-';
        }
    }
    while (out.endsWith(u'-')) out.chop(1);
    return out;
}

QString TimePlot::csv() const
{
    if (!session_) return {};
    QString out = QStringLiteral("time,time_ms");
    for (const Curve* curve : curves_) out += u',' + format::csvCell(curve->series);
    out += u'\n';
    const SeriesStore& store = session_->shownSeries();
    const TimeSpan span = session_->time()->span();
    const qint64 step = store.stepMs();
    int rows = 0;
    for (qint64 when = (span.beginMs + step - 1) / step * step; when <= span.endMs && rows < kCsvRowsMax;
         when += step, ++rows) {
        out += QDateTime::fromMSecsSinceEpoch(when, Qt::UTC).toString(Qt::ISODate) + u',' + QString::number(when);
        for (const Curve* curve : curves_) {
            const auto value = store.at(curve->series, when, step / 2);
            out += u',' + (value ? QString::number(*value, 'g', 8) : QString());
        }
        out += u'\n';
    }
    return out;
}

}  // namespace millrace::desktop
