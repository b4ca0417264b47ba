// SPDX-License-Identifier: GPL-3.0-or-later
#include "batch/lane.h"
#include "batch/reorder_buffer.h"
#include "support/seed.h"

#include <QTest>

#include <deque>
#include <map>
#include <random>
#include <set>

using namespace millrace;
using namespace millrace::batch;

namespace {

const TimePoint t0 = TimePoint{} + 1h;

Lane::Options classic()
{
    Lane::Options options;
    options.idleDispatch = false;
    return options;
}

struct Asks {
    explicit Asks(Lane& given) : lane(given) {}
    Lane::Ticket operator()(TimePoint at, std::uint32_t rows = 1, int priority = 0,
                            TimePoint deadline = TimePoint::max())
    {
        Lane::Arrival arrival;
        arrival.key = ++last;
        arrival.rows = rows;
        arrival.priority = priority;
        arrival.at = at;
        arrival.deadline = deadline;
        return lane.add(arrival);
    }
    Lane& lane;
    Lane::Key last = 0;
};

using Keys = std::vector<Lane::Key>;

/// Teaches a lane what its runs cost, as if batches of different sizes had come back.
void teach(Lane& lane, TimePoint at, double baseMs, double perRowMs)
{
    for (std::uint32_t rows = 1; rows <= 10; ++rows) {
        Lane::Arrival arrival;
        arrival.rows = rows;
        arrival.at = at;
        lane.add(arrival);
        lane.flush();
        while (auto left = lane.next(at)) lane.returned(at, left->rows, fromMs(baseMs + perRowMs * left->rows));
    }
}

}  // namespace

