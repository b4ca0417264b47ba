// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/fake_engine_client.h"
#include "control.pb.h"
#include "format/numbers.h"
#include "series/history_plan.h"
#include "series/time_ticks.h"
#include "series/time_view.h"
#include "series/time_window.h"
#include "viewmodels/session.h"

#include <QtTest/QSignalSpy>
#include <QtTest/QTest>

using namespace millrace::desktop;

namespace {

constexpr qint64 kNow = 1'700'000'000'000;
constexpr qint64 kSecond = 1000;
constexpr qint64 kMinute = 60 * kSecond;
constexpr qint64 kHour = 60 * kMinute;
constexpr qint64 kDay = 24 * kHour;

TimeWindow windowAt(qint64 newest, qint64 held)
{
    TimeWindow window;
    window.setNewest(newest);
    window.setHeld(held);
    return window;
}

struct Console {
    Console() : client(new FakeEngineClient(false, kNow)), session(std::unique_ptr<EngineClient>(client))
    {
        client->start();
        settle();
    }
    // Answers are posted, and may ask again.
    static void settle()
    {
        for (int i = 0; i < 4; ++i) QCoreApplication::processEvents();
    }
    FakeEngineClient* client;
    Session session;
    TimeView& time() { return *session.time(); }
};

}  // namespace

/// Which span is shown, how one moves through it, and what of it comes from the engine's history.
class TestTime : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theAxisGrowsWithTheData_data();
    void theAxisGrowsWithTheData();
    void panning();
    void zoomingAndBack();
    void zoomsAreBounded();
    void tooShortAZoomIsWidened();
    void theWheelStepsThroughWindowsWhileLive();
    void theWheelKeepsTheMomentUnderThePointer();
    void snapping_data();
    void snapping();
    void ticksOfAnAxis_data();
    void ticksOfAnAxis();
    void theStateSaysUntilWhenAndHowLongAgo();
    void theStateChangesByUnitsOnly();
    void cursorsComeInTurn();
    void goingLiveLeavesNoCrosshair();
    void aPinnedMomentLeavesWithItsData();
    void historyIsRequestedWhereSecondsEnd_data();
    void historyIsRequestedWhereSecondsEnd();
    void historyIsRequestedOnceAndKeptUpToDate();
    void aFailedCallIsRepeatedLater();
    void aDayComesFromTheEngine();
    void aFailureIsSaidAndTheHourStays();
};

void TestTime::theAxisGrowsWithTheData_data()
{
    QTest::addColumn<int>("window");
    QTest::addColumn<qint64>("age");
    QTest::addColumn<qint64>("length");
    QTest::newRow("unknown") << 2 << qint64(-1) << 5 * kMinute;
    QTest::newRow("ten seconds of fifteen minutes") << 3 << 10 * kSecond << 30 * kSecond;
    QTest::newRow("two of fifteen minutes") << 3 << 2 * kMinute << 2 * kMinute;
    QTest::newRow("full") << 2 << 5 * kMinute << 5 * kMinute;
    QTest::newRow("older") << 2 << kHour << 5 * kMinute;
    QTest::newRow("thirty seconds") << 0 << 3 * kSecond << 30 * kSecond;
    QTest::newRow("a day of an hour") << 6 << kHour << kHour;
}

void TestTime::theAxisGrowsWithTheData()
{
    QFETCH(int, window);
    QFETCH(qint64, age);
    QFETCH(qint64, length);
    TimeWindow time = windowAt(kNow, age < 0 ? 0 : kNow - age);
    time.setWindow(window);
    QCOMPARE(time.span(), (TimeSpan{kNow - length, kNow}));
}

