// SPDX-License-Identifier: GPL-3.0-or-later
#include "console_scene.h"
#include "control.pb.h"
#include "items/painted_figure.h"
#include "items/plot_frame.h"
#include "items/plot_pointer.h"
#include "series/time_plot.h"

#include <QtCore/QTemporaryDir>
#include <QtGui/QClipboard>
#include <QtGui/QGuiApplication>
#include <QtTest/QTest>

using namespace millrace::desktop;

namespace {

/// A chart as it is seen, and the places on it.
struct Chart {
    explicit Chart(QQuickItem* shownCard) : card(shownCard)
    {
        const auto pointers = ConsoleScene::ofType(card, QStringLiteral("PlotPointer"));
        if (pointers.isEmpty()) qFatal("a chart without a layer for the pointer");
        pointer = qobject_cast<PlotPointer*>(pointers.first());
        plot = pointer->plot();
    }
    /// A place on the lines, 0..1 of their width, in those of the pointer's layer.
    QPointF at(double place) const
    {
        const QRectF area = pointer->property("area").toRectF();
        return {(area.left() + place * area.width()) / pointer->width(),
                (area.top() + area.height() * 0.4) / pointer->height()};
    }
    QQuickItem* part(const QString& objectName) const
    {
        const auto below = pointer->parentItem()->childItems();
        for (QQuickItem* item : below)
            if (item->objectName() == objectName) return item;
        return nullptr;
    }
    QString title() const { return card->property("title").toString(); }
    QQuickItem* card;
    PlotPointer* pointer = nullptr;
    TimePlot* plot = nullptr;
};

QList<Chart> chartsOf(const ConsoleScene& scene)
{
    QList<Chart> out;
    for (QQuickItem* card : scene.ofType(QStringLiteral("ChartCard"))) out.append(Chart(card));
    return out;
}

}  // namespace

/// Every chart of every page under a pointer: what moves, what stays, and that nothing warns.
class TestCharts : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void pagesWithCharts();
    void hoverShowsCrosshairAndReadings_data() { pages(); }
    void hoverShowsCrosshairAndReadings();
    void readingsSurviveARefresh();
    void hoverKeepsTheToolsInSight();
    void hoverDoesNotPaintTheChart();
    void dragZoomsAndDoubleClickGoesBack_data() { pages(); }
    void dragZoomsAndDoubleClickGoesBack();
    void anAxisThatBeginsHighReachesDownToItsLine();
    void theWheelChangesTheWindow();
    void theWheelAloneScrollsThePage();
    void clicksSetTwoCursors();
    void annotationsSayWhatTheyAre();
    void keysMoveTheCrosshairAndPinIt();
    void toolsAreReachedByKeys();
    void aLegendEntryIsolatesItsSeries();
    void goalsStandInTheLegend();
    void legendsAreWhole_data();
    void legendsAreWhole();
    void chartsBesideEachOtherBeginAlike_data() { legendsAreWhole_data(); }
    void chartsBesideEachOtherBeginAlike();
    void theServedLineIsNotHidden();
    void whatFailedIsShownWithoutItsColour();
    void figuresSayWhatIsUnderThePointer_data();
    void figuresSayWhatIsUnderThePointer();
    void theTimeBarLeadsIntoThePastAndBack();
    void aDayIsDrawnFromTheHistory();
    void showingAMomentLeavesNoCrosshairBehind();
    void picturesAreWhole();
    void tipsDoNotLieOverMenus();
    void toolsCoverNoReading();
    void pausedAndIdleChartsAreNotPainted();

private:
    static void pages();
};

void TestCharts::pages()
{
    QTest::addColumn<QString>("page");
    for (const char* page : {"flow", "connections", "batches", "streams"}) QTest::newRow(page) << page;
}

void TestCharts::pagesWithCharts()
{
    ConsoleScene scene;
    QHash<QString, int> charts;
    for (int i = 0; i < scene.shell().pages()->rowCount(); ++i) {
        scene.open(scene.shell().pages()->keyAt(i));
        charts.insert(scene.shell().pageKey(), static_cast<int>(chartsOf(scene).size()));
    }
    for (const char* page : {"flow", "connections", "batches", "streams"}) QVERIFY(charts.value(page) > 0);
    QCOMPARE(charts.value(QStringLiteral("flow")), 6);
}

