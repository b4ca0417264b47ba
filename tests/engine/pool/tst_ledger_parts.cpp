// SPDX-License-Identifier: GPL-3.0-or-later
#include "ledger_stage.h"
#include "pool/connection_table.h"
#include "pool/dial_backoff.h"
#include "pool/floor.h"
#include "pool/high_water.h"
#include "pool/waiter_queue.h"

#include <QtTest>

#include <functional>
#include <optional>

using namespace millrace;
using namespace millrace::pool;
using namespace millrace::testing;

/// What Ledger is made of; how it acts together is in tst_pool.
class TestLedgerParts : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theFloorFollowsSettingsThenDemand_data()
    {
        using Steps = std::function<void(Floor&, LedgerLimits&)>;
        QTest::addColumn<Steps>("steps");
        QTest::addColumn<std::uint32_t>("kept");
        QTest::addColumn<std::uint32_t>("wanted");
        QTest::newRow("settings") << Steps([](Floor&, LedgerLimits&) {}) << 8u << 8u;
        QTest::newRow("more than there may be")
            << Steps([](Floor&, LedgerLimits& set) { set.sizeMax = 4; }) << 4u << 4u;
        QTest::newRow("no reuse") << Steps([](Floor&, LedgerLimits& set) { set.reuse = false; }) << 0u << 0u;
        QTest::newRow("the upstream keeps idle ones for a moment only")
            << Steps([](Floor&, LedgerLimits& set) { set.idleLimit = Floor::kIdleMin - 1ms; }) << 0u << 0u;
        QTest::newRow("capped") << Steps([](Floor& floor, LedgerLimits&) { floor.cap(1); }) << 8u << 1u;
        QTest::newRow("one ended unneeded")
            << Steps([](Floor& floor, LedgerLimits&) { floor.endedUnused(kNow, half); }) << 3u << 3u;
        QTest::newRow("then an outage") << Steps([](Floor& floor, LedgerLimits&) {
            floor.endedUnused(kNow, half);
            floor.trust();
        }) << 8u << 8u;
    }
    void theFloorFollowsSettingsThenDemand()
    {
        using Steps = std::function<void(Floor&, LedgerLimits&)>;
        QFETCH(Steps, steps);
        QFETCH(std::uint32_t, kept);
        QFETCH(std::uint32_t, wanted);
        Floor floor;
        LedgerLimits set = limits(8, 16);
        HighWater needed;
        needed.rise(3);
        steps(floor, set);
        QCOMPARE(floor.kept(set, needed), kept);
        QCOMPARE(floor.wanted(set, needed), wanted);
    }

    void aFloorThatIsNotNeededWaitsLongerEachTime()
    {
        Floor floor;
        floor.endedUnused(kNow, half);
        QVERIFY(floor.notBefore() <= kNow);  // one is tried at once
        TimePoint now = kNow;
        Duration before{};
        for (int i = 0; i < 12; ++i) {
            floor.tried();
            floor.endedUnused(now, half);
            const Duration pause = floor.notBefore() - now;
            QVERIFY(pause > before || pause >= Floor::kPauseMax);
            QVERIFY(pause <= Floor::kPauseMax * 1.05 + 1ms);
            floor.endedUnused(now + 1ms, half);  // those opened with it: the same occasion
            QCOMPARE(floor.notBefore() - now, pause);
            before = pause;
            now = floor.notBefore();
        }
        floor.needed();
        floor.endedUnused(now, half);
        QVERIFY(floor.notBefore() - now < 2 * Floor::kPauseFirst);
    }

    void theHighWaterMarkRisesAtOnceAndSinksByHalves()
    {
        HighWater mark;
        mark.rise(16);
        mark.rise(2);
        QCOMPARE(mark.connections(), 16u);
        QVERIFY(!mark.sink(kNow, 0));  // it begins to count
        QCOMPARE(mark.sinksAt(kNow), kNow + HighWater::kEvery);
        QVERIFY(!mark.sink(kNow + HighWater::kEvery - 1ms, 0));
        QVERIFY(mark.sink(kNow + HighWater::kHalfLife, 0));
        QCOMPARE(mark.connections(), 8u);
        QVERIFY(mark.sink(kNow + 10 * HighWater::kHalfLife, 5));
        QCOMPARE(mark.connections(), 5u);
    }

    void failedDialsPauseLongerUpToTheMaximum()
    {
        DialBackoff backoff;
        QCOMPARE(backoff.notBefore(), TimePoint::min());
        for (const Duration pause : {100ms, 200ms, 400ms, 800ms, 1000ms, 1000ms}) {
            backoff.failed(kNow, 0.0);
            QCOMPARE(backoff.notBefore(), kNow + pause);
        }
        for (int i = 0; i < 100; ++i) backoff.failed(kNow, 0.999);
        QVERIFY(backoff.notBefore() > kNow + 899ms);
        backoff.reset();
        backoff.failed(kNow, 0.0);
        QCOMPARE(backoff.notBefore(), kNow + DialBackoff::kFirst);
    }

    void waitersLeaveInOrderByTimeOrByThemselves()
    {
        WaiterQueue queue;
        QVERIFY(queue.empty() && !queue.oldest() && !queue.nextDeadline() && !queue.popExpired(kNow));
        const WaiterId first = queue.push(kNow, kNow + 3s);
        const WaiterId second = queue.push(kNow + 1s, kNow + 2s);
        const WaiterId third = queue.push(kNow + 1s, kNow + 2s);
        const WaiterId fourth = queue.push(kNow + 1s, kNow + 9s);
        QCOMPARE(*queue.oldest(), kNow);
        QCOMPARE(*queue.nextDeadline(), kNow + 2s);
        QVERIFY(!queue.popExpired(kNow + 2s - 1ms));
        QVERIFY(queue.popExpired(kNow + 2s) == second);
        QVERIFY(queue.erase(third));
        QVERIFY(!queue.erase(third));
        QVERIFY(!queue.popExpired(kNow + 2s));
        QVERIFY(queue.popBack() == fourth);
        QVERIFY(queue.popFront() == first);
        QVERIFY(queue.empty() && queue.consistent());
    }

    void theTableCountsWhatItHolds()
    {
        ConnectionTable table;
        const auto one = table.add(kNow);
        const auto two = table.add(kNow);
        const ConnectionId id = two->id;
        QCOMPARE(table.count(State::Connecting), 2u);
        QCOMPARE(table.open(), 0u);
        for (const auto entry : {one, two}) {
            table.transition(entry, State::Idle);
            table.transition(entry, State::Active);
            table.beginCall(entry);
        }
        table.beginCall(two);
        QCOMPARE(table.calls(), std::uint64_t(3));
        QCOMPARE(table.audit(2), std::string());
        QCOMPARE(table.audit(1), std::string("too many calls"));
        table.drain(two, CloseReason::Age);
        QCOMPARE(table.find(id) ? (*table.find(id))->drainReason : CloseReason::Idle, CloseReason::Age);
        table.erase(two);
        QVERIFY(!table.find(id));
        QCOMPARE(table.calls(), std::uint64_t(1));
        table.endCall(one);
        QCOMPARE(table.audit(2), std::string("calls do not fit the state"));
        table.transition(one, State::Idle);
        QCOMPARE(table.audit(2), std::string());
        QCOMPARE(table.total(), 1u);
    }
};

QTEST_GUILESS_MAIN(TestLedgerParts)
#include "tst_ledger_parts.moc"
