// SPDX-License-Identifier: GPL-3.0-or-later
#include "pool/availability.h"
#include "pool/health_monitor.h"
#include "pool/refusal.h"

#include <QtTest>

#include <functional>

using namespace millrace;
using namespace millrace::pool;

namespace {

constexpr TimePoint kNow = TimePoint{} + 1h;

HealthMonitor monitor()
{
    return HealthMonitor({.interval = 10s, .failuresMax = 3, .openFor = 5s}, [] { return 0.5; });
}

HealthMonitor::Outcome check(HealthMonitor& health, TimePoint began, Duration took, HealthMonitor::Answer answer)
{
    const auto due = health.due(began);
    const auto begun = health.begin(began, due == HealthMonitor::Due::Probe);
    return health.end(begun, began + took, answer);
}

HealthMonitor::Answer answered(Status status)
{
    HealthMonitor::Answer out;
    out.status = std::move(status);
    return out;
}

/// Up since kNow.
HealthMonitor healthy()
{
    HealthMonitor health = monitor();
    check(health, kNow, 1ms, answered(absl::OkStatus()));
    health.takeChange();
    return health;
}

std::string changeOf(HealthMonitor& health)
{
    const auto change = health.takeChange();
    if (!change) return "";
    switch (change->kind) {
        case HealthChange::Kind::Up:
            return "up";
        case HealthChange::Kind::Down:
            return "down";
        case HealthChange::Kind::Ejected:
            return "ejected";
    }
    return "?";
}

}  // namespace