/// In Qt 6.4 a disabled ChartView takes the hover all the same: no chart had a crosshair in a real window.
void TestCharts::hoverShowsCrosshairAndReadings()
{
    QFETCH(QString, page);
    ConsoleScene scene({.page = page});
    scene.step(3);
    for (const Chart& chart : chartsOf(scene)) {
        scene.hover(chart.pointer, chart.at(0.6));
        QVERIFY2(chart.pointer->isHovered(), qPrintable(chart.title()));
        QVERIFY2(chart.part(QStringLiteral("crosshair"))->isVisible(), qPrintable(chart.title()));
        QVERIFY2(chart.part(QStringLiteral("crosshairTime"))->isVisible(), qPrintable(chart.title()));
        QVERIFY(std::abs(chart.plot->crosshairX() - 0.6) < 0.02);
        // One crosshair across all charts, and each says its values of that moment.
        for (const Chart& other : chartsOf(scene)) {
            QVERIFY(other.part(QStringLiteral("crosshair"))->isVisible());
            QCOMPARE(other.plot->crosshairX(), chart.plot->crosshairX());
            QCOMPARE(other.part(QStringLiteral("crosshairTime"))->isVisible(), other.card == chart.card);
            for (const Curve* curve : other.plot->curveList()) QVERIFY(!curve->reading().isEmpty());
        }
        scene.leave();
        QVERIFY(!chart.part(QStringLiteral("crosshair"))->isVisible());
    }
}

void TestCharts::readingsSurviveARefresh()
{
    ConsoleScene scene;
    scene.step(3);
    const Chart chart = chartsOf(scene).first();
    scene.hover(chart.pointer, chart.at(0.5));
    const qint64 before = scene.time().crosshairMs();
    scene.step(30);
    QVERIFY(std::abs(chart.plot->crosshairX() - 0.5) < 0.02);  // under the pointer, though the lines moved on
    QVERIFY(scene.time().crosshairMs() > before);
    const auto value =
        scene.session().shownSeries().at(chart.plot->curveList().first()->series, scene.time().crosshairMs());
    QCOMPARE(chart.plot->curveList().first()->reading(), format::text(value, format::Unit::PerSecond));
}

void TestCharts::hoverKeepsTheToolsInSight()
{
    ConsoleScene scene;
    const Chart chart = chartsOf(scene).first();
    scene.leave();
    QVERIFY(!chart.card->property("toolsShown").toBool());
    scene.hover(chart.pointer, chart.at(0.5));
    QVERIFY(chart.card->property("toolsShown").toBool());  // they used to vanish over the lines
    scene.leave();
    QVERIFY(!chart.card->property("toolsShown").toBool());
}

void TestCharts::hoverDoesNotPaintTheChart()
{
    ConsoleScene scene;
    scene.step(3);
    const Chart chart = chartsOf(scene).first();
    const auto views = ConsoleScene::ofType(chart.card, QStringLiteral("ChartView"));
    QQuickItem* view = nullptr;
    for (QQuickItem* item : chart.pointer->parentItem()->childItems())
        if (QByteArray(item->metaObject()->className()).contains("DeclarativeChart")) view = item;
    QVERIFY(view || !views.isEmpty());
    if (!view) view = views.first();
    QVERIFY(!view->acceptHoverEvents());
    int updates = 0;
    connect(chart.plot, &TimePlot::updated, chart.plot, [&updates] { ++updates; });
    for (int i = 0; i < 20; ++i) scene.hover(chart.pointer, chart.at(0.2 + 0.03 * i));
    QCOMPARE(updates, 0);
}

void TestCharts::dragZoomsAndDoubleClickGoesBack()
{
    QFETCH(QString, page);
    ConsoleScene scene({.page = page});
    scene.step(3);
    for (const Chart& chart : chartsOf(scene)) {
        const TimeSpan before = scene.time().span();
        scene.drag(chart.pointer, chart.at(0.25), chart.at(0.5));
        const TimeSpan zoomed = scene.time().span();
        QVERIFY2(scene.time().isPaused() && scene.time().isCustom(), qPrintable(chart.title()));
        QVERIFY(std::abs(zoomed.lengthMs() - before.lengthMs() / 4) < before.lengthMs() / 50);
        QVERIFY(std::abs(zoomed.beginMs - (before.beginMs + before.lengthMs() / 4)) < before.lengthMs() / 50);
        QCOMPARE(scene.time().cursorAMs(), qint64(0));  // a drag is no click
        scene.step(2);
        QCOMPARE(scene.time().span(), zoomed);  // what arrives moves nothing
        scene.doubleClick(chart.pointer, chart.at(0.5));
        QVERIFY(!scene.time().isPaused());
        QCOMPARE(scene.time().cursorAMs(), qint64(0));  // its first half is no click either
        QCOMPARE(scene.time().span().lengthMs(), before.lengthMs());
    }
}

