// SPDX-License-Identifier: GPL-3.0-or-later
#include "console_scene.h"
#include "control.pb.h"
#include "format/numbers.h"
#include "series/time_plot.h"

#include <QtCore/QRegularExpression>
#include <QtQml/QQmlContext>
#include <QtQml/QQmlExpression>
#include <QtTest/QSignalSpy>
#include <QtTest/QTest>

using namespace millrace::desktop;

/// What stands around the pages: keys that steer time, the health pill, the banner, the way to the first request.
class TestConsoleFrame : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void keysSteerTimeWhateverHasTheFocus_data();
    void keysSteerTimeWhateverHasTheFocus();
    void spaceBelongsToTheButtonThatHasTheFocus();
    void aTextFieldTakesItsKeys();
    void entriesOfAMenuAreAligned();
    void aMenuTakesItsKeys();
    void aClosedListLeavesTimeItsKeys();
    void thePillIsTheWorstAndOpensARemedy();
    void scrollBarsStandWhereThereIsMoreToSee();
    void anOutageHasABannerOnEveryPage();
    void withoutAnEngineThereIsAWayToStartOne();
    void thePortIsTakenAndFreeOnesAreOffered();
    void theSampleLoadIsOfferedWhileNothingWasServed();
    void withoutAnEngineNothingIsNowOrGreen();
    void aPausedViewCountsWhatArrives();
    void stoppingAndRestartingAskFirst();
    void closingAsksAboutTheEngine();
    void everyPageOpensInSlices();
};

void TestConsoleFrame::keysSteerTimeWhateverHasTheFocus_data()
{
    QTest::addColumn<QString>("page");
    QTest::addColumn<QString>("pressed");  // objectName of what is pressed first
    for (const char* page : {"flow", "requests", "connections", "batches", "models", "streams", "events", "settings"}) {
        QTest::addRow("%s after pause", page) << page << "pause";
        QTest::addRow("%s after the rail", page) << page << QString();
    }
}

/// After any click on a button the keys of the time bar were dead, on all pages.
void TestConsoleFrame::keysSteerTimeWhateverHasTheFocus()
{
    QFETCH(QString, page);
    QFETCH(QString, pressed);
    ConsoleScene scene({.page = page});
    scene.step(20);
    if (pressed.isEmpty()) {
        auto* entry = scene.byObjectName(QStringLiteral("rail-") + scene.shell().pageTitle());
        QVERIFY(entry);
        entry->forceActiveFocus(Qt::TabFocusReason);
        scene.settle();
        scene.key(Qt::Key_Left);
    } else {
        scene.click(scene.byObjectName(pressed));
    }
    QVERIFY(scene.focused());
    QVERIFY(scene.time().isPaused());
    const qint64 end = scene.time().endMs();
    scene.key(Qt::Key_Left);
    QVERIFY(scene.time().endMs() < end);
    scene.key(Qt::Key_Right);
    QCOMPARE(scene.time().endMs(), end);
    scene.key(Qt::Key_End);
    QVERIFY(!scene.time().isPaused());
}

void TestConsoleFrame::spaceBelongsToTheButtonThatHasTheFocus()
{
    ConsoleScene scene;
    auto* pause = scene.byObjectName(QStringLiteral("pause"));
    QVERIFY(pause);
    pause->forceActiveFocus(Qt::TabFocusReason);
    scene.key(Qt::Key_Space);
    QVERIFY(scene.time().isPaused());  // once, by the button; not once more by the key
    scene.key(Qt::Key_Space);
    QVERIFY(!scene.time().isPaused());
}

void TestConsoleFrame::aTextFieldTakesItsKeys()
{
    ConsoleScene scene({.page = QStringLiteral("events")});
    scene.key(Qt::Key_F, Qt::ControlModifier);
    QVERIFY(scene.focused());
    scene.type(QStringLiteral("a b"));
    scene.key(Qt::Key_Left);
    scene.key(Qt::Key_Right);
    scene.key(Qt::Key_End);
    QVERIFY(!scene.time().isPaused());
    QCOMPARE(scene.focused()->property("text").toString(), QStringLiteral("a b"));
}

