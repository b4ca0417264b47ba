// SPDX-License-Identifier: GPL-3.0-or-later
#include "serve/busy_poll.h"

#include <QtTest>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

using namespace millrace;
using namespace millrace::serve;

namespace {

constexpr Duration kLongest = 200us;
constexpr TimePoint t0{1h};

/// An input of the policy, and how often it comes.
struct Step {
    enum What { Ends, EndsAmongOthers, Turns } what;
    Duration after;    // since the step before
    Duration yield{};  // of a turn: how long the core was away
    unsigned times = 1;
};

/// A policy in its time.
struct Stage {
    explicit Stage(Duration longest = kLongest) : policy(longest) {}
    void play(const Step& step)
    {
        for (unsigned i = 0; i < step.times; ++i) {
            now += step.after;
            if (step.what == Step::Turns)
                policy.polled(now - step.yield, now);
            else
                policy.ended(now, step.what == Step::Ends ? 0 : 1);
        }
    }
    BusyPollPolicy policy;
    TimePoint now = t0;
};

/// Each turn of the loop takes two ticks, however long it takes: what comes out depends on no other thread.
class TickingClock final : public Clock {
public:
    explicit TickingClock(Duration tick) : tick_(tick) {}
    TimePoint now() const override { return now_; }
    TimePoint update() const override { return now_ += tick_; }
    std::int64_t unixMs() const override { return 0; }
    net::awaitable<void> sleepUntil(TimePoint) override { co_return; }

private:
    const Duration tick_;
    mutable TimePoint now_ = t0;
};

constexpr unsigned kMin = BusyPollPolicy::kRequiredMin;

/// As many quick requests as the first phase requires; the first has none before it.
const std::vector<Step> kStarts{{Step::Ends, 1s}, {Step::Ends, 80us, {}, kMin}};

std::vector<Step> afterStart(std::vector<Step> more)
{
    more.insert(more.begin(), kStarts.begin(), kStarts.end());
    return more;
}

}  // namespace

Q_DECLARE_METATYPE(std::vector<Step>)