/// A reuse of 40 % was drawn along the lower edge of an axis that began at 90 %.
void TestCharts::anAxisThatBeginsHighReachesDownToItsLine()
{
    ConsoleScene scene({.page = QStringLiteral("connections")});
    scene.step(3);
    for (const Chart& chart : chartsOf(scene)) {
        if (chart.title() != QStringLiteral("Reused or new")) continue;
        QCOMPARE(chart.plot->y().bottom(), 0.9);
        control::Frame frame = scene.session().frame();
        frame.set_sequence(frame.sequence() + 1);
        frame.mutable_sample()->set_time_ms(frame.sample().time_ms() + 1000);
        (*frame.mutable_sample()->mutable_values())["connection_reuse"] = 0.4;
        Q_EMIT scene.client().frameArrived(frame);
        scene.settle();
        QVERIFY2(chart.plot->y().bottom() < 0.4, qPrintable(QString::number(chart.plot->y().bottom())));
        QCOMPARE(chart.plot->y().top(), 1.0);
        return;
    }
    QFAIL("no chart of reuse");
}

void TestCharts::theWheelChangesTheWindow()
{
    ConsoleScene scene;
    scene.step(3);
    const Chart chart = chartsOf(scene).first();
    const int before = scene.time().windowIndex();
    scene.wheel(chart.pointer, 1, chart.at(0.5), Qt::ControlModifier);
    QCOMPARE(scene.time().windowIndex(), before - 1);
    QVERIFY(!scene.time().isPaused());
    scene.wheel(chart.pointer, -1, chart.at(0.5), Qt::ControlModifier);
    QCOMPARE(scene.time().windowIndex(), before);
    scene.wheel(chart.pointer, 1, chart.at(0.5), Qt::ShiftModifier);
    QVERIFY(scene.time().isPast());  // Shift: through time
    const qint64 length = scene.time().windowMs();
    scene.wheel(chart.pointer, 1, chart.at(0.5), Qt::ControlModifier);
    QVERIFY(scene.time().windowMs() < length);
}

/// Who scrolled a page with the pointer over a chart changed the window of all of them.
void TestCharts::theWheelAloneScrollsThePage()
{
    ConsoleScene scene({.size = {1024, 640}});
    scene.step(3);
    const Chart chart = chartsOf(scene).first();
    const int window = scene.time().windowIndex();
    const auto top = [&] { return chart.card->mapToScene({}).y(); };
    for (int i = 0; i < 20 && top() > 300; ++i) scene.wheel(scene.ofType(QStringLiteral("PageHost")).first(), -1);
    QTRY_VERIFY(top() <= 300);
    const double before = top();
    scene.wheel(chart.pointer, -1, chart.at(0.5));
    QTRY_VERIFY2(top() < before, "the page stays where it was");
    QCOMPARE(scene.time().windowIndex(), window);
    QVERIFY(!scene.time().isPaused());
    // Its rest is not kept for a wheel that means the chart.
    scene.wheel(chart.pointer, 1, chart.at(0.5), Qt::ControlModifier);
    QCOMPARE(scene.time().windowIndex(), window - 1);
}

void TestCharts::clicksSetTwoCursors()
{
    ConsoleScene scene;
    scene.step(3);
    const QList<Chart> charts = chartsOf(scene);
    const Chart& chart = charts.first();
    scene.click(chart.pointer, chart.at(0.3));
    QVERIFY(chart.part(QStringLiteral("cursorA"))->isVisible());
    QVERIFY(charts.last().part(QStringLiteral("cursorA"))->isVisible());
    scene.click(chart.pointer, chart.at(0.8));
    QVERIFY(chart.part(QStringLiteral("cursorB"))->isVisible());
    scene.leave();
    const qint64 a = scene.time().cursorAMs(), b = scene.time().cursorBMs();
    const Curve* served = chart.plot->curveList().first();
    const auto value = [&](qint64 when) { return *scene.session().shownSeries().at(served->series, when); };
    QCOMPARE(served->reading(), format::text(value(b), format::Unit::PerSecond));
    QCOMPARE(served->difference(), format::difference(value(b) - value(a), format::Unit::PerSecond));
    QQuickItem* pill = scene.byObjectName(QStringLiteral("cursors"));
    QVERIFY(pill);
    QVERIFY(pill->property("text").toString().contains(format::span(b - a)));
    scene.click(pill);
    QVERIFY(!chart.part(QStringLiteral("cursorA"))->isVisible());
}