class TestLane : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void leavesWhenFull()
    {
        Lane lane(classic());
        lane.setLimit(3);
        Asks ask(lane);
        ask(t0);
        ask(t0);
        QVERIFY(!lane.next(t0));
        ask(t0);
        const auto left = lane.next(t0);
        QVERIFY(left.has_value());
        QVERIFY(left->why == DispatchReason::Full);
        QCOMPARE(left->reason.english(), std::string("full: 3 of 3 rows"));
        QCOMPARE(left->members, (Keys{1, 2, 3}));
        QCOMPARE(lane.inFlight(), 1U);
        QCOMPARE(lane.waiting(), 0U);
    }

    void leavesAtTheTimeout()
    {
        Lane lane(classic());
        Asks ask(lane);
        ask(t0);
        ask(t0 + 20ms);
        QVERIFY(!lane.next(t0 + 20ms));
        QCOMPARE(lane.wakeAt().value(), t0 + 50ms);
        QVERIFY(!lane.next(t0 + 50ms - 1ns));
        const auto left = lane.next(t0 + 50ms);
        QVERIFY(left->why == DispatchReason::Timeout);
        QCOMPARE(left->oldest, t0);
        QVERIFY(!lane.wakeAt());
    }

    void countsRowsNotRequests()
    {
        Lane lane(classic());
        lane.setLimit(10);
        Asks ask(lane);
        ask(t0, 4);
        ask(t0, 4);
        QVERIFY(!lane.next(t0));
        ask(t0, 4);
        const auto left = lane.next(t0);
        QVERIFY(left->why == DispatchReason::Full);
        QCOMPARE(left->rows, 8U);
        QCOMPARE(left->reason.english(), std::string("full: 8 of 10 rows, the next request has 4"));
        QCOMPARE(lane.waiting(), 1U);
    }

    void aRequestLargerThanTheLimitGoesAlone()
    {
        Lane lane(classic());
        lane.setLimit(10);
        Asks ask(lane);
        ask(t0, 30);
        const auto left = lane.next(t0);
        QVERIFY(left->why == DispatchReason::Full);
        QCOMPARE(left->rows, 30U);
        QCOMPARE(left->reason.english(),
                 std::string("a request of 30 rows exceeds the limit of 10 rows and was sent alone"));
    }

    void countsBytesToo()
    {
        Lane::Options options = classic();
        options.bytesMax = 10 << 20;
        Lane lane(options);
        const auto add = [&](Lane::Key key, std::size_t mega) {
            Lane::Arrival arrival;
            arrival.key = key;
            arrival.bytes = mega << 20;
            arrival.at = t0;
            lane.add(arrival);
        };
        add(1, 4);
        add(2, 5);
        QVERIFY(!lane.next(t0));
        add(3, 4);
        auto left = lane.next(t0);
        QVERIFY(left->why == DispatchReason::Full);
        QCOMPARE(left->members, (Keys{1, 2}));
        QCOMPARE(left->reason.english(), std::string("full: 9.0 MiB of 10 MiB by size, the next request has 4.0 MiB"));
        QCOMPARE(lane.waitingBytes(), std::size_t{4} << 20);
        lane.returned(t0, left->rows, std::nullopt);
        QVERIFY(!lane.next(t0));
        add(4, 30);  // larger than a batch may be
        left = lane.next(t0);
        QCOMPARE(left->members, Keys{3});
        lane.returned(t0, left->rows, std::nullopt);
        left = lane.next(t0);
        QCOMPARE(left->members, Keys{4});
        QCOMPARE(left->reason.english(),
                 std::string("a request of 30 MiB exceeds the limit of 10 MiB and was sent alone"));
    }

    void absorbsWhileBusy()
    {
        Lane lane(classic());
        lane.setLimit(5);
        Asks ask(lane);
        for (int i = 0; i < 12; ++i) ask(t0);
        QVERIFY(lane.next(t0));
        QVERIFY(!lane.next(t0));        // the only slot is taken, however full
        QVERIFY(!lane.next(t0 + 10s));  // and however late
        lane.returned(t0 + 10s, 5, 10s);
        const auto left = lane.next(t0 + 10s);
        QVERIFY(left->why == DispatchReason::Full);
        QCOMPARE(left->members, (Keys{6, 7, 8, 9, 10}));
        lane.returned(t0 + 11s, 5, 1s);
        QVERIFY(lane.next(t0 + 11s)->why == DispatchReason::Timeout);  // idle dispatch is off
    }

    void aSecondBatchNeedsAReason()
    {
        Lane::Options options;
        options.inFlightMax = 2;
        options.timeout = 50ms;
        Lane lane(options);
        lane.setLimit(10);
        teach(lane, t0, 1.0, 0.1);
        Asks ask(lane);
        const TimePoint start = t0 + 1s;
        ask(start);
        while (!lane.next(start + 10ms)) ask(start);
        QCOMPARE(lane.inFlight(), 1U);
        ask(start + 10ms);
        QVERIFY(!lane.next(start + 10ms));  // one row: most of its run is base cost, more company pays
        for (int i = 0; i < 9; ++i) ask(start + 11ms);
        const auto full = lane.next(start + 11ms);
        QVERIFY(full && full->why == DispatchReason::Full);
        ask(start + 12ms);
        QVERIFY(!lane.next(start + 70ms));  // both slots are taken
        lane.returned(start + 70ms, 10, 2ms);
        QVERIFY(lane.next(start + 70ms));  // its time is up
        QCOMPARE(lane.inFlight(), 2U);

        Lane dear(options);
        dear.setLimit(100);
        teach(dear, t0, 1.0, 1.0);
        Asks large(dear);
        large(start, 32);
        QVERIFY(dear.next(start));
        large(start, 4);
        QVERIFY(!dear.next(start));  // 1 of 5 ms could be saved
        large(start, 32);
        const auto second = dear.next(start);  // 1 of 37 ms
        QVERIFY(second && second->why == DispatchReason::Idle);
        QCOMPARE(second->rows, 36U);
        QCOMPARE(second->reason.english(),
                 std::string("another batch was in flight, but waiting would save only 1.0 ms of a 37 ms run"));
    }

    void largeRequestsGoApartOnceThatIsKnown()
    {
        Lane lane{Lane::Options{}};
        lane.setLimit(100);
        QVERIFY(!lane.bypass(64, t0));  // nothing is known yet
        teach(lane, t0, 1.0, 1.0);
        QVERIFY(!lane.bypass(24, t0));  // too small for it
        const auto why = lane.bypass(32, t0);
        QVERIFY(why);
        QCOMPARE(*why, std::string("it has 32 rows, and batching would save only 1 ms of its 33 ms run"));
        QVERIFY(lane.bypass(32, t0 + 29s));
        QVERIFY(!lane.bypass(32, t0 + 31s));  // asked again
        teach(lane, t0 + 31s, 30.0, 1.0);
        QVERIFY(!lane.bypass(32, t0 + 32s));  // a run's base cost has become large

        Lane small{Lane::Options{}};
        small.setLimit(100);
        teach(small, t0, 10.0, 0.1);
        QVERIFY(!small.bypass(100, t0));
    }

    void leavesAtOnceForAnIdleBackend()
    {
        Lane lane(Lane::Options{});
        Asks ask(lane);
        ask(t0);
        const auto left = lane.next(t0);
        QVERIFY(left->why == DispatchReason::Idle);
        ask(t0 + 1ms);
        QVERIFY(!lane.next(t0 + 1ms));
        lane.returned(t0 + 70ms, 1, 70ms);
        const auto next = lane.next(t0 + 70ms);  // later than the timeout, but the backend was the reason
        QVERIFY(next->why == DispatchReason::Idle);
        QCOMPARE(next->reason.english(), std::string("the backend became idle; 1 of 100 rows were collected in 69 ms"));
    }

    void waitsOnlyWhenOneMoreIsWorthIt_data()
    {
        QTest::addColumn<double>("baseMs");
        QTest::addColumn<double>("perRowMs");
        QTest::addColumn<int>("gapUs");
        QTest::addColumn<int>("leavesWith");  // of a steady stream; 0: never waits, so 1
        // a − τ > m (τ + b): the batch grows until the next member costs more than it gains.
        QTest::newRow("dear base, quick arrivals") << 1.0 << 0.01 << 40 << 20;
        QTest::newRow("dear base, slow arrivals") << 1.0 << 0.01 << 2000 << 1;
        QTest::newRow("dear base, middling arrivals") << 1.0 << 0.01 << 200 << 4;
        QTest::newRow("no base") << 0.0 << 0.5 << 40 << 1;
        QTest::newRow("dear rows") << 1.0 << 2.0 << 40 << 1;
    }
    void waitsOnlyWhenOneMoreIsWorthIt()
    {
        QFETCH(double, baseMs);
        QFETCH(double, perRowMs);
        QFETCH(int, gapUs);
        QFETCH(int, leavesWith);
        Lane lane(Lane::Options{});
        teach(lane, t0, baseMs, perRowMs);
        TimePoint now = t0 + 1s;
        Asks ask(lane);
        std::uint32_t rows = 0;
        for (int i = 0; i < 300; ++i) {
            now += std::chrono::microseconds(gapUs);
            ask(now);
            if (const auto left = lane.next(now)) {
                QVERIFY(left->why == DispatchReason::Idle);
                rows = left->rows;
                lane.returned(now, left->rows, fromMs(baseMs + perRowMs * left->rows));
            }
        }
        QCOMPARE(rows, static_cast<std::uint32_t>(leavesWith));
    }

    void doesNotWaitForWhatDoesNotCome()
    {
        Lane lane(Lane::Options{});
        teach(lane, t0, 10, 0.01);
        Asks ask(lane);
        TimePoint now = t0 + 1s;
        for (int i = 0; i < 100; ++i) {
            now += 100us;
            ask(now);
            if (const auto left = lane.next(now)) lane.returned(now, left->rows, 10ms);
        }
        lane.flush();
        if (const auto left = lane.next(now)) lane.returned(now, left->rows, 10ms);
        now += 100us;
        ask(now);
        QVERIFY(!lane.next(now));
        const TimePoint wake = lane.wakeAt().value();
        QVERIFY(wake > now && wake <= now + 250us);  // two gaps
        const auto left = lane.next(wake);
        QVERIFY(left->why == DispatchReason::Idle);
        QVERIFY2(left->reason.english().find("no other request arrived within 0.20 ms") != std::string::npos,
                 left->reason.english().c_str());
    }

    void neverWaitsBeyondTheTimeout()
    {
        Lane::Options options;
        options.timeout = 1ms;
        Lane lane(options);
        teach(lane, t0, 1000, 0);  // a base that would be worth waiting for very long
        Asks ask(lane);
        TimePoint now = t0 + 1s;
        TimePoint first;
        for (int i = 0; i < 1000; ++i) {
            now += 100us;
            ask(now);
            if (lane.waiting() == 1) first = now;
            if (const auto left = lane.next(now)) {
                QVERIFY(now - left->oldest <= 1ms);
                lane.returned(now, left->rows, 1s);
            }
        }
    }

    void leavesForADeadline()
    {
        Lane lane(classic());
        teach(lane, t0, 8, 0);
        Asks ask(lane);
        const TimePoint now = t0 + 1s;
        ask(now, 1, 0, now + 1h);
        ask(now, 1, 0, now + 20ms);
        ask(now, 1, 0, now + 30ms);
        QVERIFY(!lane.next(now));
        QCOMPARE(lane.wakeAt().value(), now + 11ms);
        QVERIFY(lane.next(now + 11ms)->why == DispatchReason::Deadline);
    }

    void halfTheTimeIsLeftForARunOfUnknownCost()
    {
        Lane lane(classic());
        Asks ask(lane);
        ask(t0, 1, 0, t0 + 20ms);
        QVERIFY(!lane.next(t0));
        QCOMPARE(lane.wakeAt().value(), t0 + 10ms);
        QVERIFY(lane.next(t0 + 10ms)->why == DispatchReason::Deadline);
    }

    void removedMembersNeverLeave()
    {
        Lane lane(classic());
        Asks ask(lane);
        ask(t0);
        const auto second = ask(t0, 3, 0, t0 + 5ms);
        ask(t0);
        lane.remove(second);
        QCOMPARE(lane.waitingRows(), 2U);
        QVERIFY(!lane.next(t0));
        QCOMPARE(lane.wakeAt().value(), t0 + 50ms);  // its deadline went with it
        QCOMPARE(lane.next(t0 + 50ms)->members, (Keys{1, 3}));
    }

    void expiresWhileBusy()
    {
        Lane lane(classic());
        lane.setLimit(1);
        Asks ask(lane);
        ask(t0);
        QVERIFY(lane.next(t0));
        ask(t0, 1, 0, t0 + 30ms);
        ask(t0);
        QVERIFY(!lane.next(t0));
        QCOMPARE(lane.wakeAt().value(), t0 + 30ms);
        QVERIFY(lane.expire(t0 + 30ms - 1ns).empty());
        QCOMPARE(lane.expire(t0 + 30ms), Keys{2});
        QCOMPARE(lane.waiting(), 1U);
    }

    void higherPriorityOvertakesButNotIndefinitely()
    {
        Lane lane(classic());
        lane.setLimit(1);
        Asks ask(lane);
        ask(t0, 1, 0);
        ask(t0 + 1ms, 1, 3);
        ask(t0 + 2ms, 1, 99);  // counts as 8
        QCOMPARE(lane.next(t0 + 2ms)->members, Keys{3});
        lane.returned(t0 + 3ms, 1, 1ms);
        QCOMPARE(lane.next(t0 + 3ms)->members, Keys{2});
        lane.returned(t0 + 4ms, 1, 1ms);
        ask(t0 + 150ms, 1, 8);
        QCOMPARE(lane.next(t0 + 150ms)->members, Keys{4});  // not yet too long
        lane.returned(t0 + 160ms, 1, 1ms);
        ask(t0 + 200ms, 1, 8);
        QCOMPARE(lane.next(t0 + 200ms)->members, Keys{1});  // four timeouts: it is its turn
    }

    void refusesBeyondTheQueue()
    {
        Lane::Options options = classic();
        options.queueMax = 2;
        Lane lane(options);
        Asks ask(lane);
        ask(t0);
        QVERIFY(!lane.full());
        const auto second = ask(t0);
        QVERIFY(lane.full());
        lane.remove(second);
        QVERIFY(!lane.full());
    }

    void flushSendsEverythingAsSlotsBecomeFree()
    {
        Lane lane(classic());
        lane.setLimit(2);
        Asks ask(lane);
        for (int i = 0; i < 3; ++i) ask(t0);
        lane.flush();
        QCOMPARE(lane.next(t0)->members, (Keys{1, 2}));
        QVERIFY(!lane.next(t0));
        lane.returned(t0 + 1ms, 2, 1ms);
        const auto rest = lane.next(t0 + 1ms);
        QVERIFY(rest->why == DispatchReason::Flush);
        QCOMPARE(rest->members, Keys{3});
        lane.returned(t0 + 2ms, 1, 1ms);
        ask(t0 + 2ms);
        QVERIFY(!lane.next(t0 + 2ms));  // what comes later waits as ever
    }

    void fewerSlotsLetWhatRunsFinish()
    {
        Lane::Options options = classic();
        options.inFlightMax = 3;
        Lane lane(options);
        lane.setLimit(1);
        Asks ask(lane);
        for (int i = 0; i < 5; ++i) ask(t0);
        while (lane.next(t0)) {
        }
        QCOMPARE(lane.inFlight(), 3U);
        options.inFlightMax = 1;
        lane.apply(options);
        lane.returned(t0, 1, 1ms);
        QVERIFY(!lane.next(t0));
        lane.returned(t0, 1, 1ms);
        QVERIFY(!lane.next(t0));
        lane.returned(t0, 1, 1ms);
        QVERIFY(lane.next(t0));
        QVERIFY(!lane.next(t0));
    }

    void staleDeadlinesDoNotPileUp()
    {
        Lane lane(classic());
        lane.setLimit(1000000);
        Asks ask(lane);
        ask(t0);
        for (int i = 0; i < 100000; ++i) lane.remove(ask(t0, 1, 0, t0 + 1h + std::chrono::milliseconds(i)));
        QVERIFY(!lane.next(t0));
        QCOMPARE(lane.waiting(), 1U);
        QCOMPARE(lane.wakeAt().value(), t0 + 50ms);
    }

    /// Whatever arrives, leaves, expires, fails or is reconfigured, in whatever order.
    void holdsItsInvariants()
    {
        const auto seed = testSeed();
        std::mt19937 random(seed);
        const auto below = [&](std::uint32_t bound) { return static_cast<std::uint32_t>(random() % bound); };
        for (int round = 0; round < 60; ++round) {
            Lane::Options options;
            options.timeout = std::chrono::milliseconds(1 + below(60));
            options.idleDispatch = below(2) == 0;
            options.inFlightMax = 1 + below(3);
            options.queueMax = 1 + below(600);
            if (below(2) == 0) options.bytesMax = 100 + below(1000);
            Lane lane(options);
            std::uint32_t limit = 1 + below(40);
            lane.setLimit(limit);

            struct Waiting {
                Lane::Ticket ticket;
                std::uint32_t rows;
                std::size_t bytes;
                int priority;
                TimePoint at;
                TimePoint deadline;
            };
            std::map<Lane::Key, Waiting> waiting;
            std::deque<std::uint32_t> atBackend;  // rows
            std::set<Lane::Key> gone;
            std::map<int, Lane::Key> lastLeft;  // by priority
            Lane::Key last = 0;
            TimePoint now = t0;

            const auto goes = [&](Lane::Key key) {
                QVERIFY2(waiting.erase(key) == 1, "left without waiting, or twice");
                QVERIFY(gone.insert(key).second);
            };
            for (int step = 0; step < 1500; ++step) {
                switch (below(10)) {
                    case 0:
                    case 1:
                    case 2:
                    case 3: {
                        if (lane.full()) {
                            QCOMPARE(waiting.size(), static_cast<std::size_t>(options.queueMax));
                            break;
                        }
                        Lane::Arrival arrival;
                        arrival.key = ++last;
                        arrival.rows = below(20) == 0 ? 1 + below(100) : 1 + below(5);
                        arrival.bytes = below(30) == 0 ? below(2000) : below(50);
                        arrival.priority = below(3) == 0 ? static_cast<int>(below(3)) - 1 : 0;
                        arrival.at = now;
                        if (below(3) == 0) arrival.deadline = now + std::chrono::milliseconds(1 + below(200));
                        const auto ticket = lane.add(arrival);
                        waiting[arrival.key] = {ticket,           arrival.rows, arrival.bytes,
                                                arrival.priority, now,          arrival.deadline};
                        break;
                    }
                    case 4:
                        if (!waiting.empty()) {
                            auto it = waiting.begin();
                            std::advance(it, below(static_cast<std::uint32_t>(waiting.size())));
                            lane.remove(it->second.ticket);
                            goes(it->first);
                        }
                        break;
                    case 5:
                    case 6:
                        if (!atBackend.empty()) {
                            const auto rows = atBackend.front();
                            atBackend.pop_front();
                            const bool failed = below(4) == 0;
                            lane.returned(now, rows, failed ? std::nullopt : std::optional(fromMs(1 + rows * 0.1)));
                        }
                        break;
                    case 7:
                        limit = 1 + below(40);
                        lane.setLimit(limit);
                        break;
                    case 8:
                        if (below(50) == 0) {
                            lane.flush();
                        } else if (below(20) == 0) {
                            options.inFlightMax = 1 + below(3);
                            lane.apply(options);
                        }
                        break;
                    default: {
                        // Time passes: as told, but never past the moment the lane asked for.
                        TimePoint until = now + std::chrono::microseconds(below(20000));
                        if (const auto wake = lane.wakeAt()) until = std::min(until, *wake);
                        now = std::max(now, until);
                        break;
                    }
                }
                for (const auto key : lane.expire(now)) {
                    QVERIFY(waiting.at(key).deadline <= now);
                    goes(key);
                }
                while (const auto left = lane.next(now)) {
                    QVERIFY(!left->members.empty());
                    QVERIFY(!left->reason.english().empty());
                    std::uint32_t rows = 0;
                    std::size_t bytes = 0;
                    TimePoint oldest = TimePoint::max();
                    for (const auto key : left->members) {
                        QVERIFY(waiting.contains(key));
                        const Waiting& member = waiting.at(key);
                        rows += member.rows;
                        bytes += member.bytes;
                        oldest = std::min(oldest, member.at);
                        QVERIFY2(lastLeft[member.priority] < key, "order within a priority");
                        lastLeft[member.priority] = key;
                        QVERIFY(member.deadline > now);
                        goes(key);
                    }
                    QCOMPARE(left->rows, rows);
                    QCOMPARE(left->oldest, oldest);
                    QCOMPARE(left->bytes, bytes);
                    QVERIFY2(rows <= limit || left->members.size() == 1, "above the limit");
                    QVERIFY2(bytes <= options.bytesMax || left->members.size() == 1, "above the limit of bytes");
                    atBackend.push_back(rows);
                    QVERIFY2(atBackend.size() <= options.inFlightMax, "more batches than allowed");
                }
                QCOMPARE(lane.waiting(), static_cast<std::uint32_t>(waiting.size()));
                QCOMPARE(lane.inFlight(), static_cast<std::uint32_t>(atBackend.size()));
                std::uint32_t rows = 0;
                std::size_t bytes = 0;
                TimePoint oldest = TimePoint::max();
                for (const auto& [key, member] : waiting) {
                    rows += member.rows;
                    bytes += member.bytes;
                    oldest = std::min(oldest, member.at);
                }
                QCOMPARE(lane.waitingRows(), rows);
                QCOMPARE(lane.waitingBytes(), bytes);
                if (!waiting.empty() && atBackend.size() < options.inFlightMax) {
                    QVERIFY2(now < oldest + options.timeout, "waited beyond the timeout for a free backend");
                    QVERIFY(rows < limit);
                    QVERIFY(bytes < options.bytesMax);
                    QVERIFY(lane.wakeAt().has_value());
                    QVERIFY(*lane.wakeAt() > now);
                    QVERIFY(*lane.wakeAt() <= oldest + options.timeout);
                }
            }
            for (const auto key : lane.clear()) goes(key);
            QVERIFY(waiting.empty());
            QCOMPARE(gone.size(), static_cast<std::size_t>(last));  // everyone left exactly once
        }
    }

    // ---- the order keeper ----

    void answersGoOutInTheOrderTheyLeft()
    {
        ReorderBuffer<int> order;
        std::vector<int> out;
        const auto release = [&](std::uint64_t, int value) { out.push_back(value); };
        for (int i = 0; i < 4; ++i) QCOMPARE(order.dispatch(), static_cast<std::uint64_t>(i));
        order.answer(2, 20, release);
        order.answer(1, 10, release);
        QVERIFY(out.empty());
        QCOMPARE(order.held(), 2U);
        order.answer(0, 0, release);
        QCOMPARE(out, (std::vector<int>{0, 10, 20}));
        order.answer(3, 30, release);
        QCOMPARE(out, (std::vector<int>{0, 10, 20, 30}));
        QCOMPARE(order.open(), 0U);
    }

    void nobodyWaitsForOneThatLeft()
    {
        ReorderBuffer<int> order;
        std::vector<int> out;
        const auto release = [&](std::uint64_t, int value) { out.push_back(value); };
        for (int i = 0; i < 3; ++i) order.dispatch();
        order.answer(1, 10, release);
        order.skip(0, release);
        QCOMPARE(out, (std::vector<int>{10}));
        order.skip(2, release);
        QCOMPARE(order.open(), 0U);
    }

    void withoutOrderAnswersGoAtOnce()
    {
        ReorderBuffer<int> order;
        std::vector<int> out;
        const auto release = [&](std::uint64_t, int value) { out.push_back(value); };
        for (int i = 0; i < 4; ++i) order.dispatch();
        order.answer(1, 10, release);
        QVERIFY(out.empty());
        order.setEnabled(false);
        order.answer(3, 30, release);
        QCOMPARE(out, (std::vector<int>{30, 10}));  // what was held goes with the next
        order.answer(0, 0, release);
        order.answer(2, 20, release);
        QCOMPARE(out.size(), 4U);
        QCOMPARE(order.open(), 0U);
    }
};

QTEST_GUILESS_MAIN(TestLane)
#include "tst_lane.moc"