/// "Language" stood without an icon, further to the left than its neighbours.
void TestConsoleFrame::entriesOfAMenuAreAligned()
{
    ConsoleScene scene;
    scene.click(scene.byObjectName(QStringLiteral("more")));
    QStringList entries;
    for (QQuickItem* entry : scene.ofType(QStringLiteral("MenuItem"))) {
        if (!entry->isVisible()) continue;
        const QString text = entry->property("text").toString();
        entries.append(text);
        QVERIFY2(entry->property("marked").toBool(), qPrintable(text));
    }
    QVERIFY2(entries.contains(QStringLiteral("Language")), qPrintable(entries.join(u' ')));
    scene.key(Qt::Key_Escape);
}

void TestConsoleFrame::aMenuTakesItsKeys()
{
    ConsoleScene scene;
    scene.click(scene.byObjectName(QStringLiteral("window")));
    scene.key(Qt::Key_Down);
    scene.key(Qt::Key_End);
    scene.key(Qt::Key_Left);
    QVERIFY(!scene.time().isPaused());
    scene.key(Qt::Key_Escape);
}

void TestConsoleFrame::aClosedListLeavesTimeItsKeys()
{
    ConsoleScene scene;
    scene.click(scene.byObjectName(QStringLiteral("window")));
    scene.key(Qt::Key_Escape);
    const int index = scene.time().windowIndex();
    scene.key(Qt::Key_Left);
    QVERIFY(scene.time().isPaused());
    scene.key(Qt::Key_End);
    QVERIFY(!scene.time().isPaused());
    QCOMPARE(scene.time().windowIndex(), index);
}

void TestConsoleFrame::thePillIsTheWorstAndOpensARemedy()
{
    ConsoleScene scene;
    auto* pill = scene.byObjectName(QStringLiteral("health"));
    QVERIFY(pill);
    QVERIFY2(pill->property("text").toString().contains(QStringLiteral("Healthy")),
             qPrintable(pill->property("text").toString()));
    scene.client().drainBackend(QStringLiteral("llama"), true, &scene.session(), [](const auto&) {});
    scene.step();
    QVERIFY2(pill->property("text").toString().contains(QStringLiteral("llama is draining")),
             qPrintable(pill->property("text").toString()));
    QVERIFY(!scene.byObjectName(QStringLiteral("fix")));
    scene.click(pill);
    auto* fix = scene.byObjectName(QStringLiteral("fix"));
    QVERIFY(fix);
    QCOMPARE(fix->property("text").toString(), QStringLiteral("Resume"));
    QVERIFY(scene.shell().health()->problems()->rowCount() == 1);
    scene.click(fix);
    scene.step();
    QVERIFY(pill->property("text").toString().contains(QStringLiteral("Healthy")));
}

/// All drained: every request fails. It looked like a healthy engine.
void TestConsoleFrame::scrollBarsStandWhereThereIsMoreToSee()
{
    for (const QSize size : {QSize(1440, 900), QSize(1024, 640)}) {
        ConsoleScene scene({.size = size});
        scene.step(5);
        int pages = 0;
        for (const char* key : {"flow", "connections", "batches", "models", "streams"}) {
            scene.open(QString::fromLatin1(key));
            scene.settle();
            for (const QQuickItem* bar : scene.ofType(QStringLiteral("ScrollBar"))) {
                const QQuickItem* view = bar->parentItem();
                if (!view->property("contentWidth").isValid()) continue;  // of a list
                const bool lying = bar->property("orientation").toInt() == Qt::Horizontal;
                const double shown = lying ? view->width() : view->height();
                const double whole = view->property(lying ? "contentWidth" : "contentHeight").toDouble();
                QVERIFY2(!bar->isVisible() || whole > shown + 0.5, key);
                ++pages;
            }
        }
        if (size.height() < 700) QVERIFY(pages > 0);
    }
}