void TestCharts::annotationsSayWhatTheyAre()
{
    ConsoleScene scene;
    scene.client().world().addEvent(control::SEVERITY_NOTICE, control::EVENT_KIND_CONFIG_APPLIED, "engine",
                                    "size_max 100 → 120");
    scene.step(20);
    const Chart chart = chartsOf(scene).first();
    const auto marks = chart.plot->marks();
    const auto mark = std::find_if(marks.begin(), marks.end(),
                                   [](const PlotMark& m) { return m.text.contains(QStringLiteral("100 → 120")); });
    QVERIFY(mark != marks.end());
    const double near = 3 / chart.pointer->property("area").toRectF().width();
    scene.hover(chart.pointer, chart.at(mark->at - near));  // beside it: it catches the crosshair
    QQuickItem* words = chart.part(QStringLiteral("markText"));
    QVERIFY(words->isVisible());
    QVERIFY(words->property("text").toString().contains(QStringLiteral("100 → 120")));
    double free = 0.05;
    const auto taken = [&](double at) {
        return std::any_of(marks.begin(), marks.end(), [at](const PlotMark& m) { return std::abs(m.at - at) < 0.03; });
    };
    while (taken(free)) free += 0.01;
    scene.hover(chart.pointer, chart.at(free));
    QVERIFY2(!words->isVisible(), qPrintable(chart.plot->markText()));
    // A storm of models leaves no mark on a chart that is not about them.
    for (int i = 0; i < 300; ++i)
        scene.client().world().addEvent(control::SEVERITY_INFO, control::EVENT_KIND_MODEL_LOADED, "m",
                                        "loaded " + std::to_string(i));
    scene.step(2);
    QVERIFY(chart.plot->marks().size() <= marks.size() + 1);
    QVERIFY(chart.plot->rowMarks().isEmpty());
}

void TestCharts::keysMoveTheCrosshairAndPinIt()
{
    ConsoleScene scene;
    scene.step(3);
    const Chart chart = chartsOf(scene).first();
    chart.card->forceActiveFocus(Qt::TabFocusReason);
    scene.key(Qt::Key_Left);
    const qint64 first = scene.time().crosshairMs();
    QVERIFY(first > 0);
    QVERIFY(!scene.time().isPaused());  // it is the crosshair that moves, not the view
    scene.key(Qt::Key_Left);
    QVERIFY(scene.time().crosshairMs() < first);
    scene.key(Qt::Key_Right);
    QCOMPARE(scene.time().crosshairMs(), first);
    QVERIFY(chart.part(QStringLiteral("crosshairTime"))->isVisible());
    scene.key(Qt::Key_Return);
    QCOMPARE(scene.time().cursorAMs(), first);
    scene.key(Qt::Key_Escape);
    QCOMPARE(scene.time().cursorAMs(), qint64(0));
    QCOMPARE(scene.time().crosshairMs(), qint64(0));
    scene.key(Qt::Key_Space);
    QVERIFY(scene.time().isPaused());  // keys that are not the chart's still are the window's
}

void TestCharts::toolsAreReachedByKeys()
{
    ConsoleScene scene;
    scene.step(3);
    const Chart chart = chartsOf(scene).first();
    chart.card->forceActiveFocus(Qt::TabFocusReason);
    QStringList seen;
    for (int i = 0; i < 4; ++i) {
        scene.key(Qt::Key_Tab);
        seen.append(scene.focused()->objectName());
        if (seen.last() == QStringLiteral("export")) break;
    }
    QVERIFY2(seen.contains(QStringLiteral("table")), qPrintable(seen.join(u' ')));
    QCOMPARE(seen.last(), QStringLiteral("export"));
    scene.key(Qt::Key_Space);  // a button's own key
    QVERIFY(!scene.time().isPaused());
    scene.key(Qt::Key_Down);
    scene.key(Qt::Key_Return);
    const QStringList lines = QGuiApplication::clipboard()->text().split(u'\n');
    QStringList names{QStringLiteral("time"), QStringLiteral("time_ms")};
    for (const Curve* curve : chart.plot->curveList()) names.append(curve->series);
    QCOMPARE(lines.first(), names.join(u','));
    QVERIFY(lines.size() > 290);
}

