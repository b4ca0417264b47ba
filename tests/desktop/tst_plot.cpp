// SPDX-License-Identifier: GPL-3.0-or-later
#include "control.pb.h"
#include "items/effect_plot.h"
#include "items/matrix_view.h"
#include "items/plot_painter.h"
#include "items/sparkline.h"
#include "items/trend_line.h"
#include "series/annotations.h"
#include "series/plot_pieces.h"
#include "series/plot_scale.h"
#include "series/row_trends.h"
#include "series/series_store.h"
#include "series/time_plot.h"
#include "support/set_kind.h"

#include <QtGui/QFontMetricsF>
#include <QtTest/QTest>

#include <cmath>
#include <limits>

using namespace millrace::desktop;

namespace {

using Points = std::deque<SeriesPoint>;

control::Sample sampleOf(qint64 when, const std::map<std::string, double>& values)
{
    control::Sample sample;
    sample.set_time_ms(when);
    for (const auto& [name, value] : values) (*sample.mutable_values())[name] = value;
    return sample;
}

using Level = Annotation::Level;

Annotation noteOf(qint64 when, Annotation::Kind kind, const QString& text = QStringLiteral("x"),
                  Level level = Level::Info)
{
    return {when, kind, text, level, kind != Annotation::Kind::Model};
}

}  // namespace

/// What charts draw, without a chart: pieces, scales, marks, and the store they come from.
class TestPlot : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void piecesOfASeries_data();
    void piecesOfASeries();
    void spikesStayAndThePointsAreBounded();
    void sparseSeriesLoseNothing();
    void linesReachTheEdges();
    void columnsStandStillOnTheClock();
    void anOutageBreaksEveryLine();
    void replayedSecondsLookLikeLiveOnes();
    void aGapOfTheConnectionIsFilledIn();
    void logScales_data();
    void logScales();
    void anAxisMeetsTheEndThatCounts_data();
    void anAxisMeetsTheEndThatCounts();
    void aMeanReachesOverWhatWasMeasured();
    void logIsChosenAtOnceAndLeftLate();
    void aKindOfAnnotationPushesOutNoOther();
    void annotationsStandByTimeAndOnce();
    void marksOfOnePlaceBecomeOne();
    void modelsAreARowOfPlaces();
    void marksNameTheirSubject_data();
    void marksNameTheirSubject();
    void warningsStandWhereTheyConcern();
    void trendLinesUseTheWholeWidth();
    void wordsOfTheTimeAxisAreEven();
    void trendsAreOfRoundsOfASecond();
    void eventsThatExplainCharts_data();
    void eventsThatExplainCharts();
    void sparklinesBeginAtZero_data();
    void sparklinesBeginAtZero();
    void namesBesideNumbersAreWhole();
};