void TestConsoleFrame::anOutageHasABannerOnEveryPage()
{
    ConsoleScene scene;
    for (const char* name : {"runtime", "llama"})
        scene.client().drainBackend(QString::fromLatin1(name), true, &scene.session(), [](const auto&) {});
    scene.step();
    for (int page = 0; page < scene.shell().pages()->rowCount(); ++page) {
        scene.open(scene.shell().pages()->keyAt(page));
        QVERIFY2(scene.byObjectName(QStringLiteral("outageAction")), qPrintable(scene.shell().pageKey()));
    }
    QVERIFY(scene.shell().health()->outage().contains(QStringLiteral("No backend takes requests")));
    scene.click(scene.byObjectName(QStringLiteral("outageAction")));
    scene.step();
    QVERIFY(!scene.byObjectName(QStringLiteral("outageAction")));
}

void TestConsoleFrame::withoutAnEngineThereIsAWayToStartOne()
{
    ConsoleScene scene;
    scene.client().setPhaseForTest(EngineClient::Phase::NoEngine, QStringLiteral("It has exited."));
    scene.settle();
    auto* action = scene.byObjectName(QStringLiteral("outageAction"));
    QVERIFY(action);
    QCOMPARE(action->property("text").toString(), QStringLiteral("Start engine"));
    QVERIFY(!scene.byObjectName(QStringLiteral("outageOther")));
    scene.click(action);
    QCOMPARE(scene.client().starts(), QList<EngineClient::Ports>{EngineClient::Ports::Configured});
    scene.step();
    QVERIFY(!scene.byObjectName(QStringLiteral("outageAction")));
}

void TestConsoleFrame::thePortIsTakenAndFreeOnesAreOffered()
{
    ConsoleScene scene;
    scene.client().setPortTaken(true);
    scene.client().setPhaseForTest(EngineClient::Phase::NoEngine,
                                   QStringLiteral("The engine did not start: Address already in use"));
    scene.settle();
    QVERIFY(scene.byObjectName(QStringLiteral("outageOther")));
    scene.click(scene.byObjectName(QStringLiteral("outageAction")));
    QCOMPARE(scene.client().starts(), QList<EngineClient::Ports>{EngineClient::Ports::Free});
}

/// With no engine, pages went on in green, with ticks, and with charts that ended "now".
void TestConsoleFrame::withoutAnEngineNothingIsNowOrGreen()
{
    ConsoleScene scene;
    scene.step(15);
    const auto ticks = [&] {
        int count = 0;
        for (QQuickItem* card : scene.ofType(QStringLiteral("KpiCard")))
            for (QQuickItem* icon : ConsoleScene::ofType(card, QStringLiteral("SvgIcon")))
                count += icon->property("name").toString() == u"check";
        return count;
    };
    const auto* plot = scene.window()->findChild<TimePlot*>();
    if (!plot) plot = scene.ofType(QStringLiteral("ChartCard")).first()->property("plot").value<TimePlot*>();
    QVERIFY(plot);
    const auto theme = [&](const char* name) {
        QQmlExpression color(qmlContext(scene.window()), scene.window(),
                             QStringLiteral("Theme.color.%1").arg(QLatin1String(name)));
        return color.evaluate().value<QColor>();
    };
    QCOMPARE(plot->xTicks().last().text, QStringLiteral("now"));
    QVERIFY(!scene.byObjectName(QStringLiteral("stale")));
    QVERIFY(theme("ok").hslSaturationF() > 0.3F);
    QVERIFY(ticks() > 0);
    scene.client().setPhaseForTest(EngineClient::Phase::NoEngine);
    scene.settle();
    const QString last = format::clock(scene.session().nowMs());
    QVERIFY2(plot->xTicks().last().text != QStringLiteral("now"), qPrintable(plot->xTicks().last().text));
    QCOMPARE(ticks(), 0);
    QVERIFY(theme("ok").hslSaturationF() < 0.2F);
    QVERIFY(scene.byObjectName(QStringLiteral("stale"))->property("text").toString().contains(last));
    QVERIFY(scene.byObjectName(QStringLiteral("as-of"))->property("text").toString().contains(last));
    for (QQuickItem* entry : scene.ofType(QStringLiteral("NavigationRail")))
        ConsoleScene::visit(entry, [](QQuickItem* item) {
            if (item->inherits("QQuickText"))
                QVERIFY(!item->property("text").toString().contains(QRegularExpression(QStringLiteral("^\\d+$"))));
        });
    scene.client().setPhaseForTest(EngineClient::Phase::Connected);
    scene.step();
    scene.settle();
    QCOMPARE(plot->xTicks().last().text, QStringLiteral("now"));
    QVERIFY(theme("ok").hslSaturationF() > 0.3F);
}

