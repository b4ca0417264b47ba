// SPDX-License-Identifier: GPL-3.0-or-later
#include "backend/runtime/hang_watch.h"

#include <QTest>

using namespace millrace;
using backend::HangWatch;

namespace {

const TimePoint t0 = TimePoint{} + 1h;

}  // namespace

class TestHangWatch : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void hangsAfterChecksAndTime_data();
    void hangsAfterChecksAndTime();
    void aCheckThatPassesBeginsAnew();
    void checksMoreOftenOnceOneHasFailed();
    void leavesItToThePoolsWhileTheirChecksPass();
};

void TestHangWatch::hangsAfterChecksAndTime_data()
{
    QTest::addColumn<int>("intervalMs");
    QTest::addColumn<int>("everyMs");  // between failures
    QTest::addColumn<int>("failures");
    QTest::addColumn<bool>("hangs");
    QTest::newRow("too few checks") << 1000 << 10000 << 2 << false;
    QTest::newRow("ten intervals without an answer") << 1000 << 1000 << 10 << true;
    QTest::newRow("nine intervals") << 1000 << 1000 << 9 << false;
    QTest::newRow("short intervals: three seconds at least") << 100 << 100 << 29 << false;
    QTest::newRow("short intervals: after three seconds") << 100 << 100 << 30 << true;
    QTest::newRow("long intervals: 25 seconds at most") << 60000 << 5000 << 5 << true;
    QTest::newRow("long intervals: before that") << 60000 << 5000 << 4 << false;
    QTest::newRow("an interval of 0 counts as 100 ms") << 0 << 1000 << 3 << true;
}

void TestHangWatch::hangsAfterChecksAndTime()
{
    QFETCH(int, intervalMs);
    QFETCH(int, everyMs);
    QFETCH(int, failures);
    QFETCH(bool, hangs);
    HangWatch watch(t0);
    for (int failure = 1; failure <= failures; ++failure)
        watch.failed(t0 + failure * std::chrono::milliseconds(everyMs), std::chrono::milliseconds(intervalMs));
    QCOMPARE(watch.hangs(), hangs);
    QCOMPARE(watch.failures(), static_cast<std::uint32_t>(failures));
    QVERIFY(watch.silent() == failures * std::chrono::milliseconds(everyMs));
}

void TestHangWatch::aCheckThatPassesBeginsAnew()
{
    HangWatch watch(t0);
    for (int second = 1; second <= 9; ++second) watch.failed(t0 + second * 1s, 1s);
    watch.passed(t0 + 10s);
    for (int second = 11; second <= 19; ++second) watch.failed(t0 + second * 1s, 1s);
    QVERIFY(!watch.hangs());
    watch.failed(t0 + 20s, 1s);
    QVERIFY(watch.hangs());
}

void TestHangWatch::checksMoreOftenOnceOneHasFailed()
{
    QVERIFY(HangWatch::pace(60s) == HangWatch::kEvery);
    QVERIFY(HangWatch::pace(2s) == 2s);
    QVERIFY(HangWatch::pace(0s) == 100ms);
    QVERIFY(HangWatch::paceAfterFailure(60s) == 1s);
    QVERIFY(HangWatch::paceAfterFailure(500ms) == 500ms);
}

void TestHangWatch::leavesItToThePoolsWhileTheirChecksPass()
{
    HangWatch watch(t0);
    QVERIFY(watch.mayLeaveToPools(5s));
    QVERIFY(!watch.mayLeaveToPools(6s));  // too seldom
    watch.failed(t0 + 1s, 5s);
    QVERIFY(!watch.mayLeaveToPools(5s));
}

QTEST_GUILESS_MAIN(TestHangWatch)
#include "tst_hang_watch.moc"