void TestPlot::piecesOfASeries_data()
{
    QTest::addColumn<Points>("points");
    QTest::addColumn<int>("lines");
    QTest::addColumn<int>("dots");
    QTest::newRow("none") << Points{} << 0 << 0;
    QTest::newRow("one is a dot") << Points{{5000, 7}} << 0 << 1;
    QTest::newRow("every second") << Points{{1000, 1}, {2000, 2}, {3000, 3}} << 1 << 0;
    QTest::newRow("a pause of ten seconds is bridged") << Points{{1000, 1}, {11'000, 2}} << 1 << 0;
    QTest::newRow("a longer one is not") << Points{{1000, 1}, {2000, 1}, {13'000, 2}, {14'000, 3}} << 2 << 0;
    QTest::newRow("line and dot") << Points{{1000, 1}, {2000, 2}, {20'000, 3}} << 1 << 1;
    QTest::newRow("dots alone") << Points{{1000, 1}, {20'000, 2}, {40'000, 3}} << 0 << 3;
}

void TestPlot::piecesOfASeries()
{
    QFETCH(Points, points);
    QFETCH(int, lines);
    QFETCH(int, dots);
    const Pieces pieces = buildPieces(points, {}, 0, 60'000);
    QCOMPARE(static_cast<int>(pieces.lines.size()), lines);
    QCOMPARE(static_cast<int>(pieces.dots.size()), dots);
    QCOMPARE(pieces.points(), static_cast<qsizetype>(points.size()));
}

void TestPlot::spikesStayAndThePointsAreBounded()
{
    Points points;
    for (int i = 0; i < 3600; ++i) points.push_back({i * 1000LL, i == 1234 ? 99.0 : i == 2345 ? -99.0 : 1.0});
    const Pieces pieces = buildPieces(points, {}, 0, 3'600'000);
    QCOMPARE(pieces.lines.size(), 1);
    QVERIFY2(pieces.points() <= 302, qPrintable(QString::number(pieces.points())));
    double low = 0, high = 0, before = -1;
    for (const QPointF& point : pieces.lines.first()) {
        low = std::min(low, point.y());
        high = std::max(high, point.y());
        QVERIFY(point.x() >= before);
        before = point.x();
    }
    QCOMPARE(high, 99.0);
    QCOMPARE(low, -99.0);
}

/// One chat every few seconds used to fill the 24 lines that a curve had, and the older part of it was not drawn.
void TestPlot::sparseSeriesLoseNothing()
{
    for (const qint64 every : {3000, 12'000, 25'000, 61'000}) {
        for (const qint64 window : {300'000, 900'000, 3'600'000}) {
            Points points;
            for (qint64 when = 0; when <= window; when += every) {
                points.push_back({when, 1.0 + static_cast<double>(when % 7)});
                if (when % (2 * every) == 0) points.push_back({when + 1000, 2});
            }
            const Pieces pieces = buildPieces(points, {}, 0, window);
            const QByteArray row = QByteArray::number(every) + " in " + QByteArray::number(window);
            QVERIFY2(pieces.lines.size() <= 24, row);
            QVERIFY2(pieces.points() <= 302, row);
            qreal first = std::numeric_limits<qreal>::infinity();
            for (const auto& line : pieces.lines) first = std::min(first, line.first().x());
            for (const QPointF& dot : pieces.dots) first = std::min(first, dot.x());
            QVERIFY2(first < 30'000, row);  // from the left edge on
            if (points.size() <= 300) QCOMPARE(pieces.points(), static_cast<qsizetype>(points.size()));
        }
    }
}

void TestPlot::linesReachTheEdges()
{
    const Points points = {{1000, 1}, {2000, 2}, {3000, 3}, {4000, 4}, {5000, 5}};
    const Pieces pieces = buildPieces(points, {}, 2500, 3500);
    QCOMPARE(pieces.lines.size(), 1);
    QCOMPARE(pieces.lines.first().first().x(), 2000.0);
    QCOMPARE(pieces.lines.first().last().x(), 4000.0);
}

void TestPlot::columnsStandStillOnTheClock()
{
    Points points;
    for (int i = 0; i < 3600; ++i) points.push_back({i * 1000LL, std::sin(i * 0.7)});
    const auto middle = [&](qint64 from) {
        QList<QPointF> out;
        const Pieces pieces = buildPieces(points, {}, from, from + 1'800'000);
        for (const QPointF& point : pieces.lines.first())
            if (point.x() > 600'000 && point.x() < 1'600'000) out.append(point);
        return out;
    };
    QCOMPARE(middle(1000), middle(7000));  // moving on by a few seconds changes no point that stays in sight
}

void TestPlot::anOutageBreaksEveryLine()
{
    const Points points = {{1000, 1}, {2000, 2}, {7000, 3}, {8000, 4}};
    QCOMPARE(buildPieces(points, {}, 0, 10'000).lines.size(), 1);              // nothing happened for five seconds
    QCOMPARE(buildPieces(points, {{2000, 7000}}, 0, 10'000).lines.size(), 2);  // nobody looked for five seconds
}

/// The console used to ask for as many points as an hour has seconds and got steps of two, and kept live samples at
/// the moment they came: after a restart the same minute looked different.
void TestPlot::replayedSecondsLookLikeLiveOnes()
{
    SeriesStore live;
    control::History history;
    auto& series = *history.add_series();
    series.set_name("a");
    for (int i = 1; i <= 30; ++i) {
        const double value = i % 2 ? 300 : 150;
        live.append(sampleOf(i * 1000 + i * 17 % 400, {{"a", value}}));
        history.add_times_ms(i * 1000);
        series.add_values(value);
    }
    SeriesStore replayed;
    replayed.backfill(history);
    QCOMPARE(replayed.points(QStringLiteral("a")), live.points(QStringLiteral("a")));
    QCOMPARE(replayed.newestMs(), live.newestMs());
    QCOMPARE(buildPieces(replayed.points(QStringLiteral("a")), replayed.outages(), 0, 30'000),
             buildPieces(live.points(QStringLiteral("a")), live.outages(), 0, 30'000));
}

void TestPlot::aGapOfTheConnectionIsFilledIn()
{
    SeriesStore store;
    for (const int second : {1, 2, 3, 10, 11}) store.append(sampleOf(second * 1000, {{"a", second}}));
    QCOMPARE(store.outages().size(), std::size_t(1));
    control::History history;
    auto& series = *history.add_series();
    series.set_name("a");
    for (int i = 1; i <= 11; ++i) {
        history.add_times_ms(i * 1000);
        series.add_values(100 + i);
    }
    store.backfill(history);
    QVERIFY(store.outages().empty());
    QCOMPARE(store.points(QStringLiteral("a")).size(), std::size_t(11));
    QCOMPARE(store.at(QStringLiteral("a"), 3000), std::optional(3.0));  // what is held stays
    QCOMPARE(store.at(QStringLiteral("a"), 5000), std::optional(105.0));
}

void TestPlot::logScales_data()
{
    QTest::addColumn<double>("low");
    QTest::addColumn<double>("high");
    QTest::addColumn<double>("bottom");
    QTest::addColumn<double>("top");
    QTest::newRow("1 ms to 10 s") << 1.0 << 10'000.0 << 1.0 << 10'000.0;
    QTest::newRow("within") << 2.4 << 4'800.0 << 1.0 << 5'000.0;
    QTest::newRow("below one") << 0.04 << 73.0 << 0.01 << 100.0;
    // Was cut at five decades, and the values below were drawn on the bottom line.
    QTest::newRow("eight decades") << 0.0004 << 6'000.0 << 0.0001 << 10'000.0;
    QTest::newRow("more than there are") << 1e-12 << 6'000.0 << 1e-7 << 10'000.0;
    QTest::newRow("one value") << 3.0 << 3.0 << 1.0 << 5.0;
    QTest::newRow("a decade exactly") << 10.0 << 10.0 << 10.0 << 100.0;
    QTest::newRow("nothing") << 0.0 << 0.0 << 1.0 << 10.0;
}

void TestPlot::logScales()
{
    QFETCH(double, low);
    QFETCH(double, high);
    QFETCH(double, bottom);
    QFETCH(double, top);
    const PlotScale scale = PlotScale::logarithmic(low, high);
    QVERIFY(scale.isLog());
    QVERIFY2(std::abs(scale.bottom() / bottom - 1) < 1e-6, qPrintable(QString::number(scale.bottom())));
    QVERIFY2(std::abs(scale.top() / top - 1) < 1e-6, qPrintable(QString::number(scale.top())));
    QVERIFY(scale.top() >= high);
    const auto ticks = scale.ticks();
    QVERIFY2(ticks.size() >= 2 && ticks.size() <= 9, qPrintable(QString::number(ticks.size())));
    QVERIFY2(2.1 * ticks.constLast() >= scale.top(), "the upper part of the last decade has no figure");
    QCOMPARE(scale.place(scale.bottom()), 0.0);
    QCOMPARE(scale.place(scale.top()), 1.0);
    QCOMPARE(scale.place(0), 0.0);  // what cannot stand on it stands at its end
    QVERIFY(std::abs(scale.valueAt(scale.place(top / 2)) - top / 2) < 1e-6 * top);
}

void TestPlot::anAxisMeetsTheEndThatCounts_data()
{
    QTest::addColumn<double>("from");
    QTest::addColumn<QList<double>>("ticks");
    const auto row = [](double from, const QList<double>& ticks) {
        QTest::addRow("from %g %%", 100 * from) << from << ticks;
    };
    row(0.75, {0.75, 0.8, 0.85, 0.9, 0.95, 1});  // were 75, 82.5, 90 and 97.5
    row(0.9, {0.9, 0.92, 0.94, 0.96, 0.98, 1});
    row(0.88, {0.88, 0.92, 0.96, 1});
    row(0.84, {0.84, 0.88, 0.92, 0.96, 1});
    row(0.5, {0.5, 0.6, 0.7, 0.8, 0.9, 1});
    row(0, {0, 0.25, 0.5, 0.75, 1});
}

void TestPlot::anAxisMeetsTheEndThatCounts()
{
    QFETCH(double, from);
    QFETCH(QList<double>, ticks);
    const QList<double> found = NiceScale::ticks(from, 1);
    QCOMPARE(found.size(), ticks.size());
    for (qsizetype i = 0; i < ticks.size(); ++i) QVERIFY(std::abs(found.at(i) - ticks.at(i)) < 1e-9);
}

/// A second after a change, its mean was drawn over the whole minute.
void TestPlot::aMeanReachesOverWhatWasMeasured()
{
    const double none = std::numeric_limits<double>::quiet_NaN();
    using Seconds = std::pair<int, int>;
    QCOMPARE(EffectPlot::measured({none, 3, none, 4, none}), Seconds(1, 3));
    QCOMPARE(EffectPlot::measured({none, none}), Seconds(-1, -1));
    EffectPlot plot;
    plot.setSize({400, 120});
    plot.setBefore(QList<double>(60, 5));
    plot.setBeforeMean(5);
    QList<double> after(60, none);
    after[0] = 2;
    plot.setAfter(after);
    plot.setAfterMean(2);
    plot.setBeforeColor(Qt::blue);
    plot.setAfterColor(Qt::red);
    QImage image(400, 120, QImage::Format_RGB32);
    image.fill(Qt::white);
    QPainter painter(&image);
    plot.paint(&painter);
    painter.end();
    int most = 0;
    for (int x = 0; x < image.width(); ++x)
        for (int y = 0; y < image.height(); ++y)
            if (const QColor ink = image.pixelColor(x, y); ink.red() > 200 && ink.blue() < 100) most = x;
    QVERIFY2(most > 200 && most < 220, qPrintable(QString::number(most)));
}

void TestPlot::logIsChosenAtOnceAndLeftLate()
{
    LogChoice choice;
    QVERIFY(!choice.update(2, 40, 0));
    QVERIFY(choice.update(2, 6000, 1000));  // one cold start
    QVERIFY(choice.update(2, 40, 2000));    // still decades apart for a line to be read
    QVERIFY(choice.update(2, 20, 3000));
    QVERIFY(choice.update(2, 20, 12'000));
    QVERIFY(!choice.update(2, 20, 13'000));  // ten calm seconds
    QVERIFY(!choice.update(0, 0, 14'000));
}

/// Two or three loads a second used to push configuration and backends out of a list that all kinds shared.
void TestPlot::aKindOfAnnotationPushesOutNoOther()
{
    AnnotationLog log;
    log.add(noteOf(1, Annotation::Kind::Config));
    log.add(noteOf(2, Annotation::Kind::Backend));
    for (int i = 0; i < 20'000; ++i) log.add(noteOf(10 + i, Annotation::Kind::Model, QString::number(i)));
    QCOMPARE(static_cast<int>(log.of(Annotation::Kind::Model).size()), AnnotationLog::kMax[1]);
    QCOMPARE(log.of(Annotation::Kind::Model).back().text, QStringLiteral("19999"));
    QCOMPARE(log.of(Annotation::Kind::Config).size(), std::size_t(1));
    QCOMPARE(log.of(Annotation::Kind::Backend).size(), std::size_t(1));
}

void TestPlot::annotationsStandByTimeAndOnce()
{
    AnnotationLog log;
    log.add(noteOf(30, Annotation::Kind::Engine, QStringLiteral("c")));
    log.add(noteOf(10, Annotation::Kind::Engine, QStringLiteral("a")));
    log.add(noteOf(20, Annotation::Kind::Engine, QStringLiteral("b")));
    log.add(noteOf(20, Annotation::Kind::Engine, QStringLiteral("b")));  // live, and again with the history
    QStringList texts;
    for (const Annotation& note : log.of(Annotation::Kind::Engine)) texts.append(note.text);
    QCOMPARE(texts, (QStringList{QStringLiteral("a"), QStringLiteral("b"), QStringLiteral("c")}));
}

void TestPlot::marksOfOnePlaceBecomeOne()
{
    AnnotationLog log;
    const TimeSpan span{0, 150'000};
    log.add(noteOf(10'000, Annotation::Kind::Config, QStringLiteral("applied")));
    for (int i = 0; i < 5; ++i)
        log.add(noteOf(50'000 + i, Annotation::Kind::Backend, QStringLiteral("down %1").arg(i),
                       i == 3 ? Level::Error : Level::Info));
    log.add(noteOf(200'000, Annotation::Kind::Config));
    log.add(noteOf(60'000, Annotation::Kind::Model));
    const auto marks = linesOf(log, span, 150);
    QCOMPARE(marks.size(), 2);
    QCOMPARE(marks.at(0).text, QStringLiteral("applied"));
    QCOMPARE(marks.at(1).count, 5);
    QCOMPARE(marks.at(1).level, Level::Error);  // the worst wins
    QVERIFY(marks.at(1).text.startsWith(QStringLiteral("down 0\ndown 1\ndown 2\n")));
    QVERIFY(marks.at(1).text.contains(u'2'));
    QVERIFY(!marks.at(1).text.contains(QStringLiteral("down 4")));
}

void TestPlot::modelsAreARowOfPlaces()
{
    AnnotationLog log;
    const TimeSpan span{0, 300'000};
    for (int i = 0; i < 900; ++i)
        log.add(noteOf(i * 300, Annotation::Kind::Model, QString::number(i), i == 7 ? Level::Warning : Level::Info));
    const auto row = rowOf(log, span, 150, {Annotation::Kind::Model});
    QCOMPARE(row.size(), 135);  // of 150 places, those up to 270 s
    int all = 0;
    for (const PlotMark& mark : row) all += mark.count;
    QCOMPARE(all, 900);
    QCOMPARE(row.at(1).level, Level::Warning);
    QVERIFY(linesOf(log, span, 150).isEmpty());
    QVERIFY(rowOf(log, span, 150, {Annotation::Kind::Stream}).isEmpty());
}

void TestPlot::eventsThatExplainCharts_data()
{
    using Kind = Annotation::Kind;
    QTest::addColumn<QString>("kind");
    QTest::addColumn<int>("severity");
    QTest::addColumn<int>("expected");  // < 0: none
    QTest::addColumn<Level>("level");
    QTest::addColumn<bool>("line");
    const int info = control::SEVERITY_INFO, warning = control::SEVERITY_WARNING, error = control::SEVERITY_ERROR;
    const auto row = [](const char* name, const char* event, int severity, int kind, Level level, bool line) {
        QTest::newRow(name) << event << severity << kind << level << line;
    };
    row("configuration", "config_applied", info, int(Kind::Config), Level::Info, true);
    row("taken back", "config_reverted", warning, int(Kind::Config), Level::Warning, true);
    row("load", "model_loaded", info, int(Kind::Model), Level::Info, false);
    row("backend", "backend_down", warning, int(Kind::Backend), Level::Error, true);
    row("restart", "engine_started", info, int(Kind::Engine), Level::Info, true);
    row("stood still", "loop_stalled", warning, int(Kind::Engine), Level::Warning, false);
    row("slow clients", "backpressure_limit", warning, int(Kind::Stream), Level::Warning, false);
    row("too many clients", "clients_refused", warning, int(Kind::Client), Level::Warning, false);
    row("no clients at all", "front_failed", error, int(Kind::Client), Level::Error, true);
    row("a warning of a backend", "backend_key_missing", warning, int(Kind::Backend), Level::Warning, false);
    row("a warning that nobody listed", "something_new", warning, int(Kind::Engine), Level::Warning, false);
    row("a note that nobody listed", "something_new", info, -1, Level::Info, false);
}

void TestPlot::eventsThatExplainCharts()
{
    QFETCH(QString, kind);
    QFETCH(int, severity);
    QFETCH(int, expected);
    QFETCH(Level, level);
    QFETCH(bool, line);
    control::Event event;
    millrace::testing::setKind(event, kind);
    event.set_severity(static_cast<control::Severity>(severity));
    const auto annotation = AnnotationLog::from(event);
    QCOMPARE(annotation ? static_cast<int>(annotation->kind) : -1, expected);
    if (!annotation) return;
    QCOMPARE(annotation->level, level);
    QCOMPARE(annotation->line, line);
}

/// The hover read "manually", and not of which model.
void TestPlot::marksNameTheirSubject_data()
{
    QTest::addColumn<QString>("kind");
    QTest::addColumn<QString>("subject");
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char* kind, const char* subject, const char* text, const char* expected) {
        QTest::newRow(kind) << kind << subject << text << QString::fromUtf8(expected);
    };
    row("model_unloaded", "scribe", "manually", "model unloaded · scribe: “manually”");
    row("model_evicted", "digits-l", "to preload scribe", "model evicted · digits-l: “to preload scribe”");
    row("backend_draining", "llama", "drained by the operator", "backend draining · llama: “drained by the operator”");
    row("backend_down", "triton", "", "backend down · triton");
    row("something_new", "a%2b", "of 3 %1", "something new · a%2b: “of 3 %1”");
    row("config_applied", "configuration", "revision 7 is active", "“revision 7 is active”");
    row("loop_stalled", "engine", "no answer for 2 s", "“no answer for 2 s”");
    row("clients_refused", "", "1,000 are connected", "“1,000 are connected”");
}

void TestPlot::marksNameTheirSubject()
{
    QFETCH(QString, kind);
    QFETCH(QString, subject);
    QFETCH(QString, text);
    control::Event event;
    millrace::testing::setKind(event, kind);
    event.set_subject(subject.toStdString());
    event.set_text(text.toStdString());
    event.set_severity(control::SEVERITY_WARNING);
    const auto annotation = AnnotationLog::from(event);
    QVERIFY(annotation);
    QTEST(annotation->text, "expected");
}

/// Every warning used to be a red line on all charts.
void TestPlot::warningsStandWhereTheyConcern()
{
    using Kind = Annotation::Kind;
    QVERIFY(concerns(Kind::Stream, QStringLiteral("stream_buffered_bytes")));
    QVERIFY(!concerns(Kind::Stream, QStringLiteral("connection_reuse")));
    QVERIFY(concerns(Kind::Model, QStringLiteral("preload_hit_rate")));
    QVERIFY(!concerns(Kind::Model, QStringLiteral("served_per_second")));
    QVERIFY(concerns(Kind::Client, QStringLiteral("refused_per_second")));
    AnnotationLog log;
    for (int i = 0; i < 5000; ++i) {
        control::Event event;
        event.set_time_ms(i * 60);
        event.set_kind(control::EVENT_KIND_BACKPRESSURE_LIMIT);
        event.set_severity(control::SEVERITY_WARNING);
        event.set_text(std::to_string(i));
        log.add(*AnnotationLog::from(event));
    }
    const TimeSpan span{0, 300'000};
    QVERIFY(linesOf(log, span, TimePlot::kLineColumns).isEmpty());
    const auto row = rowOf(log, span, TimePlot::kRowColumns, {Kind::Stream});
    QVERIFY(!row.isEmpty() && row.size() <= TimePlot::kRowColumns);
    QVERIFY(rowOf(log, span, TimePlot::kRowColumns, {Kind::Model, Kind::Backend}).isEmpty());
}

/// The numbers of a matrix' rows took their place from the names: "synth…-fast 6".
void TestPlot::namesBesideNumbersAreWhole()
{
    MatrixView matrix;
    matrix.setSize({420, 240});
    const QStringList names{QStringLiteral("digits-l"), QStringLiteral("synthetic-fast"), QStringLiteral("embed-mini"),
                            QStringLiteral("scribe"),   QStringLiteral("digits-m"),       QStringLiteral("synthetic")};
    matrix.setNames(names);
    QVERIFY(matrix.isNumbered());
    const QFontMetricsF metrics(matrix.font());
    QVERIFY(matrix.area().left() >= metrics.horizontalAdvance(names.at(1)) + metrics.horizontalAdvance(u'6') + 6 + 8);
    matrix.setNames({QStringLiteral("a"), QStringLiteral("b")});
    QVERIFY(!matrix.isNumbered());
    QVERIFY(matrix.area().left() <= metrics.horizontalAdvance(u'b') + 12);
}

/// A few points used to stand cut at the right edge of a wide, empty cell.
void TestPlot::trendLinesUseTheWholeWidth()
{
    const QSizeF cell(80, 16);
    QVERIFY(TrendLine::pointsOf({}, cell).isEmpty());
    QVERIFY(TrendLine::pointsOf({1}, cell).isEmpty());
    for (const int count : {2, 5, 60}) {
        QList<double> values(count, 1);
        values.last() = 3;
        const QPolygonF points = TrendLine::pointsOf(values, cell);
        QCOMPARE(points.size(), count);
        QVERIFY(points.constFirst().x() < 2);
        QVERIFY(points.constLast().x() > 78 && points.constLast().x() < 80);
        for (const QPointF& point : points) QVERIFY(point.y() >= 0 && point.y() < 16);
    }
    for (const QPointF& point : TrendLine::pointsOf({0, 0, 0}, cell)) QCOMPARE(point.y(), 15.0);
}

/// On small charts some words were left out where they happened not to fit, and the others stood at odd places.
void TestPlot::wordsOfTheTimeAxisAreEven()
{
    for (const qint64 length : {30'000, 60'000, 127'000, 300'000, 900'000, 3'600'000, 86'400'000}) {
        const auto ticks = timeTicks({1'700'000'000'000 - length, 1'700'000'000'000}, true);
        const QList<double> widths(ticks.size(), 34);
        for (int width = 60; width < 900; width += 7) {
            const QRectF area(40, 8, width, 100);
            const auto words = plot_painter::tickWords(ticks, widths, area);
            QVERIFY(!words.isEmpty());
            QCOMPARE(words.constFirst().tick, ticks.size() - 1);  // the newest always has its word
            for (qsizetype i = 1; i < words.size(); ++i) {
                QVERIFY(words.at(i).left + 34 < words.at(i - 1).left);
                QCOMPARE(words.at(i - 1).tick - words.at(i).tick, words.at(0).tick - words.at(1).tick);
            }
        }
    }
}

void TestPlot::trendsAreOfRoundsOfASecond()
{
    RowTrends trends;
    for (qint64 now = 1000; now <= 100'000; now += 250) {
        if (trends.beginRound(now)) trends.addTotal(QStringLiteral("a"), now, static_cast<double>(now) / 100);
    }
    QCOMPARE(trends.of(QStringLiteral("a")), QList<double>(RowTrends::kMost, 10));
    QVERIFY(trends.of(QStringLiteral("b")).isEmpty());
    QVERIFY(trends.beginRound(500));  // another engine
    QVERIFY(trends.of(QStringLiteral("a")).isEmpty());
}

void TestPlot::sparklinesBeginAtZero_data()
{
    QTest::addColumn<double>("value");
    QTest::addColumn<bool>("share");
    QTest::addColumn<double>("place");  // of a constant: 0 bottom, 1 top
    QTest::newRow("constant zero") << 0.0 << false << 0.0;
    QTest::newRow("no hits") << 0.0 << true << 0.0;
    QTest::newRow("half") << 0.5 << true << 0.5;
    QTest::newRow("all hits") << 1.0 << true << 1.0;
    QTest::newRow("constant rate") << 240.0 << false << 1 / 1.1;
}

void TestPlot::sparklinesBeginAtZero()
{
    QFETCH(double, value);
    QFETCH(bool, share);
    QFETCH(double, place);
    QVERIFY(std::abs(value / Sparkline::topFor(value, share) - place) < 1e-9);
}

QTEST_MAIN(TestPlot)
#include "tst_plot.moc"