void TestConsoleFrame::aPausedViewCountsWhatArrives()
{
    ConsoleScene scene;
    scene.step(3);
    QVERIFY(!scene.byObjectName(QStringLiteral("missed")));
    scene.time().togglePause();
    scene.step(4);
    scene.settle();
    QCOMPARE(scene.byObjectName(QStringLiteral("missed"))->property("text").toString(), QStringLiteral("+4"));
    QVERIFY2(!scene.time().stateText().contains(QStringLiteral("now")), qPrintable(scene.time().stateText()));
    scene.time().goLive();
    scene.settle();
    QVERIFY(!scene.byObjectName(QStringLiteral("missed")));
}

void TestConsoleFrame::theSampleLoadIsOfferedWhileNothingWasServed()
{
    ConsoleScene scene({.bench = QStringLiteral("/bin/true")});
    QVERIFY(!scene.byObjectName(QStringLiteral("startSampleLoad")));  // requests were served
    control::Frame frame = scene.session().frame();
    frame.set_full(true);
    frame.mutable_flow()->set_requests_total(0);
    frame.mutable_flow()->set_requests_in_flight(0);
    Q_EMIT scene.client().frameArrived(frame);
    scene.settle();
    auto* start = scene.byObjectName(QStringLiteral("startSampleLoad"));
    QVERIFY(start);
    scene.click(start);
    QVERIFY(scene.shell().sampleLoad()->isRunning() ||
            scene.shell().sampleLoad()->state() == SampleLoad::Failed);  // it ends at once
}

void TestConsoleFrame::stoppingAndRestartingAskFirst()
{
    ConsoleScene scene;
    Q_EMIT scene.shell().restartRequested();
    scene.settle();
    QVERIFY(scene.byObjectName(QStringLiteral("verb")));
    scene.key(Qt::Key_Escape);
    QCOMPARE(scene.client().phase(), EngineClient::Phase::Connected);
    Q_EMIT scene.shell().stopRequested();
    scene.settle();
    scene.click(scene.byObjectName(QStringLiteral("verb")));
    QTRY_COMPARE(scene.client().phase(), EngineClient::Phase::NoEngine);
}

void TestConsoleFrame::closingAsksAboutTheEngine()
{
    ConsoleScene scene;
    scene.client().setPhaseForTest(EngineClient::Phase::NoEngine);
    scene.shell().engine()->start();
    scene.step();
    scene.window()->close();
    scene.settle();
    QVERIFY(scene.window()->isVisible());
    QVERIFY(scene.byObjectName(QStringLiteral("stopEngine")));
    scene.click(scene.byObjectName(QStringLiteral("keepEngine")));
    QVERIFY(!scene.window()->isVisible());
    QCOMPARE(scene.client().phase(), EngineClient::Phase::Connected);
}

/// Opening a page stood still for up to 680 ms: it is made in slices, and what was asked for is seen.
void TestConsoleFrame::everyPageOpensInSlices()
{
    ConsoleScene scene;
    for (int page = 1; page < scene.shell().pages()->rowCount(); ++page) {
        scene.shell().setPage(page);
        QVERIFY2(scene.window()->property("loading").toBool(), qPrintable(scene.shell().pageKey()));
        scene.settle();
        QVERIFY(!scene.window()->property("loading").toBool());
    }
    scene.shell().setPage(0);  // made already
    QVERIFY(!scene.window()->property("loading").toBool());
}

CONSOLE_TEST_MAIN(TestConsoleFrame)
#include "tst_console_frame.moc"