void TestTime::panning()
{
    TimeWindow time = windowAt(kNow, kNow - kHour);
    time.setWindow(1);
    time.pan(-0.25);
    QVERIFY(time.isFixed());
    QVERIFY(time.isPast());
    QCOMPARE(time.span(), (TimeSpan{kNow - 75 * kSecond, kNow - 15 * kSecond}));
    time.pan(-1000);
    QCOMPARE(time.span().beginMs, kNow - kHour);  // not beyond what there is
    time.setReach(kNow - kDay);
    time.pan(-10'000);
    QCOMPARE(time.span().beginMs, kNow - kDay);  // unless the engine has more
    time.setNewest(kNow + kMinute);
    QCOMPARE(time.span().beginMs, kNow - kDay);  // what arrives moves nothing
    time.pan(10'000);
    QVERIFY(!time.isFixed());  // forward beyond now is now
    QCOMPARE(time.span().endMs, kNow + kMinute);
}

void TestTime::zoomingAndBack()
{
    TimeWindow time = windowAt(kNow, kNow - kHour);
    QVERIFY(!time.canGoBack());
    time.zoomTo({kNow - 2 * kMinute, kNow - kMinute});
    time.zoomTo({kNow - 80 * kSecond, kNow - 100 * kSecond});  // dragged to the left
    QCOMPARE(time.span(), (TimeSpan{kNow - 100 * kSecond, kNow - 80 * kSecond}));
    QVERIFY(time.isCustom());
    QVERIFY(time.isPast());
    time.setNewest(kNow + 7000);
    QVERIFY(time.zoomBack());
    QCOMPARE(time.span(), (TimeSpan{kNow - 2 * kMinute, kNow - kMinute}));
    QVERIFY(time.zoomBack());
    QVERIFY(!time.isFixed());  // where it came from: live, and it went on meanwhile
    QCOMPARE(time.span(), (TimeSpan{kNow + 7000 - 5 * kMinute, kNow + 7000}));
    QVERIFY(!time.zoomBack());
    time.pause();
    QVERIFY(time.zoomBack());
    QVERIFY(!time.isFixed());
}

void TestTime::zoomsAreBounded()
{
    TimeWindow time = windowAt(kNow, kNow - kHour);
    for (int i = 0; i < 500; ++i) time.zoomTo({kNow - kHour + i * kSecond, kNow - i * kSecond});
    int back = 0;
    while (time.zoomBack()) ++back;
    QVERIFY2(back <= TimeWindow::kZoomsMax + 1, qPrintable(QString::number(back)));
}

void TestTime::tooShortAZoomIsWidened()
{
    TimeWindow time = windowAt(kNow, kNow - kHour);
    time.zoomTo({kNow - 60'100, kNow - 60'000});
    QCOMPARE(time.span().lengthMs(), TimeWindow::kSpanMinMs);
    QVERIFY(time.span().contains(kNow - 60'050));
    time.goLive();
    time.zoomTo({kNow - 100, kNow});
    QCOMPARE(time.span(), (TimeSpan{kNow - TimeWindow::kSpanMinMs, kNow}));  // not into the future
}

void TestTime::theWheelStepsThroughWindowsWhileLive()
{
    TimeWindow time = windowAt(kNow, kNow - kHour);
    time.scale(kNow - 1000, 1);
    QCOMPARE(time.windowIndex(), 1);
    QVERIFY(!time.isFixed());
    time.scale(kNow - 1000, -3);
    QCOMPARE(time.windowIndex(), 4);
    time.scale(kNow - 1000, 100);
    QCOMPARE(time.windowIndex(), 0);
    time.scale(kNow - 1000, -100);
    QCOMPARE(time.windowIndex(), int(TimeWindow::kWindowsMs.size()) - 1);
}

void TestTime::theWheelKeepsTheMomentUnderThePointer()
{
    TimeWindow time = windowAt(kNow, kNow - kHour);
    time.zoomTo({kNow - 20 * kMinute, kNow - 10 * kMinute});
    const qint64 at = kNow - 13 * kMinute;
    const auto place = [&] { return double(at - time.span().beginMs) / double(time.span().lengthMs()); };
    const double before = place();
    time.scale(at, 2);
    QVERIFY(time.span().lengthMs() < 6 * kMinute);
    QVERIFY(std::abs(place() - before) < 1e-3);
    time.scale(at, -2);
    QVERIFY(std::abs(time.span().lengthMs() - 10 * kMinute) < 100);
    for (int i = 0; i < 60; ++i) time.scale(at, 1);
    QCOMPARE(time.span().lengthMs(), TimeWindow::kSpanMinMs);
}

void TestTime::snapping_data()
{
    QTest::addColumn<qint64>("at");
    QTest::addColumn<qint64>("expected");
    QTest::newRow("on a second") << qint64(10'400) << qint64(10'000);
    QTest::newRow("rounded up") << qint64(10'600) << qint64(11'000);
    QTest::newRow("caught by an event") << qint64(20'900) << qint64(20'250);
    QTest::newRow("by the nearer one") << qint64(22'000) << qint64(22'900);
    QTest::newRow("out of reach") << qint64(18'600) << qint64(19'000);
}

void TestTime::snapping()
{
    QFETCH(qint64, at);
    QFETCH(qint64, expected);
    QCOMPARE(snapped(at, {20'250, 22'900, 90'000}, 1500, 1000), expected);
}

void TestTime::ticksOfAnAxis_data()
{
    QTest::addColumn<qint64>("length");
    QTest::addColumn<bool>("relative");
    QTest::addColumn<QString>("first");
    QTest::addColumn<QString>("last");
    qputenv("TZ", "UTC");
    QTest::newRow("30 s") << 30 * kSecond << true << "-30 s"
                          << "now";
    QTest::newRow("1 min") << kMinute << true << "-60 s"
                           << "now";
    QTest::newRow("5 min") << 5 * kMinute << true << "-5 m"
                           << "now";
    QTest::newRow("15 min") << 15 * kMinute << true << "-15 m"
                            << "now";
    QTest::newRow("60 min") << kHour << true << "-60 m"
                            << "now";
    QTest::newRow("growing") << 47 * kSecond << true << "-40 s"
                             << "now";
    QTest::newRow("past 5 min") << 5 * kMinute << false << "22:09"
                                << "22:13";  // kNow is 22:13:20
    QTest::newRow("past 1 min") << kMinute << false << "22:12:20"
                                << "22:13:20";
    QTest::newRow("a day") << kDay << false << "00:00"
                           << "20:00";
    QTest::newRow("a week") << 7 * kDay << false << "9 Nov"
                            << "13 Nov";
}

void TestTime::ticksOfAnAxis()
{
    QFETCH(qint64, length);
    QFETCH(bool, relative);
    QFETCH(QString, first);
    QFETCH(QString, last);
    const auto ticks = timeTicks({kNow - length, kNow}, relative);
    QStringList texts;
    for (const TimeTick& tick : ticks) {
        texts.append(tick.text);
        QVERIFY(tick.at >= 0 && tick.at <= 1);
    }
    QVERIFY2(ticks.size() >= 3 && ticks.size() <= 7, qPrintable(texts.join(u' ')));
    QVERIFY2(texts.first() == first, qPrintable(texts.join(u' ')));
    QVERIFY2(texts.last() == last, qPrintable(texts.join(u' ')));
}

/// "Past · 7 s behind" counted samples since the pause; what one wants to know is how far away this is.
void TestTime::theStateSaysUntilWhenAndHowLongAgo()
{
    TimeView time;
    time.setOldestMs(kNow - kHour);
    time.setNewestMs(kNow);
    QCOMPARE(time.stateText(), QStringLiteral("Live"));
    time.showMoment(kNow - 10 * kMinute);
    QVERIFY(time.isPast());
    QCOMPARE(time.stateText(),
             QStringLiteral("until %1 · 7 min ago").arg(format::clock(kNow - 10 * kMinute + 150 * kSecond)));
    time.setNewestMs(kNow + 5 * kMinute);
    QVERIFY(time.stateText().endsWith(QStringLiteral("12 min ago")));
    time.goLive();
    time.togglePause();
    QVERIFY(!time.isPast());  // what is not a series belongs to this moment as well
    QVERIFY(time.stateText().startsWith(QStringLiteral("until ")));
}

void TestTime::theStateChangesByUnitsOnly()
{
    TimeView time;
    time.setOldestMs(kNow - kHour);
    time.setNewestMs(kNow);
    time.togglePause();
    QSignalSpy state(&time, &TimeView::stateChanged);
    QSignalSpy range(&time, &TimeView::rangeChanged);
    for (int i = 1; i <= 300; ++i) time.setNewestMs(kNow + i * kSecond);
    QVERIFY2(state.count() <= 10, qPrintable(QString::number(state.count())));  // 10 … 50 s, 1 … 5 min
    QCOMPARE(range.count(), 0);
    QCOMPARE(time.missed(), 300);
}

void TestTime::cursorsComeInTurn()
{
    TimeView time;
    time.setNewestMs(kNow);
    time.pin(kNow - 90'000);
    QCOMPARE(time.cursorAMs(), kNow - 90'000);
    QCOMPARE(time.cursorBMs(), qint64(0));
    time.pin(kNow - 30'000);
    QCOMPARE(time.cursorBMs(), kNow - 30'000);
    QVERIFY(time.cursorText().endsWith(QStringLiteral("Δ 1 m 0 s")));
    time.pin(kNow - 5'000);
    QCOMPARE(time.cursorAMs(), kNow - 5'000);
    QCOMPARE(time.cursorBMs(), qint64(0));
    time.clearCursors();
    QVERIFY(time.cursorText().isEmpty());
}

/// The crosshair of "show this moment" used to stay when the view went live, and to wander off to the left.
void TestTime::goingLiveLeavesNoCrosshair()
{
    TimeView time;
    time.setOldestMs(kNow - kHour);
    time.setNewestMs(kNow);
    time.showMoment(kNow - 10 * kMinute);
    QCOMPARE(time.cursorAMs(), kNow - 10 * kMinute);
    time.goLive();
    QCOMPARE(time.cursorAMs(), qint64(0));
    QCOMPARE(time.crosshairMs(), qint64(0));
}

void TestTime::aPinnedMomentLeavesWithItsData()
{
    TimeView time;
    time.setOldestMs(kNow - kHour);
    time.setNewestMs(kNow);
    time.setWindowIndex(0);
    time.pin(kNow - 10'000);
    time.setNewestMs(kNow + 15'000);
    QCOMPARE(time.cursorAMs(), kNow - 10'000);
    time.setNewestMs(kNow + 25'000);
    QCOMPARE(time.cursorAMs(), qint64(0));
}

void TestTime::historyIsRequestedWhereSecondsEnd_data()
{
    QTest::addColumn<TimeSpan>("shown");
    QTest::addColumn<bool>("asks");
    QTest::newRow("five minutes") << TimeSpan{kNow - 5 * kMinute, kNow} << false;
    QTest::newRow("all that is held") << TimeSpan{kNow - kHour, kNow} << false;
    QTest::newRow("before it") << TimeSpan{kNow - 2 * kHour, kNow - 90 * kMinute} << true;
    QTest::newRow("across its beginning") << TimeSpan{kNow - 70 * kMinute, kNow - 50 * kMinute} << true;
    QTest::newRow("a day") << TimeSpan{kNow - kDay, kNow} << true;
}

void TestTime::historyIsRequestedWhereSecondsEnd()
{
    QFETCH(TimeSpan, shown);
    QFETCH(bool, asks);
    HistoryPlan plan;
    const auto ask = plan.next(shown, kNow - kHour, kNow);
    QCOMPARE(ask.has_value(), asks);
    if (!ask) return;
    QVERIFY(ask->fromMs <= shown.beginMs && ask->toMs >= shown.endMs);
    QVERIFY(ask->toMs <= kNow);
    QVERIFY(ask->points <= HistoryPlan::kPointsMax);
}

void TestTime::historyIsRequestedOnceAndKeptUpToDate()
{
    HistoryPlan plan;
    const qint64 held = kNow - kHour;
    const TimeSpan day{kNow - kDay, kNow};
    plan.asked(*plan.next(day, held, kNow));
    QVERIFY(!plan.next(day, held, kNow));  // one at a time
    plan.answered(120 * kSecond);
    QVERIFY(!plan.next(day, held, kNow));
    QVERIFY(!plan.next({day.beginMs - kHour, day.endMs - kHour}, held, kNow));  // a step aside is there already
    const qint64 later = kNow + 3 * kMinute;
    QVERIFY(plan.next({later - kDay, later}, held, later));  // it reaches to now, which moved on
    // Closer: what is held is too coarse.
    const TimeSpan close{kNow - 5 * kHour, kNow - 4 * kHour};
    const auto finer = plan.next(close, held, kNow);
    QVERIFY(finer);
    plan.asked(*finer);
    plan.answered(10 * kSecond);
    QVERIFY(!plan.next(close, held, kNow));  // as fine as the engine has it
}

void TestTime::aFailedCallIsRepeatedLater()
{
    HistoryPlan plan;
    const TimeSpan day{kNow - kDay, kNow};
    plan.asked(*plan.next(day, kNow, kNow));
    plan.failed(kNow);
    QVERIFY(!plan.next(day, kNow, kNow + 1000));
    QVERIFY(plan.next(day, kNow, kNow + HistoryPlan::kAgainMs));
}

void TestTime::aDayComesFromTheEngine()
{
    Console console;
    const QString rate = QStringLiteral("served_per_second");
    const TimeWindow& window = console.time().window();
    QSignalSpy shown(&console.session, &Timeline::shownChanged);
    console.time().setWindowIndex(6);
    QVERIFY(console.session.isLoading());
    console.settle();
    QVERIFY(!console.session.isLoading());
    QVERIFY(shown.count() > 0);
    QCOMPARE(window.span().lengthMs(), kDay);
    QVERIFY(console.session.shownSeries().stepMs() > 60'000);
    QVERIFY(console.session.shownSeries().at(rate, kNow - 20 * kHour));
    QVERIFY(!console.session.series().at(rate, kNow - 20 * kHour));
    // Back to what is held by seconds.
    console.time().setWindowIndex(2);
    QCOMPARE(&console.session.shownSeries(), &std::as_const(console.session).series());
    QVERIFY(!console.session.isLoading());
    // Arrows reach as far as the engine does.
    for (int i = 0; i < 40; ++i) console.time().pan(-4);
    QVERIFY(console.time().endMs() < kNow - 3 * kHour);
    console.settle();
    QVERIFY(console.session.shownSeries().at(rate, console.time().endMs()));
}

void TestTime::aFailureIsSaidAndTheHourStays()
{
    Console console;
    console.client->failCalls(QStringLiteral("the disk is full"));
    console.time().setWindowIndex(6);
    console.settle();
    QVERIFY(console.session.problem().contains(QStringLiteral("the disk is full")));
    console.time().setWindowIndex(2);
    QVERIFY(console.session.problem().isEmpty());
    QVERIFY(console.session.shownSeries().at(QStringLiteral("served_per_second"), console.time().endMs()));
    console.client->failCalls({});
    console.time().setWindowIndex(6);
    for (int i = 0; i < 8; ++i) {
        console.client->step(1000);
        console.settle();
    }
    QVERIFY(console.session.problem().isEmpty());
    QVERIFY(!console.session.isLoading());
}

QTEST_GUILESS_MAIN(TestTime)
#include "tst_time.moc"
