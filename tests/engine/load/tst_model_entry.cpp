// SPDX-License-Identifier: GPL-3.0-or-later
#include "load/model_entry.h"

#include <QTest>

#include <functional>
#include <string>
#include <variant>
#include <vector>

using namespace millrace;
using namespace millrace::load;

namespace {

const TimePoint t0 = TimePoint{} + 1h;

struct Bench {
    Options options;
    LoadLog log;
    ModelEntry entry{0, {"m", "b", {}, true, false, 100}, options, log, t0};

    void toQueued() { entry.enqueue({}, 0, t0); }
    void toLoading()
    {
        toQueued();
        entry.begin(t0);
    }
    void toWarm()
    {
        toLoading();
        entry.loaded(120, t0 + 1s);
    }
    void toUnloading()
    {
        toWarm();
        entry.unload(UnloadReason::Manual, std::string("unloaded"), t0 + 2s);
    }
    void toFailed()
    {
        toLoading();
        entry.loadFailed(internal("broken"), t0 + 1s);
    }
    std::vector<Effect> effects() { return log.take(); }
    template <typename T>
    std::vector<T> effects()
    {
        std::vector<T> found;
        for (const Effect& effect : log.take())
            if (const T* each = std::get_if<T>(&effect)) found.push_back(*each);
        return found;
    }
};

using Act = std::function<void(Bench&)>;

}  // namespace

Q_DECLARE_METATYPE(Act)
Q_DECLARE_METATYPE(millrace::load::ModelState)

class TestModelEntry : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void eachChangeHasAName_data();
    void eachChangeHasAName();
    void waitersAreAnsweredOnce();
    void aLoadGivenUpIsUnloadedUntilItIsGone();
    void pausesDoubleWithEachFailure();
    void recordsTheWholeStay();
};

void TestModelEntry::eachChangeHasAName_data()
{
    QTest::addColumn<Act>("before");
    QTest::addColumn<Act>("change");
    QTest::addColumn<ModelState>("state");
    const auto row = [](const char* name, const Act& before, const Act& change, ModelState state) {
        QTest::newRow(name) << before << change << state;
    };
    const Act cold = [](Bench&) {}, queued = &Bench::toQueued, loading = &Bench::toLoading, warm = &Bench::toWarm,
              unloading = &Bench::toUnloading, failed = &Bench::toFailed;
    const Sentence why = std::string("why");
    row("enqueue", cold, queued, ModelState::Queued);
    row(
        "dequeue", queued, [=](Bench& b) { b.entry.dequeue(why, t0); }, ModelState::Cold);
    row(
        "begin", queued, [](Bench& b) { b.entry.begin(t0); }, ModelState::Loading);
    row(
        "loaded", loading, [](Bench& b) { b.entry.loaded(0, t0); }, ModelState::Warm);
    row(
        "load failed", loading, [](Bench& b) { b.entry.loadFailed(internal("x"), t0); }, ModelState::Failed);
    row(
        "load lost", loading, [](Bench& b) { b.entry.loadLost(unavailable("x"), t0); }, ModelState::Unloading);
    row(
        "load timed out", loading, [](Bench& b) { b.entry.loadTimedOut(t0 + 30s); }, ModelState::Unloading);
    row(
        "load cancelled", loading, [=](Bench& b) { b.entry.cancelLoad(LoadOutcome::Cancelled, why, t0); },
        ModelState::Unloading);
    row(
        "load died", loading, [=](Bench& b) { b.entry.loadDied(why, t0); }, ModelState::Cold);
    row(
        "found in memory", cold, [](Bench& b) { b.entry.foundInMemory(t0); }, ModelState::Warm);
    row(
        "found in memory, queued", queued, [](Bench& b) { b.entry.foundInMemory(t0); }, ModelState::Warm);
    row(
        "found in memory, failed", failed, [](Bench& b) { b.entry.foundInMemory(t0); }, ModelState::Warm);
    row(
        "failure forgotten", failed, [](Bench& b) { b.entry.forgetFailure(); }, ModelState::Cold);
    row("unload", warm, unloading, ModelState::Unloading);
    row(
        "dropped", warm, [=](Bench& b) { b.entry.becomeCold(UnloadReason::Backend, why, t0); }, ModelState::Cold);
    row(
        "gone", unloading, [=](Bench& b) { b.entry.becomeCold(UnloadReason::Manual, why, t0 + 3s); }, ModelState::Cold);
    row(
        "unload refused", unloading, [](Bench& b) { b.entry.unloadEnded(internal("busy"), t0 + 3s); },
        ModelState::Warm);
}

