// SPDX-License-Identifier: GPL-3.0-or-later
#include "telemetry/loop_watch.h"

#include <QTest>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/system_error.hpp>

using namespace millrace;
using telemetry::LoopWatch;

namespace {

constexpr TimePoint kStart{1000s};
constexpr std::int64_t kUnix = 1'800'000'000'000;

/// Wakes a watch each `kEvery`, some of them late.
struct Loop {
    LoopWatch watch;
    TimePoint now = kStart;
    std::int64_t unixMs = kUnix;
    QStringList found;

    void turn(Duration late = 0ms, std::int64_t jumpMs = 0)
    {
        const TimePoint due = now + LoopWatch::kEvery;
        now = due + late;
        unixMs += static_cast<std::int64_t>(toMs(LoopWatch::kEvery + late)) + jumpMs;
        for (const auto& each : watch.woke(due, now, unixMs))
            found << QString("%1: %2").arg(each.kind, QString::fromStdString(each.text));
    }
    void turns(Duration span)
    {
        for (const TimePoint end = now + span; now < end;) turn();
    }
};

/// A clock whose sleepers oversleep by what is next in its list; at its end they are cancelled.
class LateClock final : public Clock {
public:
    explicit LateClock(std::vector<Duration> late) : late_(std::move(late)) {}
    using Clock::unixMs;
    TimePoint now() const override { return now_; }
    std::int64_t unixMs() const override { return kUnix + static_cast<std::int64_t>(toMs(now_ - kStart)); }
    net::awaitable<void> sleepUntil(TimePoint when) override
    {
        if (next_ == late_.size()) throw boost::system::system_error(net::error::operation_aborted);
        now_ = when + late_[next_++];
        co_return;
    }

private:
    const std::vector<Duration> late_;
    std::size_t next_ = 0;
    TimePoint now_ = kStart;
};

}  // namespace

/// Whether a stall of the engine's thread and a jump of the clock are noticed, and told once.
class TestLoopWatch : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aLoopInTimeSaysNothing()
    {
        Loop loop;
        loop.turns(10min);
        loop.turn(499ms);  // a busy moment
        loop.turns(1min);
        QCOMPARE(loop.found, QStringList());
    }

    void aStallIsReportedAtOnce()
    {
        Loop loop;
        loop.turns(1s);
        loop.turn(812ms);
        QCOMPARE(loop.found, QStringList("loop_stalled: the engine was blocked for 812 ms: all requests waited"));
    }

    void manyStallsAreAddedUp()
    {
        Loop loop;
        loop.turn(600ms);
        for (int i = 0; i < 12; ++i) loop.turn(700ms);
        loop.turn(900ms);
        QCOMPARE(loop.found.size(), 1);
        loop.turns(61s);
        QCOMPARE(loop.found.size(), 2);
        QCOMPARE(loop.found.last(),
                 QString("loop_stalled: the engine was blocked 13 times, for 9.3 s in total, at most "
                         "900 ms: all requests waited"));
        loop.turns(5min);
        QCOMPARE(loop.found.size(), 2);
        loop.turn(500ms);
        QCOMPARE(loop.found.size(), 3);
    }

    void aJumpOfTheClockIsReported_data()
    {
        QTest::addColumn<qint64>("jumpMs");
        QTest::addColumn<QString>("told");
        QTest::newRow("none") << qint64{0} << "";
        QTest::newRow("set a little by NTP") << qint64{1900} << "";
        QTest::newRow("slept")
            << qint64{3 * 3600'000}
            << "clock_jumped: the system's time moved by 3.0 h forward: the machine was suspended, or its "
               "clock was set";
        QTest::newRow("set back") << qint64{-300'000}
                                  << "clock_jumped: the system's time moved by 5 min backward: its clock was set";
    }
    void aJumpOfTheClockIsReported()
    {
        QFETCH(qint64, jumpMs);
        QFETCH(QString, told);
        Loop loop;
        loop.turns(1s);
        loop.turn(0ms, jumpMs);
        loop.turns(1s);
        QCOMPARE(loop.found.join('|'), told);
    }

    void whatIsSeenIsCountedAndNoted()
    {
        LateClock clock({0ms, 20ms, 0ms, 980ms, 0ms});
        Registry registry;
        EventLog eventLog(clock, 10);
        net::io_context io;
        net::co_spawn(io, telemetry::watchLoop(clock, registry, eventLog), [](const std::exception_ptr&) {});
        io.run();
        const HistogramData lag = registry.histogramTotal("millrace_engine_loop_lag_seconds");
        QCOMPARE(lag.count, 5u);
        QCOMPARE(lag.sum, 1.0);
        QCOMPARE(clock.pulse().lateness(clock.now()), Duration(1s));
        QCOMPARE(clock.pulse().lateness(clock.now() + 400ms), Duration(1300ms));  // it was to wake up after 100 ms
        const auto events = eventLog.after(0, 10);
        QCOMPARE(events.size(), 1u);
        QCOMPARE(events[0].kind, std::string("loop_stalled"));
        QCOMPARE(events[0].subject, std::string("engine"));
    }
};

QTEST_GUILESS_MAIN(TestLoopWatch)
#include "tst_loop_watch.moc"