void TestCharts::aLegendEntryIsolatesItsSeries()
{
    ConsoleScene scene;
    scene.step(3);
    const Chart chart = chartsOf(scene).first();
    const auto entries = ConsoleScene::ofType(chart.card, QStringLiteral("ChartLegend"));
    QCOMPARE(entries.size(), chart.plot->curveList().size());
    const double top = chart.plot->y().top();
    scene.click(entries.last());  // failed ones: few
    QVERIFY(!chart.plot->curveList().first()->isShown());
    QVERIFY(chart.plot->curveList().last()->isShown());
    QCOMPARE(chart.plot->piecesOf(0).points(), 0);
    QVERIFY(chart.plot->y().top() < top);  // the axis fits what is shown
    scene.click(entries.last());
    QVERIFY(chart.plot->curveList().at(0)->isShown());
    chart.card->forceActiveFocus(Qt::TabFocusReason);
    scene.key(Qt::Key_1);
    QVERIFY(!chart.plot->curveList().at(1)->isShown());
    scene.key(Qt::Key_0);
    QVERIFY(chart.plot->curveList().at(1)->isShown());
}

void TestCharts::goalsStandInTheLegend()
{
    ConsoleScene scene;
    scene.step(3);
    int goals = 0;
    for (const Chart& chart : chartsOf(scene)) {
        QStringList words;
        for (QQuickItem* item : ConsoleScene::ofType(chart.card, QStringLiteral("Legend")))
            words.append(item->property("text").toString());
        for (const GoalLine* goal : chart.plot->goalList()) {
            QVERIFY2(words.contains(goal->label), qPrintable(chart.title()));
            ++goals;
        }
    }
    QVERIFY(goals >= 4);
}

void TestCharts::legendsAreWhole_data()
{
    QTest::addColumn<QString>("page");
    QTest::addColumn<QSize>("size");
    for (const char* page : {"flow", "connections", "batches", "streams"}) {
        QTest::addRow("%s, 1440 wide", page) << page << QSize(1440, 900);
        QTest::addRow("%s, 1024 wide", page) << page << QSize(1024, 640);
    }
}

/// "added by", "goa": what did not fit beside the title was cut off. And marks without a word stood too high.
void TestCharts::legendsAreWhole()
{
    QFETCH(QString, page);
    QFETCH(QSize, size);
    ConsoleScene scene({.size = size, .page = page});
    scene.step(20);
    for (const Chart& chart : chartsOf(scene)) {
        double lowest = 0;
        for (const char* type : {"Legend", "ChartLegend"}) {
            for (QQuickItem* entry : ConsoleScene::ofType(chart.card, QString::fromLatin1(type))) {
                const QRectF place = entry->mapRectToItem(chart.card, QRectF(0, 0, entry->width(), entry->height()));
                QVERIFY2(place.left() >= 0 && place.right() <= chart.card->width() + 0.5, qPrintable(chart.title()));
                lowest = std::max(lowest, place.bottom());
                for (QQuickItem* word : ConsoleScene::ofType(entry, QStringLiteral("Label")))
                    QVERIFY2(!word->property("truncated").toBool(), qPrintable(word->property("text").toString()));
                for (QQuickItem* mark : ConsoleScene::ofType(entry, QStringLiteral("QQuickRectangle"))) {
                    const double middle = mark->mapRectToItem(entry, QRectF(0, 0, 0, mark->height())).center().y();
                    QVERIFY2(std::abs(middle - entry->height() / 2) <= 1, qPrintable(chart.title()));
                }
            }
        }
        QVERIFY(chart.pointer->mapRectToItem(chart.card, QRectF()).top() >= lowest);  // the plot begins below
    }
}

