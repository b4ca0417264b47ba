// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/process_usage.h"
#include "telemetry/memory_trim.h"

#include <QTest>

using namespace millrace;
using telemetry::MemoryTrim;

namespace {

constexpr double kMib = 1 << 20;
const TimePoint kStart{std::chrono::hours(1)};

/// Looks once a second, and says when it was time.
struct Seconds {
    MemoryTrim trim;
    int now = 0;
    QList<int> times;
    void pass(int seconds, double residentMib, std::uint64_t activity, bool busy = false)
    {
        for (int i = 0; i < seconds; ++i, ++now)
            if (trim.look(kStart + std::chrono::seconds(now), residentMib * kMib, activity, busy)) times << now;
    }
};

}  // namespace

class TestMemoryTrim : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void soonAfterAStartThatNobodyUses()
    {
        Seconds quiet;
        quiet.pass(600, 18, 0);
        QCOMPARE(quiet.times.value(0), 2);
        QCOMPARE(quiet.times.size(), 1);
    }

    void notWhileThereIsSomethingToDo()
    {
        Seconds engine;
        engine.pass(1, 18, 0);
        engine.pass(60, 30, 5, true);                                   // one request that takes a minute
        for (std::uint64_t i = 6; i < 30; ++i) engine.pass(10, 30, i);  // one each ten seconds
        QVERIFY(engine.times.isEmpty());
        const int ended = engine.now;
        engine.pass(100, 30, 29);
        QCOMPARE(engine.times.size(), 1);
        QVERIFY(engine.times[0] - ended <= 20);
    }

    void onceForEachPeak()
    {
        Seconds engine;
        engine.pass(3, 18, 0);
        engine.pass(5, 12, 0);
        engine.pass(300, 12.5, 0);  // what it needs at rest came back
        QCOMPARE(engine.times, QList<int>{2});
        engine.pass(5, 40, 1000, true);
        engine.pass(60, 19, 1000);
        QCOMPARE(engine.times.size(), 2);
        engine.pass(300, 19, 1000);  // nothing came of it: it is not tried again
        QCOMPARE(engine.times.size(), 2);
        engine.pass(300, 21, 1000);  // a console has come and gone
        QCOMPARE(engine.times.size(), 3);
    }

    /// Code and constants are there as before, and fewer pages are.
    void whatWasGivenBackComesAgain()
    {
        const double before = static_cast<double>(ownUsage().residentBytes);
        telemetry::releaseUnusedMemory();
        const double after = static_cast<double>(ownUsage().residentBytes);
        QVERIFY2(after < before - 2 * kMib, qPrintable(QStringLiteral("%1, then %2").arg(before).arg(after)));
        QCOMPARE(QString::number(0.1 + 0.2, 'g', 3), QStringLiteral("0.3"));
    }
};

QTEST_GUILESS_MAIN(TestMemoryTrim)
#include "tst_memory_trim.moc"