class TestBusyPoll : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void polls_data()
    {
        QTest::addColumn<std::vector<Step>>("steps");
        QTest::addColumn<bool>("polling");
        QTest::addColumn<unsigned>("required");
        const auto row = [](const char* name, std::vector<Step> steps, bool polling, unsigned required = kMin) {
            QTest::newRow(name) << std::move(steps) << polling << required;
        };
        row("nothing happened", {}, false);
        row("the loop turns", {{Step::Turns, 1us}}, false);
        row("one quick request less than required", {{Step::Ends, 1s}, {Step::Ends, 80us, {}, kMin - 1}}, false);
        row("quick requests", kStarts, true);
        row("as slow as is quick", {{Step::Ends, 1s}, {Step::Ends, kLongest, {}, kMin}}, true);
        row("a nanosecond slower", {{Step::Ends, 1s}, {Step::Ends, kLongest + 1ns, {}, 10 * kMin}}, false);
        row("a slow one among them",
            {{Step::Ends, 1s}, {Step::Ends, 80us, {}, kMin - 1}, {Step::Ends, 1ms}, {Step::Ends, 80us, {}, kMin - 1}},
            false);
        row("others in flight", {{Step::Ends, 1s}, {Step::EndsAmongOthers, 10us, {}, 10 * kMin}}, false);
        row("one of them while others were in flight",
            {{Step::Ends, 1s},
             {Step::Ends, 80us, {}, kMin - 1},
             {Step::EndsAmongOthers, 10us},
             {Step::Ends, 80us, {}, kMin - 1}},
            false);
        row("time stands still", {{Step::Ends, 1s}, {Step::Ends, 0us, {}, 10 * kMin}}, false);

        row("turns between requests", afterStart({{Step::Turns, 1us, 1us, 199}}), true);
        row("turns without a request", afterStart({{Step::Turns, 1us, 1us, 201}}), false, 2 * kMin);
        row("the loop worked for long before a turn", afterStart({{Step::Turns, 300us, 1us}}), false, 2 * kMin);
        row("the core was short away", afterStart({{Step::Turns, 60us, BusyPollPolicy::kYieldMax}}), true);
        row("another thread had the core", afterStart({{Step::Turns, 60us, BusyPollPolicy::kYieldMax + 1ns}}), false,
            2 * kMin);
        row("a second client", afterStart({{Step::EndsAmongOthers, 40us}, {Step::Turns, 1us, 1us}}), false, 2 * kMin);
        row("a slow request", afterStart({{Step::Ends, 1ms}, {Step::Turns, 1us, 1us}}), false, 2 * kMin);
        row("a phase that was worth it", afterStart({{Step::Ends, 50us, {}, kMin}, {Step::Turns, 201us, 1us}}), false);
        row("a phase that was almost worth it",
            afterStart({{Step::Ends, 50us, {}, kMin - 1}, {Step::Turns, 201us, 1us}}), false, 2 * kMin);
        row("after a short phase the same is not enough",
            afterStart({{Step::Turns, 201us, 1us}, {Step::Ends, 1ms}, {Step::Ends, 80us, {}, 2 * kMin - 1}}), false,
            2 * kMin);
        row("after a short phase twice as many are",
            afterStart({{Step::Turns, 201us, 1us}, {Step::Ends, 1ms}, {Step::Ends, 80us, {}, 2 * kMin}}), true,
            2 * kMin);
        row("a longer one makes up for it",
            afterStart({{Step::Turns, 201us, 1us},
                        {Step::Ends, 1ms},
                        {Step::Ends, 80us, {}, 4 * kMin},
                        {Step::Turns, 201us, 1us}}),
            false);
    }

    void polls()
    {
        QFETCH(const std::vector<Step>, steps);
        QFETCH(const bool, polling);
        QFETCH(const unsigned, required);
        Stage stage;
        for (const Step& step : steps) stage.play(step);
        QCOMPARE(stage.policy.polling(), polling);
        QCOMPARE(stage.policy.required(), required);
    }

    void whatItWastesIsBounded()
    {
        // The worst client: it leaves whenever polling has begun.
        Stage stage;
        unsigned requests = 0, phases = 0;
        while (requests < 100'000) {
            stage.play({Step::Ends, 1s});
            while (!stage.policy.polling()) {
                stage.play({Step::Ends, 80us});
                ++requests;
            }
            stage.play({Step::Turns, kLongest + 1us, 1us});
            QVERIFY(!stage.policy.polling());
            ++phases;
        }
        QCOMPARE(stage.policy.required(), BusyPollPolicy::kRequiredMax);
        QVERIFY2(phases < 40, qPrintable(QString::number(phases)));
    }

    void zeroIsNever()
    {
        Stage off(0us);
        off.play({Step::Ends, 1us, {}, 1000});
        QVERIFY(!off.policy.polling());
        Stage on;
        for (const Step& step : kStarts) on.play(step);
        QVERIFY(on.policy.polling());
        on.policy.apply(0us);
        on.play({Step::Turns, 1us, 1us});
        QVERIFY(!on.policy.polling());
        on.play({Step::Ends, 1us, {}, 1000});
        QVERIFY(!on.policy.polling());
        on.policy.apply(kLongest);
        on.play({Step::Ends, 1us, {}, 1000});
        QVERIFY(on.policy.polling());
    }

    void theLoopSleepsAgainByItself_data()
    {
        QTest::addColumn<int>("tickUs");
        QTest::addColumn<int>("longestMs");
        QTest::addColumn<int>("polledUs");
        // Two ticks a turn, and the one between them is the yield.
        QTest::newRow("after the longest interval") << 10 << 5 << 5'020;
        QTest::newRow("once the core was away") << 60 << 5 << 120;
        QTest::newRow("after longer than it takes to be counted") << 10 << 250 << 250'020;
    }

    void theLoopSleepsAgainByItself()
    {
        QFETCH(const int, tickUs);
        QFETCH(const int, longestMs);
        QFETCH(const int, polledUs);
        net::io_context io;
        TickingClock clock(tickUs * 1us);
        Registry registry;
        BusyPoll poll(io.get_executor(), clock, registry, longestMs * 1ms);
        quickRequests(poll, clock);
        io.run();  // ends when nothing is queued
        QCOMPARE(registry.gaugeTotal("millrace_engine_busy_poll_seconds_total") * 1e6, double(polledUs));
    }

    void aLongPhaseIsCountedWhileItLasts()
    {
        net::io_context io;
        TickingClock clock(10us);
        Registry registry;
        BusyPoll poll(io.get_executor(), clock, registry, 1s);
        quickRequests(poll, clock);
        const auto seconds = [&] { return registry.gaugeTotal("millrace_engine_busy_poll_seconds_total"); };
        for (int turn = 0; turn < 4'999; ++turn) QCOMPARE(io.run_one(), std::size_t{1});
        QCOMPARE(seconds(), 0.0);
        io.run_one();
        QCOMPARE(seconds(), 0.1);
        poll.apply(0us);
        io.run();
        QCOMPARE(seconds(), 0.10002);
    }

    void aTimerComesWhileItPolls()
    {
        net::io_context io;
        TickingClock clock(1ns);
        Registry registry;
        BusyPoll poll(io.get_executor(), clock, registry, 1s);
        quickRequests(poll, clock);
        const TimePoint due = std::chrono::steady_clock::now() + 5ms;
        net::steady_timer timer(io, due);
        std::optional<TimePoint> came;
        timer.async_wait([&](const boost::system::error_code&) {
            came = std::chrono::steady_clock::now();
            poll.apply(0us);
        });
        io.run();
        QVERIFY(came && *came >= due);
    }

    void itMayEndWhileATurnIsQueued()
    {
        net::io_context io;
        Registry registry;
        {
            TickingClock clock(1us);
            BusyPoll poll(io.get_executor(), clock, registry, 1s);
            quickRequests(poll, clock);
            io.poll_one();
        }
        io.run();
        QVERIFY(io.stopped());
    }

private:
    static void quickRequests(BusyPoll& poll, Clock& clock)
    {
        const TimePoint now = clock.now();
        for (int i = static_cast<int>(kMin); i >= 0; --i) poll.ended(now - i * 1us, 0);
    }
};

QTEST_GUILESS_MAIN(TestBusyPoll)
#include "tst_busy_poll.moc"