/// A legend that took a second line pushed its chart down beside others that had one, and broke between its words.
void TestCharts::chartsBesideEachOtherBeginAlike()
{
    QFETCH(QString, page);
    QFETCH(QSize, size);
    for (const QLocale::Language language : {QLocale::English, QLocale::German}) {
        ConsoleScene scene({.size = size, .language = language, .page = page});
        scene.step(20);
        QHash<int, double> begins;  // of a row of cards, by where they stand
        for (const Chart& chart : chartsOf(scene)) {
            const int row = qRound(chart.card->mapToScene({0, 0}).y());
            const double begin = chart.pointer->mapToScene({0, 0}).y();
            if (begins.contains(row)) {
                QVERIFY2(begins.value(row) == begin, qPrintable(chart.title()));
            }
            begins.insert(row, begin);
        }
        QVERIFY(begins.size() > 1 || page != QStringLiteral("flow"));
    }
}

/// The grey dashes of "offered" used to lie over the line of "served": neither colour of the legend was on the chart.
void TestCharts::theServedLineIsNotHidden()
{
    ConsoleScene scene;
    scene.step(60);
    const Chart chart = chartsOf(scene).first();
    scene.leave();
    const QImage image = scene.grab();
    const QRectF area = chart.pointer->mapRectToScene(chart.pointer->property("area").toRectF());
    const QColor served = chart.plot->curveList().first()->color;
    const TimeSpan span = chart.plot->span();
    int found = 0, wanted = 0;
    for (int x = int(area.left()) + 2; x < int(area.right()) - 2; ++x) {
        // Where hardly anything is served, all lines lie on the axis.
        const double place = (x - area.left()) / area.width();
        const auto when = span.beginMs + qint64(place * double(span.lengthMs())) / 1000 * 1000;
        if (scene.session().shownSeries().at(QStringLiteral("served_per_second"), when).value_or(0) < 100) continue;
        ++wanted;
        for (int y = int(area.top()); y < int(area.bottom()); ++y) {
            const QColor pixel = image.pixelColor(x, y);
            if (std::abs(pixel.red() - served.red()) + std::abs(pixel.green() - served.green()) +
                    std::abs(pixel.blue() - served.blue()) <
                40) {
                ++found;
                break;
            }
        }
    }
    QVERIFY(wanted > 100);
    QVERIFY2(found > wanted * 0.8, qPrintable(QString::number(found)));
}

/// Red beside blue is one line for who does not see red.
void TestCharts::whatFailedIsShownWithoutItsColour()
{
    ConsoleScene scene;
    scene.step(10);
    int told = 0;
    for (const Chart& chart : chartsOf(scene)) {
        for (const Curve* curve : chart.plot->curveList()) {
            if (curve->series != QStringLiteral("failed_per_second")) continue;
            ++told;
            QVERIFY(curve->dotted);
            QVERIFY(!curve->pen().dashPattern().isEmpty());
            for (const Curve* other : chart.plot->curveList())
                QVERIFY(other == curve || other->pen().dashPattern() != curve->pen().dashPattern());
        }
    }
    QCOMPARE(told, 1);
}

void TestCharts::figuresSayWhatIsUnderThePointer_data()
{
    QTest::addColumn<QString>("page");
    for (const char* page : {"flow", "requests", "connections", "batches", "models", "streams"})
        QTest::newRow(page) << QString::fromLatin1(page);
}

