// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/fake_engine_client.h"
#include "control.pb.h"
#include "format/translation.h"
#include "support/enum_of.h"
#include "viewmodels/health_view_model.h"
#include "viewmodels/notifications.h"
#include "viewmodels/sample_call.h"

#include <QtNetwork/QTcpServer>
#include <QtNetwork/QTcpSocket>
#include <QtTest/QAbstractItemModelTester>
#include <QtTest/QSignalSpy>
#include <QtTest/QTest>

using namespace millrace::desktop;
using Phase = EngineClient::Phase;

namespace {

constexpr std::int64_t kStart = 1'700'000'000'000;

control::PoolState& addPool(control::Frame& frame, const char* backend, const std::string& health,
                            const char* reason = "")
{
    auto& pool = *frame.mutable_pools()->add_pools();
    pool.set_backend(backend);
    pool.set_protocol(control::POOL_PROTOCOL_HTTP);
    pool.set_health(millrace::testing::enumOf<control::BackendHealth>(health));
    pool.set_health_reason(reason);
    return pool;
}

HealthInput connected(const control::Frame& frame)
{
    HealthInput input;
    input.phase = Phase::Connected;
    input.frame = &frame;
    return input;
}

QStringList ids(const QList<Problem>& problems)
{
    QStringList out;
    for (const Problem& problem : problems) out.append(problem.id);
    return out;
}

control::Event eventOf(const char* kind, std::uint64_t sequence, const char* subject = "history.db")
{
    control::Event out;
    out.set_kind(millrace::testing::enumOf<control::EventKind>(kind));
    out.set_sequence(sequence);
    out.set_subject(subject);
    out.set_text("no space is left on the disk");
    out.set_severity(control::SEVERITY_WARNING);
    out.set_time_ms(kStart + static_cast<std::int64_t>(sequence));
    return out;
}

struct Console {
    Console()
        : client(new FakeEngineClient(false, kStart)),
          session(std::unique_ptr<EngineClient>(client)),
          engine(session),
          health(session, engine)
    {
        client->start();
        client->step(1000);
    }
    void answers() const
    {
        for (int i = 0; i < 4; ++i) QCoreApplication::processEvents();
    }
    FakeEngineClient* client;
    Session session;
    EngineViewModel engine;
    HealthViewModel health;
};

}  // namespace

class TestHealth : public QObject {
    Q_OBJECT
    Translation translation_;  // plural forms
private Q_SLOTS:
    void initTestCase() { translation_.use(QLocale::English); }
    void allWellIsNoProblem();
    void backendsAreEvaluated_data();
    void backendsAreEvaluated();
    void anOutageSaysWhatToDo_data();
    void anOutageSaysWhatToDo();
    void failuresAreRatedByShareAndNumber_data();
    void failuresAreRatedByShareAndNumber();
    void whatFailsBecauseTheEngineStopsIsNoSecondProblem();
    void aRefusalNamesItsLimit_data();
    void aRefusalNamesItsLimit();
    void failuresAreOfTheLastSeconds();
    void backendsThatSendNothingAreReported_data();
    void backendsThatSendNothingAreReported();
    void whileTheEngineIsAwayNothingElseIsEvaluated();
    void whatLastsEndsWithItsEnd();
    void cutListsAreReported();
    void aGuardedRevisionIsReported();
    void aGoalThatIsMissedIsAProblem();
    void theWorstIsFirst();
    void nothingIsHealthyDuringAnOutage();
    void resumeIsCarriedOut();
    void aRestartForgetsWhatWasWrong();
    void theSampleCallIsOneTheModelTakes_data();
    void theSampleCallIsOneTheModelTakes();
    void namesAreQuotedInSampleCalls();
    void tensorCallsAreCopiedAsTensorCalls();
    void metadataIsReadAsTrafficOfTheConsole();
    void theDesktopIsNotifiedOfWhatMatters();
    void whoStoppedTheEngineIsNotNotified();
};

void TestHealth::allWellIsNoProblem()
{
    control::Frame frame;
    addPool(frame, "runtime", "healthy");
    const auto found = evaluateHealth(connected(frame));
    QVERIFY2(found.isEmpty(), qPrintable(ids(found).join(u' ')));
    QVERIFY(worstLevel(found) == HealthLevel::Good);
}