void TestModelEntry::eachChangeHasAName()
{
    QFETCH(Act, before);
    QFETCH(Act, change);
    QFETCH(ModelState, state);
    Bench bench;
    // "unload" takes the whole way by itself.
    if (state != ModelState::Unloading || std::string(QTest::currentDataTag()) != "unload") before(bench);
    change(bench);
    QCOMPARE(bench.entry.state, state);
    QCOMPARE(bench.entry.open, state == ModelState::Warm);  // leases only of what is there
}

void TestModelEntry::waitersAreAnsweredOnce()
{
    Bench bench;
    Ask look;
    look.lease = false;
    bench.entry.addWaiter(WaiterId{1}, {}, t0);
    bench.entry.addWaiter(WaiterId{2}, look, t0);
    bench.entry.addWaiter(WaiterId{3}, {}, t0);
    bench.toLoading();
    QVERIFY(bench.entry.withdraw(WaiterId{3}, cancelled("left")));
    QVERIFY(!bench.entry.withdraw(WaiterId{3}, cancelled("left")));
    bench.entry.loaded(0, t0 + 250ms);
    QCOMPARE(bench.entry.leases, 1u);  // the second one only wanted it loaded
    const auto answers = bench.effects<Complete>();
    QCOMPARE(answers.size(), std::size_t(3));
    QVERIFY(absl::IsCancelled(answers[0].status));
    QVERIFY(answers[1].status.ok() && answers[2].status.ok());
    QCOMPARE(answers[1].loading, Duration(250ms));
    bench.entry.refuse(internal("late"));
    QVERIFY(bench.effects().empty());
}

void TestModelEntry::aLoadGivenUpIsUnloadedUntilItIsGone()
{
    Bench bench;
    bench.toLoading();
    bench.entry.loadTimedOut(t0 + 30s);
    QVERIFY(bench.entry.ending() && bench.entry.inMemory());
    QVERIFY(!bench.entry.unloadEnded(unavailable("no answer"), t0 + 31s));
    QVERIFY(bench.entry.ending());  // its bytes are not free
    QCOMPARE(bench.entry.wakeAt(), std::optional<TimePoint>(t0 + 31s + bench.options.failedBackoff));
    bench.entry.askToUnload(t0 + 33s);
    QVERIFY(bench.entry.unloadEnded(notFound("no such model"), t0 + 33s));
    bench.entry.becomeCold(bench.entry.unloadReason, Sentence(bench.entry.unloadWhy), t0 + 33s);
    QVERIFY(!bench.entry.inMemory());
    QCOMPARE(bench.effects<StartUnload>().size(), std::size_t(2));
}

void TestModelEntry::pausesDoubleWithEachFailure()
{
    Bench bench;
    bench.options.failedBackoff = 10s;
    TimePoint now = t0;
    for (const Duration pause : {10s, 20s, 40s, 60s, 60s}) {
        bench.entry.enqueue({}, 0, now);
        bench.entry.begin(now);
        bench.entry.loadFailed(internal("broken"), now);
        QCOMPARE(bench.entry.retryAt - now, pause);
        now = bench.entry.retryAt;
    }
    QVERIFY(text(bench.entry.pausedStatus(now)).find("failed 5 times in a row") != std::string::npos);
}

void TestModelEntry::recordsTheWholeStay()
{
    Bench bench;
    Ask ahead;
    ahead.cause = Cause::Preload;
    ahead.priority = Priority::Preload;
    bench.entry.enqueue(ahead, 0, t0);
    bench.entry.begin(t0 + 1s);
    bench.entry.loaded(0, t0 + 3s);
    QVERIFY(bench.entry.lease(t0 + 4s));  // the first request for what was preloaded: a hit
    bench.entry.release(t0 + 5s);
    bench.entry.unload(UnloadReason::Evicted, std::string("evicted for n"), t0 + 6s);
    QVERIFY(!bench.entry.lease(t0 + 6s));
    const LoadRecord& record = bench.log.records().newest();
    QCOMPARE(record.cause, Cause::Preload);
    QCOMPARE(record.outcome, LoadOutcome::Ok);
    QCOMPARE(record.verdict, std::optional(Verdict::Hit));
    QVERIFY(record.queued == t0 && record.started == t0 + 1s && record.ended == t0 + 3s && record.unloaded == t0 + 6s);
    QCOMPARE(record.unloadedWhy.english(), std::string("evicted for n"));
    QCOMPARE(bench.log.hits(), std::uint64_t(1));
}

QTEST_GUILESS_MAIN(TestModelEntry)
#include "tst_model_entry.moc"