/// Charts had tooltips; what is painted by itself (strips, bars, matrices, timelines, squares) has to have them as
/// well.
void TestCharts::figuresSayWhatIsUnderThePointer()
{
    QFETCH(QString, page);
    ConsoleScene scene({.size = QSize(1440, 1500), .page = page});
    scene.step(40);
    int figures = 0;
    for (QQuickItem* hint : scene.ofType(QStringLiteral("FigureHint"))) {
        auto* figure = hint->property("figure").value<PaintedFigure*>();
        QVERIFY(figure);
        const QRectF place = figure->mapRectToScene(figure->boundingRect());
        if (figure->partCount() == 0 || !QRectF(QPointF(), scene.window()->size()).contains(place)) continue;
        ++figures;
        int hovered = 0;
        for (int part = 0; part < figure->partCount(); part += std::max(1, figure->partCount() / 8)) {
            const QPointF at = figure->placeOf(part) + QPointF(0, 4);
            ++hovered;
            scene.hover(figure, {at.x() / figure->width(), at.y() / figure->height()});
            // Where many lie in one pixel, one of them speaks.
            const bool told = figure->partCount() > 50 ? figure->current() >= 0 : figure->current() == part;
            QVERIFY2(told, qPrintable(QStringLiteral("%1: %2 in the place of %3 of %4")
                                          .arg(QLatin1String(figure->metaObject()->className()))
                                          .arg(figure->current())
                                          .arg(part)
                                          .arg(figure->partCount())));
            QVERIFY2(figure->currentHint().size() > 3, qPrintable(page + u' ' + figure->currentHint()));
            const auto labels = ConsoleScene::ofType(hint, QStringLiteral("WrappedLabel"));
            QVERIFY(!labels.isEmpty());
            QVERIFY(QRectF(QPointF(), scene.window()->size())
                        .contains(labels.first()->mapRectToScene(labels.first()->boundingRect())));
        }
        QVERIFY2(hovered > 0, figure->metaObject()->className());
        scene.leave();
        QCOMPARE(figure->current(), -1);
        QVERIFY(ConsoleScene::ofType(hint, QStringLiteral("WrappedLabel")).isEmpty());
    }
    if (page == QStringLiteral("models") || page == QStringLiteral("batches")) QVERIFY(figures >= 2);
}

void TestCharts::theTimeBarLeadsIntoThePastAndBack()
{
    ConsoleScene scene;
    scene.step(3);
    QQuickItem* pause = scene.byObjectName(QStringLiteral("pause"));
    scene.click(scene.byObjectName(QStringLiteral("back")));
    scene.click(scene.byObjectName(QStringLiteral("back")));
    QVERIFY(scene.time().isPast());
    QVERIFY(pause->property("text").toString().startsWith(QStringLiteral("until ")));
    QVERIFY(pause->property("text").toString().endsWith(QStringLiteral("2 min ago")));
    const Chart chart = chartsOf(scene).first();
    for (const TimeTick& tick : chart.plot->xTicks()) QVERIFY2(tick.text.contains(u':'), qPrintable(tick.text));
    scene.click(scene.byObjectName(QStringLiteral("forward")));
    QVERIFY(scene.time().isPast());
    scene.click(scene.byObjectName(QStringLiteral("forward")));
    QVERIFY(!scene.time().isPaused());
    QCOMPARE(chart.plot->xTicks().last().text, QStringLiteral("now"));
}