void TestHealth::backendsAreEvaluated_data()
{
    QTest::addColumn<QStringList>("states");  // backend=health
    QTest::addColumn<QStringList>("problems");
    QTest::newRow("one of two pools is enough") << QStringList{"a=healthy", "a=ejected"} << QStringList{};
    QTest::newRow("one drains, another serves") << QStringList{"a=healthy", "b=draining"} << QStringList{"draining/b"};
    QTest::newRow("one is ejected") << QStringList{"a=healthy", "b=ejected"} << QStringList{"ejected/b"};
    QTest::newRow("all drain") << QStringList{"a=draining", "a=draining"} << QStringList{"no-backend-takes"};
    QTest::newRow("drained and ejected") << QStringList{"a=draining", "b=ejected"} << QStringList{"no-backend-takes"};
    QTest::newRow("disabled is meant so") << QStringList{"a=healthy", "b=disabled"} << QStringList{};
    QTest::newRow("all disabled") << QStringList{"a=disabled"} << QStringList{"no-backend-takes"};
    QTest::newRow("not checked yet") << QStringList{"a=unknown"} << QStringList{};
    QTest::newRow("half open") << QStringList{"a=probing"} << QStringList{};
}

void TestHealth::backendsAreEvaluated()
{
    QFETCH(QStringList, states);
    QFETCH(QStringList, problems);
    control::Frame frame;
    for (const QString& state : states) {
        const QStringList parts = state.split(u'=');
        addPool(frame, qPrintable(parts[0]), parts[1].toStdString(), "connection refused");
    }
    QCOMPARE(ids(evaluateHealth(connected(frame))), problems);
}

void TestHealth::anOutageSaysWhatToDo_data()
{
    QTest::addColumn<QStringList>("states");
    QTest::addColumn<QString>("words");
    QTest::addColumn<int>("remedy");
    QTest::addColumn<QStringList>("subjects");
    QTest::newRow("drained") << QStringList{"a=draining"} << "1 draining" << int(Remedy::Kind::Resume)
                             << QStringList{"a"};
    QTest::newRow("ejected") << QStringList{"a=ejected", "b=ejected"} << "2 unhealthy" << int(Remedy::Kind::Probe)
                             << QStringList{"a", "b"};
    QTest::newRow("both") << QStringList{"a=draining", "b=ejected"} << "1 draining, 1 unhealthy"
                          << int(Remedy::Kind::Resume) << QStringList{"a"};
    QTest::newRow("none configured") << QStringList{} << "No backend is configured" << int(Remedy::Kind::ShowPage)
                                     << QStringList{"settings"};
}

void TestHealth::anOutageSaysWhatToDo()
{
    QFETCH(QStringList, states);
    QFETCH(QString, words);
    QFETCH(int, remedy);
    QFETCH(QStringList, subjects);
    control::Frame frame;
    frame.mutable_pools();
    for (const QString& state : states) {
        const QStringList parts = state.split(u'=');
        addPool(frame, qPrintable(parts[0]), parts[1].toStdString());
    }
    const auto found = evaluateHealth(connected(frame));
    QCOMPARE(found.size(), 1);
    QVERIFY(found[0].outage);
    QVERIFY(found[0].level == HealthLevel::Critical);
    QVERIFY2(found[0].text.contains(words), qPrintable(found[0].text));
    QCOMPARE(int(found[0].remedy.kind), remedy);
    QCOMPARE(found[0].remedy.subjects, subjects);
    QVERIFY(!found[0].remedy.verb.isEmpty());
}