class TestHealthMonitor : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void judgesAFailedCheckByWhatElseIsKnown_data()
    {
        QTest::addColumn<std::function<void(HealthMonitor&, HealthMonitor::Answer&)>>("with");
        QTest::addColumn<bool>("judged");
        QTest::addColumn<QString>("reason");
        using Set = std::function<void(HealthMonitor&, HealthMonitor::Answer&)>;
        QTest::newRow("refused") << Set([](auto&, auto&) {}) << true << "connection refused";
        QTest::newRow("not asked") << Set([](auto&, auto& answer) { answer.status.reset(); }) << false
                                   << "all connections are busy; the server could not be checked";
        QTest::newRow("answers arrive") << Set([](auto& health, auto&) { health.heard(kNow + 15s, 1ms); }) << false
                                        << "connection refused (but it responds to requests)";
        QTest::newRow("answers arrived long ago")
            << Set([](auto& health, auto&) { health.heard(kNow + 1s, 1ms); }) << true << "connection refused";
        QTest::newRow("in time, but requests are computed") << Set([](auto&, auto& answer) {
            answer.status = deadlineExceeded("no answer within 2 s");
            answer.silentSince = kNow + 18s;
        }) << false << "no answer within 2 s (but it has requests in flight and may be busy)";
        QTest::newRow("no answer, and the requests are silent for longer than ever") << Set([](auto&, auto& answer) {
            answer.status = deadlineExceeded("no answer within 2 s");
            answer.silentSince = kNow + 1s;
        }) << true << "no answer within 2 s";
        QTest::newRow("refused while requests are computed")
            << Set([](auto&, auto& answer) { answer.silentSince = kNow + 18s; }) << true << "connection refused";
        QTest::newRow("the engine stood still for half of the time")
            << Set([](auto&, auto& answer) { answer.stoodStill = 1s; }) << false
            << "connection refused (but the engine itself stood still meanwhile)";
        QTest::newRow("the engine stood still for less")
            << Set([](auto&, auto& answer) { answer.stoodStill = 900ms; }) << true << "connection refused";
        QTest::newRow("switched off meanwhile")
            << Set([](auto&, auto& answer) { answer.blockedWhy = "disabled"; }) << false << "disabled";
    }
    void judgesAFailedCheckByWhatElseIsKnown()
    {
        using Set = std::function<void(HealthMonitor&, HealthMonitor::Answer&)>;
        QFETCH(Set, with);
        QFETCH(bool, judged);
        QFETCH(QString, reason);
        HealthMonitor health = healthy();
        HealthMonitor::Answer answer = answered(unavailable("connection refused"));
        const auto begun = health.begin(kNow + 18s, false);
        with(health, answer);
        const auto outcome = health.end(begun, kNow + 20s, answer);
        QCOMPARE(outcome.judged, judged);
        QCOMPARE(QString::fromStdString(outcome.result.reason), reason);
        QCOMPARE(health.failed(), std::uint64_t(judged ? 1 : 0));
        QCOMPARE(health.wakeAt(), kNow + 20s + HealthMonitor::kRecheck);
        QVERIFY(health.up());  // one failure ejects nobody
    }

    void sayFirstThatItIsUpOrDownAndThenEachEjection()
    {
        HealthMonitor health = monitor();
        health.checkBy(kNow);
        QCOMPARE(health.due(kNow - 1ms), HealthMonitor::Due::Nothing);
        QCOMPARE(health.due(kNow), HealthMonitor::Due::Check);
        check(health, kNow, 1ms, answered(unavailable("refused")));
        QCOMPARE(changeOf(health), std::string("down"));
        check(health, kNow + 1s, 1ms, answered(unavailable("refused")));
        QCOMPARE(changeOf(health), std::string(""));
        QVERIFY(check(health, kNow + 2s, 1ms, answered(unavailable("refused"))).ejected);
        QCOMPARE(changeOf(health), std::string(""));  // it has never been up
        QCOMPARE(health.due(kNow + 6s), HealthMonitor::Due::Nothing);
        QCOMPARE(health.wakeAt(), kNow + 2s + 1ms + 5s);
        const auto outcome = check(health, kNow + 8s, 1ms, answered(absl::OkStatus()));
        QVERIFY(outcome.restored && !outcome.timed);
        QCOMPARE(changeOf(health), std::string("up"));
        QVERIFY(!health.callFailed(kNow + 9s, "broke off"));
        QVERIFY(!health.callFailed(kNow + 9s, "broke off"));
        QVERIFY(health.callFailed(kNow + 9s, "broke off"));
        QCOMPARE(changeOf(health), std::string("ejected"));
        QVERIFY(!health.up());
    }

    void oneCheckAtATime()
    {
        HealthMonitor health = monitor();
        health.checkBy(kNow);
        const auto begun = health.begin(kNow, false);
        QCOMPARE(health.due(kNow + 1h), HealthMonitor::Due::Nothing);
        health.end(begun, kNow + 1h, answered(absl::OkStatus()));
        QCOMPARE(health.wakeAt(), kNow + 1h + 10s);
        QVERIFY(health.due(kNow + 2h) == HealthMonitor::Due::Check);
    }

    void answersToRequestsReplaceChecksOfWhoIsUp()
    {
        HealthMonitor health = healthy();
        health.heard(kNow + 8s, 1ms);
        QCOMPARE(health.due(kNow + 11s), HealthMonitor::Due::Nothing);
        QCOMPARE(health.checked(), std::optional(kNow + 8s));
        QCOMPARE(health.wakeAt(), kNow + 18s);
        QCOMPARE(health.due(kNow + 18s), HealthMonitor::Due::Check);
    }

    void whoComputedLongMayDoSoAgain()
    {
        HealthMonitor health = healthy();
        QVERIFY(!health.mayCompute(kNow + 1min, std::nullopt));
        QVERIFY(health.mayCompute(kNow + 9s, kNow));
        QVERIFY(!health.mayCompute(kNow + 10s, kNow));
        health.heard(kNow + 60s, 60s);
        QVERIFY(health.mayCompute(kNow + 60s + 119s, kNow));  // twice what it took
        QVERIFY(!health.mayCompute(kNow + 60s + 120s, kNow));
        health.heard(kNow + 10min, 9min);
        QVERIFY(!health.mayCompute(kNow + 10min + HealthMonitor::kSilenceMax, kNow));
    }

    void aDialThatTimesOutSaysNothingOfABusyServer_data()
    {
        QTest::addColumn<Status>("why");
        QTest::addColumn<bool>("busy");
        QTest::addColumn<bool>("counts");
        QTest::newRow("refused, busy") << unavailable("refused") << true << true;
        QTest::newRow("timed out, busy") << deadlineExceeded("timed out") << true << false;
        QTest::newRow("timed out, idle") << deadlineExceeded("timed out") << false << true;
    }
    void aDialThatTimesOutSaysNothingOfABusyServer()
    {
        QFETCH(Status, why);
        QFETCH(bool, busy);
        QFETCH(bool, counts);
        HealthMonitor health = healthy();
        const auto silentSince = busy ? std::optional(kNow + 1s) : std::nullopt;
        health.dialFailed(kNow + 2s, why, silentSince);
        QCOMPARE(health.breaker().failures(), counts ? 1u : 0u);
    }

    void aConnectionThatOpensBringsTheProbeForwardIfDialsEjected()
    {
        HealthMonitor health = healthy();
        for (int i = 0; i < 3; ++i) health.dialFailed(kNow + 1s, unavailable("refused"), std::nullopt);
        QCOMPARE(health.due(kNow + 2s), HealthMonitor::Due::Nothing);
        QVERIFY(health.dialed(kNow + 2s));
        QCOMPARE(health.due(kNow + 2s), HealthMonitor::Due::Probe);

        HealthMonitor byCalls = healthy();
        for (int i = 0; i < 3; ++i) byCalls.callFailed(kNow + 1s, "broke off");
        QVERIFY(byCalls.dialed(kNow + 2s));
        QCOMPARE(byCalls.due(kNow + 2s), HealthMonitor::Due::Nothing);
    }

    void anotherProcessBeginsAnew()
    {
        HealthMonitor health = healthy();
        health.down("the process exited");
        QVERIFY(!health.up());
        QCOMPARE(health.checkFailure(), std::string("the process exited"));
        health.back(kNow + 5s);
        QVERIFY(health.checkFailure().empty() && !health.checked());
        QCOMPARE(health.due(kNow + 5s), HealthMonitor::Due::Check);
    }

    void aRefusalSaysWhatIsInTheWay_data()
    {
        QTest::addColumn<Refusal>("refusal");
        QTest::addColumn<QString>("dialError");
        QTest::addColumn<int>("deadline");  // seconds from now
        QTest::addColumn<int>("code");
        QTest::addColumn<QString>("part");
        const auto code = [](absl::StatusCode value) { return static_cast<int>(value); };
        QTest::newRow("queue full") << Refusal::WaitersFull << "" << 1 << code(absl::StatusCode::kResourceExhausted)
                                    << "pool.waiters_max: 7";
        QTest::newRow("waited too long") << Refusal::WaitedTooLong << "" << 1
                                         << code(absl::StatusCode::kResourceExhausted) << "pool.wait_timeout_ms";
        QTest::newRow("until the deadline") << Refusal::WaitedTooLong << "refused" << 0
                                            << code(absl::StatusCode::kDeadlineExceeded) << "before the deadline";
        QTest::newRow("nobody could connect")
            << Refusal::WaitedTooLong << "refused" << 1 << code(absl::StatusCode::kUnavailable) << ": refused";
        QTest::newRow("draining") << Refusal::Draining << "" << 1 << code(absl::StatusCode::kUnavailable)
                                  << "backend b is draining";
        QTest::newRow("no connection") << Refusal::NoConnection << "refused" << 1
                                       << code(absl::StatusCode::kUnavailable) << "no connection to b: refused";
    }
    void aRefusalSaysWhatIsInTheWay()
    {
        QFETCH(Refusal, refusal);
        QFETCH(QString, dialError);
        QFETCH(int, deadline);
        QFETCH(int, code);
        QFETCH(QString, part);
        LedgerLimits limits;
        limits.waitersMax = 7;
        const Ledger ledger(limits, [] { return 0.5; });
        const std::string error = dialError.toStdString();
        const Status status =
            refusalStatus(refusal, {ledger, "b", "http", error, ""}, kNow, kNow + std::chrono::seconds(deadline));
        QCOMPARE(static_cast<int>(status.code()), code);
        QVERIFY2(QString::fromStdString(text(status)).contains(part), text(status).c_str());
    }

    void availabilityNamesTheFirstObstacle()
    {
        const std::string backend = "b";
        HealthMonitor health = monitor();
        Availability state{backend, health};
        std::string why;
        QVERIFY(!state.available(&why));
        QCOMPARE(why, std::string("backend b has not been started"));
        state.started = true;
        QVERIFY(!state.available(&why));
        QCOMPARE(why, std::string("backend b has not passed a health check yet"));
        check(health, kNow, 1ms, answered(absl::OkStatus()));
        QVERIFY(state.available(nullptr));
        state.down = "exited";
        QVERIFY(!state.available(&why));
        QCOMPARE(why, std::string("backend b is down: exited"));
        state.draining = true;
        QCOMPARE(*state.blockedWhy(), std::string("backend b is draining"));
        state.enabled = false;
        QCOMPARE(*state.blockedWhy(), std::string("backend b is disabled"));
        state.stopped = true;
        QCOMPARE(*state.blockedWhy(), std::string("backend b is stopping"));
    }
};

QTEST_GUILESS_MAIN(TestHealthMonitor)
#include "tst_health_monitor.moc"