void TestCharts::aDayIsDrawnFromTheHistory()
{
    ConsoleScene scene;
    scene.step(3);
    scene.time().setWindowIndex(6);
    const Chart chart = chartsOf(scene).first();
    QVERIFY(scene.session().isLoading());
    scene.settle();
    QVERIFY(!scene.session().isLoading());
    QVERIFY(!chart.plot->isEmpty());
    QVERIFY(chart.plot->piecesOf(0).lines.first().first().x() < double(scene.time().endMs() - 20 * 3'600'000LL));
    QVERIFY(chart.plot->stepText().contains(QStringLiteral("m")));
    QVERIFY(chart.plot->piecesOf(0).points() <= 302);
    // Into it: from a day to some minutes of last night, and back.
    scene.drag(chart.pointer, chart.at(0.4), chart.at(0.45));
    scene.settle();
    QVERIFY(scene.session().shownSeries().stepMs() <= 60'000);
    scene.doubleClick(chart.pointer, chart.at(0.5));
    QCOMPARE(scene.time().windowIndex(), 6);
}

void TestCharts::showingAMomentLeavesNoCrosshairBehind()
{
    ConsoleScene scene;
    scene.step(3);
    scene.time().showMoment(scene.time().endMs() - 120'000);
    const Chart chart = chartsOf(scene).first();
    QVERIFY(chart.part(QStringLiteral("cursorA"))->isVisible());
    scene.key(Qt::Key_End);
    scene.step(2);
    QVERIFY(!chart.part(QStringLiteral("cursorA"))->isVisible());
    QVERIFY(!chart.part(QStringLiteral("crosshair"))->isVisible());
}

void TestCharts::picturesAreWhole()
{
    ConsoleScene scene;
    scene.step(30);
    QTemporaryDir folder;
    for (const Chart& chart : chartsOf(scene)) {
        chart.card->setProperty("asTable", true);  // a table that is cut on the screen is no table that is cut on paper
        PlotFrame* frame = nullptr;
        for (QQuickItem* item : chart.pointer->parentItem()->childItems())
            if (auto* found = qobject_cast<PlotFrame*>(item); found && !frame) frame = found;
        QVERIFY(frame);
        const QString path = folder.filePath(chart.plot->fileStem(chart.title()) + QStringLiteral(".png"));
        QVERIFY(frame->savePicture(path, chart.title(), QStringLiteral("Millrace · 127.0.0.1:11500")));
        QVERIFY(!frame->savePicture(path, chart.title(), {}));  // over no other file
        const QImage image(path);
        QVERIFY(image.width() >= 2000 && image.height() >= 1000);
        QVERIFY(!image.hasAlphaChannel());
        const QColor ground = image.pixelColor(3, 3);
        QCOMPARE(ground, frame->groundColor());
        int ink = 0;  // the curve is on it, and the words above and below
        const QColor curve = chart.plot->curveList().first()->color;
        for (int x = 0; x < image.width(); ++x)
            for (int y = 200; y < image.height() - 150; y += 1)
                if (image.pixelColor(x, y) == curve) ++ink;
        QVERIFY2(ink > 200, qPrintable(chart.title()));
        const auto written = [&](int from, int to) {
            for (int x = 60; x < image.width(); ++x)
                for (int y = from; y < to; ++y)
                    if (image.pixelColor(x, y) != ground) return true;
            return false;
        };
        QVERIFY(written(50, 100) && written(image.height() - 80, image.height() - 20));
        chart.card->setProperty("asTable", false);
    }
    QCOMPARE(chartsOf(scene).first().plot->fileStem(QStringLiteral("Connect and health-check latency")),
             QStringLiteral("millrace-connect-and-health-check-latency"));
}

/// A tip used to lie over the menu that a click had just opened. It belongs below, and is not even asked for.
void TestCharts::tipsDoNotLieOverMenus()
{
    ConsoleScene scene;
    scene.step(3);
    const Chart chart = chartsOf(scene).first();
    scene.hover(chart.pointer, chart.at(0.5));
    QQuickItem* exportTool = scene.byObjectName(QStringLiteral("export"));
    QVERIFY(exportTool);
    scene.click(exportTool);
    QVERIFY(exportTool->property("tipDismissed").toBool());
    scene.key(Qt::Key_Escape);
    QQuickItem* window = scene.byObjectName(QStringLiteral("window"));
    scene.click(window);
    QVERIFY(window->property("down").toBool());  // while it is, it asks for no tip
}

/// In a narrow chart the tools lay over the readings of its legend while the pointer was there.
void TestCharts::toolsCoverNoReading()
{
    ConsoleScene scene({.size = {1024, 640}});
    scene.step(5);
    int narrow = 0;
    for (const Chart& chart : chartsOf(scene)) {
        narrow += !chart.card->property("roomy").toBool();
        chart.card->forceActiveFocus(Qt::TabFocusReason);  // as the pointer does, and also below the edge of the window
        scene.settle();
        QList<QRectF> tools, texts;
        ConsoleScene::visit(chart.card, [&](QQuickItem* item) {
            const QRectF at = item->mapRectToItem(chart.card, item->boundingRect());
            const QString name = item->objectName();
            if (name == u"log" || name == u"table" || name == u"export" || name == u"chart-menu") tools.append(at);
            if (name == u"reading") texts.append(at);
        });
        QVERIFY(!tools.isEmpty());
        for (const QRectF& tool : tools)
            for (const QRectF& text : texts) QVERIFY2(!tool.intersects(text), qPrintable(chart.title()));
    }
    QVERIFY(narrow > 0);
}

void TestCharts::pausedAndIdleChartsAreNotPainted()
{
    ConsoleScene scene;
    scene.step(3);
    const Chart chart = chartsOf(scene).first();
    int updates = 0;
    connect(chart.plot, &TimePlot::updated, chart.plot, [&updates] { ++updates; });
    scene.step(4);
    QCOMPARE(updates, 4);  // once a second, whatever the frames
    scene.time().setWindowIndex(5);
    updates = 0;
    scene.step(12);
    QVERIFY2(updates <= 7, qPrintable(QString::number(updates)));  // ten minutes move by a pixel in a second or two
    scene.time().togglePause();
    updates = 0;
    scene.step(10);
    QCOMPARE(updates, 0);
}

CONSOLE_TEST_MAIN(TestCharts)
#include "tst_charts.moc"