void TestHealth::failuresAreRatedByShareAndNumber_data()
{
    QTest::addColumn<quint64>("all");
    QTest::addColumn<quint64>("failed");
    QTest::addColumn<quint64>("refused");
    QTest::addColumn<quint64>("rejected");
    QTest::addColumn<QStringList>("problems");
    QTest::addColumn<int>("level");
    const auto row = [](const char* name, quint64 all, quint64 failed, quint64 refused, quint64 rejected,
                        const QStringList& problems, HealthLevel level) {
        QTest::newRow(name) << all << failed << refused << rejected << problems << int(level);
    };
    row("none", 100, 0, 0, 0, {}, HealthLevel::Good);
    row("nothing ended", 0, 0, 0, 0, {}, HealthLevel::Good);
    row("two of three are chance", 3, 2, 0, 0, {}, HealthLevel::Good);
    row("few of many", 10'000, 20, 20, 20, {}, HealthLevel::Good);
    row("some fail", 100, 5, 0, 0, {"failures"}, HealthLevel::Warning);
    row("all fail", 100, 100, 0, 0, {"failures"}, HealthLevel::Critical);
    row("some are refused", 100, 0, 30, 0, {"refusals"}, HealthLevel::Warning);
    row("most are refused", 100, 0, 60, 0, {"refusals"}, HealthLevel::Critical);
    row("two refused are chance", 3, 0, 2, 0, {}, HealthLevel::Good);
    row("some ask for what there is not", 100, 0, 0, 9, {}, HealthLevel::Good);
    row("many do", 100, 0, 0, 30, {"rejections"}, HealthLevel::Info);
    row("all do, and that is no outage", 100, 0, 0, 100, {"rejections"}, HealthLevel::Info);
    row("each is told", 100, 30, 20, 40, {"failures", "refusals", "rejections"}, HealthLevel::Critical);
}

void TestHealth::failuresAreRatedByShareAndNumber()
{
    QFETCH(quint64, all);
    QFETCH(quint64, failed);
    QFETCH(quint64, refused);
    QFETCH(quint64, rejected);
    QFETCH(QStringList, problems);
    QFETCH(int, level);
    control::Frame frame;
    addPool(frame, "a", "healthy");
    HealthInput input = connected(frame);
    input.ended = {all, failed, refused, rejected};
    const auto found = evaluateHealth(input);
    QCOMPARE(ids(found), problems);
    QCOMPARE(int(worstLevel(found)), level);
    for (const Problem& problem : found) QVERIFY2(!problem.outage, qPrintable(problem.id));
}

/// An engine that stops refuses what is new: the pill said that nearly all requests fail.
void TestHealth::whatFailsBecauseTheEngineStopsIsNoSecondProblem()
{
    control::Frame frame;
    addPool(frame, "a", "healthy");
    frame.set_draining(true);
    HealthInput input = connected(frame);
    input.ended = {100, 99, 0, 0};
    QCOMPARE(ids(evaluateHealth(input)), QStringList{"stopping"});
    frame.set_draining(false);
    QCOMPARE(ids(evaluateHealth(input)), QStringList{"failures"});
}

/// Who is refused, which limit it met, and the way to that setting.
void TestHealth::aRefusalNamesItsLimit_data()
{
    QTest::addColumn<QString>("reason");
    QTest::addColumn<QString>("page");  // where the button leads; empty: to the requests
    QTest::newRow("one of ours")
        << QStringLiteral(
               "4096 requests are in flight (limits.requests_max) and 10 wait (limits.queue_max): the queue "
               "is full")
        << QStringLiteral("settings/limits.requests_max");
    QTest::newRow("of a pool") << QStringLiteral(
                                      "none of 4 connections was free within 5 s (limit pool.wait_timeout_ms)")
                               << QStringLiteral("settings/pool.wait_timeout_ms");
    QTest::newRow("a backend's own words")
        << QStringLiteral("Rate limit reached, see platform.example.com/limits.") << QString();
    QTest::newRow("no words") << QString() << QString();
}

void TestHealth::aRefusalNamesItsLimit()
{
    QFETCH(QString, reason);
    QFETCH(QString, page);
    control::Requests records;
    const auto add = [&](std::uint64_t id, const char* client, control::RequestOutcome outcome, std::int64_t when) {
        auto& record = *records.add_requests();
        record.set_id(id);
        record.set_time_ms(when);
        record.set_client(client);
        record.set_outcome(outcome);
        record.set_status(429);
        record.set_reason(reason.toStdString());
    };
    add(1, "old · 1", control::REQUEST_OUTCOME_REFUSED, kStart - 60'000);
    add(2, "old · 1", control::REQUEST_OUTCOME_REFUSED, kStart - 60'000);
    add(3, "old · 1", control::REQUEST_OUTCOME_REFUSED, kStart - 60'000);
    add(4, "editor · 40001", control::REQUEST_OUTCOME_REFUSED, kStart);
    add(5, "photo-app · 40002", control::REQUEST_OUTCOME_REFUSED, kStart + 1);
    add(6, "photo-app · 40003", control::REQUEST_OUTCOME_REFUSED, kStart + 2);
    add(7, "batch-job · 40004", control::REQUEST_OUTCOME_OK, kStart + 3);
    RequestList list;
    list.take(records.requests());
    control::Frame frame;
    addPool(frame, "a", "healthy");
    HealthInput input = connected(frame);
    input.ended = {100, 0, 30, 0};
    input.refused = unservedOf(list, RequestList::Outcome::Refused, kStart - 10'000);
    QCOMPARE(input.refused.client, QStringLiteral("photo-app"));
    const auto found = evaluateHealth(input);
    QCOMPARE(found.size(), 1);
    const Problem& problem = found.first();
    QVERIFY2(problem.text.contains(QStringLiteral("30 of 100")) && problem.text.contains(QStringLiteral("photo-app")),
             qPrintable(problem.text));
    if (!reason.isEmpty()) QVERIFY2(problem.text.contains(reason.left(20)), qPrintable(problem.text));
    QVERIFY2(!problem.text.contains(QStringLiteral("..")), qPrintable(problem.text));
    QVERIFY(!problem.remedy.verb.isEmpty());
    QVERIFY(problem.remedy.kind == (page.isEmpty() ? Remedy::Kind::ShowRequests : Remedy::Kind::ShowPage));
    QCOMPARE(problem.remedy.subjects, QStringList{page.isEmpty() ? QStringLiteral("phase:refused") : page});
}

void TestHealth::failuresAreOfTheLastSeconds()
{
    FailureWindow window;
    for (int second = 0; second <= 30; ++second)
        window.add(kStart + second * 1000,
                   {quint64(second) * 100, second <= 5 ? quint64(second) : 5, quint64(second), quint64(second) * 2});
    QCOMPARE(window.ended().all, quint64(1000));
    QCOMPARE(window.ended().failed, quint64(0));  // those of half a minute ago are over
    QCOMPARE(window.ended().refused, quint64(10));
    QCOMPARE(window.ended().rejected, quint64(20));
    window.add(kStart + 31'000, {3200, 55, 30, 60});
    QCOMPARE(window.ended().failed, quint64(50));
    window.add(kStart + 32'000, {10, 0, 0, 0});  // another engine
    QCOMPARE(window.ended().all, quint64(0));
}

void TestHealth::backendsThatSendNothingAreReported_data()
{
    QTest::addColumn<int>("requests");
    QTest::addColumn<int>("paused");   // streams whose client does not read
    QTest::addColumn<int>("loading");  // models
    QTest::addColumn<int>("endedPerSecond");
    QTest::addColumn<int>("bytesPerSecond");
    QTest::addColumn<bool>("told");
    QTest::newRow("nothing is asked") << 0 << 0 << 0 << 0 << 0 << false;
    QTest::newRow("requests wait") << 5 << 0 << 0 << 0 << 0 << true;
    QTest::newRow("one waits") << 1 << 0 << 0 << 0 << 0 << true;
    QTest::newRow("others are answered") << 5 << 0 << 0 << 1 << 0 << false;
    QTest::newRow("a stream flows") << 5 << 0 << 0 << 0 << 20 << false;
    QTest::newRow("a client does not read") << 2 << 2 << 0 << 0 << 0 << false;
    QTest::newRow("a client does not read, another waits") << 3 << 2 << 0 << 0 << 0 << true;
    QTest::newRow("a model is being loaded") << 5 << 0 << 1 << 0 << 0 << false;
}

void TestHealth::backendsThatSendNothingAreReported()
{
    QFETCH(int, requests);
    QFETCH(int, paused);
    QFETCH(int, loading);
    QFETCH(int, endedPerSecond);
    QFETCH(int, bytesPerSecond);
    QFETCH(bool, told);
    control::Frame frame;
    addPool(frame, "a", "healthy");
    auto& flow = *frame.mutable_flow();
    flow.set_requests_in_flight(static_cast<quint64>(requests));
    frame.mutable_models()->set_loading(static_cast<quint32>(loading));
    auto& streaming = *frame.mutable_streams()->add_streams();
    streaming.set_state(control::STREAM_PHASE_STREAMING);
    for (int i = 0; i < paused; ++i) frame.mutable_streams()->add_streams()->set_state(control::STREAM_PHASE_PAUSED);
    HealthInput input = connected(frame);
    const auto second = [&](int i) {
        flow.set_requests_total(flow.requests_total() + static_cast<quint64>(endedPerSecond));
        streaming.set_bytes_in(streaming.bytes_in() + static_cast<quint64>(bytesPerSecond));
        input.silence.add(kStart + i * 1000, frame);
        return evaluateHealth(input);
    };
    for (int i = 0; i < 10; ++i) QVERIFY(second(i).isEmpty());
    const auto found = second(10);
    QCOMPARE(ids(found), told ? QStringList{"silence"} : QStringList{});
    if (!told) return;
    QVERIFY2(found[0].text.contains(QString::number(requests - paused)), qPrintable(found[0].text));
    QVERIFY2(found[0].text.contains(QStringLiteral("10 s")), qPrintable(found[0].text));
    QVERIFY(found[0].remedy.kind == Remedy::Kind::Probe);
    QCOMPARE(found[0].remedy.subjects, QStringList{"a"});
    // The first byte ends it; that no backend takes requests says more.
    streaming.set_bytes_in(streaming.bytes_in() + 1);
    QVERIFY(second(11).isEmpty());
    for (int i = 12; i < 40; ++i) second(i);
    frame.mutable_pools()->mutable_pools(0)->set_health(control::BACKEND_HEALTH_EJECTED);
    QCOMPARE(ids(evaluateHealth(input)), QStringList{"no-backend-takes"});
}

void TestHealth::whileTheEngineIsAwayNothingElseIsEvaluated()
{
    control::Frame frame;
    addPool(frame, "a", "ejected");
    HealthInput input = connected(frame);
    input.phase = Phase::NoEngine;
    input.engineProblem = QStringLiteral("No engine is running.");
    input.mayStart = true;
    auto found = evaluateHealth(input);
    QCOMPARE(ids(found), QStringList{"engine"});
    QVERIFY(found[0].remedy.kind == Remedy::Kind::StartEngine);
    input.portTaken = true;
    QVERIFY(evaluateHealth(input)[0].remedy.kind == Remedy::Kind::StartOnFreePorts);
    input.mayStart = false;
    QVERIFY(evaluateHealth(input)[0].remedy.kind == Remedy::Kind::Retry);
}

/// Events come in any order: history may be later than what is live.
void TestHealth::whatLastsEndsWithItsEnd()
{
    Conditions conditions;
    conditions.take(eventOf("state_write_failed", 3));
    conditions.take(eventOf("state_write_failed", 4, "millrace.db"));
    QCOMPARE(conditions.problems(kStart + 3'600'000).size(), 2);  // as long as it lasts
    QVERIFY(conditions.problems(kStart)[0].text.contains(QStringLiteral("no space")));
    conditions.take(eventOf("state_write_recovered", 5));
    QCOMPARE(conditions.problems(kStart).size(), 1);
    conditions.take(eventOf("state_write_failed", 2));  // older than its end
    QCOMPARE(conditions.problems(kStart).size(), 1);
    conditions.take(eventOf("listing_unreadable", 6, "llama"));
    conditions.take(eventOf("listing_read", 7, "llama"));
    QCOMPARE(conditions.problems(kStart).size(), 1);
    conditions.take(eventOf("loop_stalled", 8, "engine"));
    QCOMPARE(conditions.problems(kStart + 1000).size(), 2);
    QCOMPARE(conditions.problems(kStart + Conditions::kMomentMs + 1000).size(), 1);  // a moment is over some time
    for (std::uint64_t i = 0; i < 500; ++i)
        conditions.take(eventOf("listing_unreadable", 100 + i, qPrintable(QString::number(i))));
    QVERIFY(conditions.problems(kStart).size() <= Conditions::kMost);
}

void TestHealth::cutListsAreReported()
{
    control::Frame frame;
    addPool(frame, "a", "healthy").set_connections_left_out(12);
    frame.mutable_models()->set_models_left_out(300);
    const auto found = evaluateHealth(connected(frame));
    QCOMPARE(ids(found), QStringList{"cut"});
    QVERIFY(found[0].level == HealthLevel::Info);  // worth knowing, not wrong
    QVERIFY(found[0].text.contains(QStringLiteral("300 models")));
    QVERIFY(found[0].text.contains(QStringLiteral("12 connections")));
}

void TestHealth::aGuardedRevisionIsReported()
{
    control::Frame frame;
    addPool(frame, "a", "healthy");
    HealthInput input = connected(frame);
    input.nowMs = kStart + 6'000;
    frame.mutable_guard()->set_revision(5);
    frame.mutable_guard()->set_outcome(control::GUARD_OUTCOME_MEASURING);
    frame.mutable_guard()->set_judged_ms(kStart + 30'000);
    const auto found = evaluateHealth(input);
    QCOMPARE(ids(found), QStringList{"guard"});
    QVERIFY(found[0].level == HealthLevel::Info);
    QVERIFY2(found[0].text.contains(QStringLiteral("24 s left")), qPrintable(found[0].text));
}

void TestHealth::aGoalThatIsMissedIsAProblem()
{
    SeriesStore series;
    const auto fill = [&](double p99, double rate, int from) {
        for (int second = from; second < from + 20; ++second) {
            control::Sample sample;
            sample.set_time_ms(kStart + second * 1000);
            (*sample.mutable_values())["latency_tensor_p99_ms"] = p99;
            (*sample.mutable_values())["served_tensor_per_second"] = rate;
            series.append(sample);
        }
    };
    fill(23, 100, 0);
    const auto missed = missedGoals(series, series.newestMs());
    QCOMPARE(missed.size(), 1);
    QVERIFY2(missed[0].text.contains(QStringLiteral("23")) && missed[0].text.contains(QStringLiteral("10")),
             qPrintable(missed[0].text));
    control::Frame frame;
    addPool(frame, "a", "healthy");
    HealthInput input = connected(frame);
    input.missedGoals = missed;
    QVERIFY(worstLevel(evaluateHealth(input)) == HealthLevel::Warning);
    fill(23, 2, 30);  // not meant for so little load
    QVERIFY(missedGoals(series, series.newestMs()).isEmpty());
}

void TestHealth::theWorstIsFirst()
{
    control::Frame frame;
    addPool(frame, "a", "healthy");
    addPool(frame, "b", "draining");
    frame.mutable_models()->set_models_left_out(1);
    HealthInput input = connected(frame);
    input.ended.all = 100;
    input.ended.failed = 90;
    QCOMPARE(ids(evaluateHealth(input)), QStringList({"failures", "draining/b", "cut"}));
}

/// All drained: every request failed, and the console showed three green points.
void TestHealth::nothingIsHealthyDuringAnOutage()
{
    Console console;
    QAbstractItemModelTester tester(console.health.problems(), QAbstractItemModelTester::FailureReportingMode::QtTest);
    QCOMPARE(console.health.level(), HealthViewModel::Good);
    QVERIFY(console.health.outage().isEmpty());
    console.client->drainBackend(QStringLiteral("runtime"), true, this, [](const auto&) {});
    console.client->step(1000);
    QCOMPARE(console.health.level(), HealthViewModel::Warning);
    console.client->drainBackend(QStringLiteral("llama"), true, this, [](const auto&) {});
    console.client->step(1000);
    QCOMPARE(console.health.level(), HealthViewModel::Critical);
    QVERIFY(!console.health.outage().isEmpty());
    QCOMPARE(console.health.outageAction(), QStringLiteral("Resume"));
    QVERIFY(console.health.text() != QStringLiteral("Healthy"));
    QVERIFY(console.health.problems()->rowCount() >= 1);
}

void TestHealth::resumeIsCarriedOut()
{
    Console console;
    for (const char* name : {"runtime", "llama"})
        console.client->drainBackend(QString::fromLatin1(name), true, this, [](const auto&) {});
    console.client->step(1000);
    QSignalSpy notice(&console.session, &Session::notice);
    console.health.fixOutage();
    console.answers();
    QCOMPARE(notice.count(), 2);
    console.client->step(1000);
    QCOMPARE(console.health.level(), HealthViewModel::Good);
}

void TestHealth::aRestartForgetsWhatWasWrong()
{
    Console console;
    control::Frame frame = console.session.frame();
    auto failed = eventOf("state_write_failed", 9'000'000);
    failed.set_boot_id("demo");
    *frame.add_events() = failed;
    frame.set_full(true);
    Q_EMIT console.client->frameArrived(frame);
    QCOMPARE(console.health.level(), HealthViewModel::Warning);
    control::Status other;
    other.set_boot_id("another");
    Q_EMIT console.client->attached(other);
    frame.clear_events();
    frame.set_boot_id("another");
    Q_EMIT console.client->frameArrived(frame);
    QCOMPARE(console.health.level(), HealthViewModel::Good);
}

void TestHealth::theSampleCallIsOneTheModelTakes_data()
{
    QTest::addColumn<QStringList>("models");  // name=kind=state=backend
    QTest::addColumn<QString>("model");
    QTest::addColumn<int>("route");
    QTest::newRow("none") << QStringList{} << "" << int(SampleCall::Route::None);
    QTest::newRow("a loaded classifier does not write text")
        << QStringList{"digits=classifier=warm=a", "scribe=text=cold=a"} << "scribe" << int(SampleCall::Route::Chat);
    QTest::newRow("the loaded one first")
        << QStringList{"one=text=cold=a", "two=text=warm=a"} << "two" << int(SampleCall::Route::Chat);
    QTest::newRow("no kind is a chat server")
        << QStringList{"digits=classifier=warm=a", "llama==warm=a"} << "llama" << int(SampleCall::Route::Chat);
    QTest::newRow("embeddings") << QStringList{"digits=classifier=warm=a", "embed=embedding=cold=a"} << "embed"
                                << int(SampleCall::Route::Embeddings);
    QTest::newRow("tensors") << QStringList{"slow=synthetic=warm=a", "digits=classifier=cold=a"} << "digits"
                             << int(SampleCall::Route::Infer);
    QTest::newRow("of a backend that serves") << QStringList{"scribe=text=warm=down", "embed=embedding=warm=a"}
                                              << "embed" << int(SampleCall::Route::Embeddings);
    QTest::newRow("not one that failed") << QStringList{"one=text=failed=a", "embed=embedding=cold=a"} << "embed"
                                         << int(SampleCall::Route::Embeddings);
}

void TestHealth::theSampleCallIsOneTheModelTakes()
{
    QFETCH(QStringList, models);
    QFETCH(QString, model);
    QFETCH(int, route);
    control::Frame frame;
    addPool(frame, "a", "healthy");
    addPool(frame, "down", "ejected");
    for (const QString& row : models) {
        const QStringList parts = row.split(u'=');
        auto& entry = *frame.mutable_models()->add_models();
        entry.set_model(parts[0].toStdString());
        if (!parts[1].isEmpty()) entry.set_kind(millrace::testing::enumOf<control::ModelKind>(parts[1].toStdString()));
        entry.set_state(millrace::testing::enumOf<control::ModelPhase>(parts[2].toStdString()));
        entry.set_backend(parts[3].toStdString());
    }
    SampleCall call = chooseSampleCall(frame);
    QCOMPARE(call.model, model);
    QCOMPARE(int(call.route), route);
    const QString endpoint = QStringLiteral("127.0.0.1:11500");
    if (call.route == SampleCall::Route::Infer) {
        QVERIFY(curlOf(call, endpoint).isEmpty());  // without the shape of its inputs there is no valid body
        call.inputs = inputsFromMetadata(R"({"inputs":[{"name":"x","datatype":"FP32","shape":[-1,2,2]}]})");
        QVERIFY(curlOf(call, endpoint).contains(QStringLiteral("\"data\":[0,0,0,0]")));
        QVERIFY(curlOf(call, endpoint).contains(QStringLiteral("\"shape\":[1,2,2]")));
        QVERIFY(pythonOf(call, endpoint).contains(QStringLiteral("[0] * 4")));
    }
    QCOMPARE(curlOf(call, endpoint).isEmpty(), call.route == SampleCall::Route::None);
    QCOMPARE(pythonOf(call, endpoint).isEmpty(), call.route == SampleCall::Route::None);
}

void TestHealth::namesAreQuotedInSampleCalls()
{
    SampleCall call{SampleCall::Route::Chat, QStringLiteral("it's \"odd\" %1"), {}};
    QVERIFY(curlOf(call, QStringLiteral("h:1")).contains(QStringLiteral("it'\\''s \\\"odd\\\" %1")));
    call.route = SampleCall::Route::Infer;
    call.model = QStringLiteral("org/model name");
    call.inputs = {{QStringLiteral("x"), QStringLiteral("BYTES"), {-1, 1}}};
    QVERIFY(curlOf(call, QStringLiteral("h:1")).contains(QStringLiteral("/v2/models/org%2Fmodel%20name/infer")));
    QVERIFY(curlOf(call, QStringLiteral("h:1")).contains(QStringLiteral("\"data\":[\"Hello\"]")));
}

/// They were listed among the requests of the programs.
void TestHealth::metadataIsReadAsTrafficOfTheConsole()
{
    QTcpServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    ModelMetadata metadata;
    metadata.ask(QStringLiteral("127.0.0.1:%1").arg(server.serverPort()), QStringLiteral("engine"),
                 QStringLiteral("m"));
    QTRY_VERIFY(server.hasPendingConnections());
    QTcpSocket* client = server.nextPendingConnection();
    QByteArray head;
    QTRY_VERIFY((head += client->readAll()).contains("\r\n\r\n"));
    QVERIFY2(head.toLower().contains("\r\nx-millrace-own: 1\r\n"), head.constData());
}

/// A tensor call was copied as a GET of the model's metadata, without a word.
void TestHealth::tensorCallsAreCopiedAsTensorCalls()
{
    const QString endpoint = QStringLiteral("127.0.0.1:11500"), model = QStringLiteral("digits-l");
    const QString route = QStringLiteral("POST /v2/models/digits-l/infer");
    ModelMetadata metadata;
    const auto copied = [&](const QString& by) { return curlLike(by, model, metadata.find(model), endpoint); };
    QVERIFY(copied(route).startsWith(QStringLiteral("# The request body is not kept")));
    QVERIFY(copied(route).contains(QStringLiteral("'http://127.0.0.1:11500/v2/models/digits-l'")));
    metadata.take(model, {}, QStringLiteral("connection\nrefused"));
    QVERIFY(copied(route).contains(QStringLiteral("(connection refused)")));
    QCOMPARE(copied(route).count(u'\n'), 1);  // what failed cannot add a line to a shell
    QSignalSpy learned(&metadata, &ModelMetadata::learned);
    metadata.take(
        model,
        R"({"inputs":[{"name":"x","datatype":"FP32","shape":[-1,2,3]},{"name":"n","datatype":"INT64","shape":[-1]}]})",
        {});
    QCOMPARE(learned.size(), 1);
    const QString call = copied(route);
    QVERIFY2(call.startsWith(QStringLiteral("# The request body is not kept; one row of zeros")), qPrintable(call));
    QVERIFY2(call.contains(QStringLiteral("/v2/models/digits-l/infer")), qPrintable(call));
    QVERIFY2(call.contains(QStringLiteral(R"("data":[0,0,0,0,0,0],"datatype":"FP32","name":"x","shape":[1,2,3])")),
             qPrintable(call));
    QVERIFY(call.contains(QStringLiteral(R"("datatype":"INT64")")));
    QVERIFY(copied(QStringLiteral("ModelInfer")).contains(QStringLiteral("\n# It came via gRPC (ModelInfer)")));
    metadata.take(model, R"({"inputs":[{"name":"x","datatype":"FP32","shape":[-1,3,1024,1024]}]})", {});
    QVERIFY(copied(route).contains(QStringLiteral("3145728 values, too many to paste")));
    QVERIFY(copied(QStringLiteral("POST /v1/completions")).contains(QStringLiteral("/v1/completions'")));
    QVERIFY(copied(QStringLiteral("POST /v1/embeddings")).contains(QStringLiteral("\"input\":\"Hello\"")));
    QVERIFY(curlLike(route, {}, nullptr, endpoint).isEmpty());
}

void TestHealth::theDesktopIsNotifiedOfWhatMatters()
{
    Console console;
    QList<DesktopNotification> sent;
    Notifications notifications(console.session, [&](const DesktopNotification& next) { sent.append(next); });
    control::Status status;
    status.set_boot_id("demo");
    status.set_now_ms(kStart);
    status.set_http("127.0.0.1:11500");
    Q_EMIT console.client->attached(status);
    Q_EMIT console.client->phaseChanged();
    const auto send = [&](const char* kind, std::uint64_t sequence, std::int64_t timeMs) {
        control::Frame frame = console.session.frame();
        auto next = eventOf(kind, sequence, "llama");
        next.set_boot_id("demo");
        next.set_time_ms(timeMs);
        *frame.add_events() = next;
        Q_EMIT console.client->frameArrived(frame);
    };
    send("backend_ejected", 9'000'001, kStart);
    QCOMPARE(sent.size(), 1);
    QVERIFY(sent[0].bad);
    send("backend_ejected", 9'000'002, kStart - 3'600'000);  // history
    send("model_loaded", 9'000'003, kStart);
    QCOMPARE(sent.size(), 1);
    send("config_reverted", 9'000'004, kStart);
    QCOMPARE(sent.size(), 2);

    console.client->setPhaseForTest(Phase::Reconnecting, QStringLiteral("x"));
    console.client->setPhaseForTest(Phase::Connected);
    QCOMPARE(sent.size(), 2);  // back at once: nothing happened
    console.client->setPhaseForTest(Phase::NoEngine, QStringLiteral("It has exited."));
    QTRY_COMPARE_WITH_TIMEOUT(sent.size(), 3, Notifications::kDownAfterMs + 5000);
    QVERIFY(sent[2].text.contains(QStringLiteral("exited")));
    console.client->setPhaseForTest(Phase::Connected);
    QCOMPARE(sent.size(), 4);
    QCOMPARE(sent[3].id, sent[2].id);  // takes the place of the bad news
    QVERIFY(!sent[3].bad);
}

void TestHealth::whoStoppedTheEngineIsNotNotified()
{
    Console console;
    QList<DesktopNotification> sent;
    Notifications notifications(console.session, [&](const DesktopNotification& next) { sent.append(next); });
    Q_EMIT console.client->phaseChanged();
    console.engine.stop();
    console.answers();
    QCOMPARE(console.client->phase(), Phase::NoEngine);
    console.client->setPhaseForTest(Phase::Connected);
    QVERIFY(sent.isEmpty());
}

QTEST_GUILESS_MAIN(TestHealth)
#include "tst_health.moc"
