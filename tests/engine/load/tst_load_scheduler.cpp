// SPDX-License-Identifier: GPL-3.0-or-later
#include "load/load_scheduler.h"
#include "support/seed.h"

#include <QTest>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <variant>
#include <vector>

using namespace millrace;
using namespace millrace::load;

namespace {

const TimePoint t0 = TimePoint{} + 1h;

struct Values final : Valuation {
    std::map<EntryId, double> values;
    double reuse(EntryId entry) const override
    {
        const auto place = values.find(entry);
        return place == values.end() ? 0.1 : place->second;
    }
};

/// The scheduler with a world around it that does what it is told, when the test says so.
struct World {
    EtaModel eta;
    Values values;
    Options options;
    LoadScheduler scheduler;
    TimePoint now = t0;
    std::vector<StartLoad> loads;
    std::vector<StartUnload> unloads;
    std::map<WaiterId, std::vector<Status>> answers;
    std::vector<std::string> judged, unloaded;
    IdSource<WaiterId> ids;
    std::uint64_t turns = 1000;
    std::vector<WaiterId> answered;  // since the test looked last
    std::string broken;
    /// What the backend has in memory or on its way there (true). It cares for nothing but unloads: a call that ends
    /// without its word, a cancelled one too, leaves it where it was.
    std::map<EntryId, bool> inBackend;

    explicit World(const Options& given) : options(given), scheduler(given, eta, values) {}

    EntryId add(const std::string& model, std::uint64_t bytes, bool loaded = false, const std::string& backend = "r")
    {
        return scheduler.add({model, backend, {}, true, loaded, bytes}, now);
    }
    WaiterId ask(EntryId entry, Ask with = {})
    {
        const WaiterId waiter = ids.next();
        const Status status = scheduler.ask(entry, waiter, with, now);
        if (!status.ok()) answers[waiter].push_back(status);
        collect();
        return waiter;
    }
    void collect()
    {
        for (const Effect& effect : scheduler.takeEffects()) {
            if (const auto* start = std::get_if<StartLoad>(&effect)) {
                loads.push_back(*start);
                if (inBackend.contains(start->entry)) broken = "a load began of what the backend still has";
                inBackend[start->entry] = true;
            }
            if (const auto* start = std::get_if<StartUnload>(&effect)) {
                unloads.push_back(*start);
                const auto& entry = scheduler.at(start->entry);
                if (entry.wasWarm && (entry.pinned || entry.leases > 0))
                    broken = "a model in use or pinned was evicted";
            }
            if (const auto* done = std::get_if<Complete>(&effect)) {
                answers[done->waiter].push_back(done->status);
                answered.push_back(done->waiter);
                if (done->status.code() == absl::StatusCode::kCancelled && text(done->status) != "left")
                    broken = "a load that somebody waited for was given up: " + text(done->status);
            }
            if (const auto* each = std::get_if<Judged>(&effect)) judged.emplace_back(name(each->verdict));
            if (const auto* each = std::get_if<Unloaded>(&effect)) unloaded.push_back(each->why);
            if (const auto* cancel = std::get_if<CancelLoad>(&effect))
                std::erase_if(loads, [&](const StartLoad& load) { return load.load == cancel->load; });
        }
    }
    void endLoad(std::size_t index = 0, const Status& status = absl::OkStatus(), std::uint64_t bytes = 0)
    {
        const StartLoad load = loads[index];
        loads.erase(loads.begin() + static_cast<std::ptrdiff_t>(index));
        if (status.ok()) inBackend[load.entry] = false;
        if (absl::IsInternal(status)) inBackend.erase(load.entry);
        scheduler.loadEnded(load.entry, load.load, status, bytes, now);
        collect();
    }
    void endUnload(std::size_t index = 0, const Status& status = absl::OkStatus())
    {
        const StartUnload unload = unloads[index];
        unloads.erase(unloads.begin() + static_cast<std::ptrdiff_t>(index));
        if (status.ok()) inBackend.erase(unload.entry);
        scheduler.unloadEnded(unload.entry, unload.unload, status, now);
        collect();
    }
    /// Without a turn: on new knowledge.
    PreloadOutcome preload(EntryId entry, double worth, std::optional<std::uint64_t> turn = std::nullopt,
                           std::vector<EntryId> keep = {})
    {
        return scheduler.preload(
            entry, {worth, turn.value_or(++turns), std::move(keep)}, [] { return std::string("why"); }, now);
    }
    void tick(Duration span)
    {
        now += span;
        scheduler.tick(now);
        collect();
    }
    ModelState state(EntryId entry) const { return scheduler.at(entry).state; }
    std::string describe() const
    {
        std::string all;
        for (const ModelEntry& entry : scheduler.models()) {
            all += "\n" + entry.spec.model + " " + entry.spec.backend + " " + name(entry.state) + " bytes " +
                   std::to_string(entry.bytes) + " leases " + std::to_string(entry.leases) + " waiters " +
                   std::to_string(entry.waiters.size()) + (entry.pinned ? " pinned" : "") +
                   (entry.reservedFor ? " closed for " + std::to_string(*entry.reservedFor) : "") + " cause " +
                   name(entry.cause) + " priority " + std::to_string(static_cast<int>(entry.priority)) + " " +
                   entry.reason.english();
        }
        return all;
    }
    bool ok(WaiterId waiter) { return answers[waiter].size() == 1 && answers[waiter][0].ok(); }
    bool open(WaiterId waiter) { return answers[waiter].empty(); }
};

Options withBudget(std::uint64_t bytes)
{
    Options options;
    options.budgetBytes = bytes;
    options.residencyMin = 0ms;
    return options;
}

}  // namespace

using Preload = PreloadOutcome;

class TestLoadScheduler : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void stateTableIsWhatTransitionAllows();
    void victimsAreTheCheapestSetThatFits_data();
    void victimsAreTheCheapestSetThatFits();
    void evictionFreesNoMoreThanNeeded();
    void roomIsMadeBeforeTheLoadStarts();
    void youngModelLeavesOnlyWhenNothingElseWould();
    void otherBackendsDoNotWaitForAnEviction();
    void smallOneDoesNotTakeTheRoomOfOneThatWaits();
    void upgradeOfAQueuedPreloadGoesToTheFront();
    void preloadNeedsToBeWorthIt();
    void preloadKeepsWhatIsNeededSooner();
    void preloadsOnTheSameKnowledgeDoNotReplaceEachOther();
    void preloadMayReplaceAYoungOneThatWasOfUse();
    void preloadGivesItsRoomToDemand();
    void lateEndOfAnAbandonedLoadChangesNothing();
    void loadGivenUpKeepsSlotAndBytesUntilItIsGone();
    void slotOfACancelledPreloadIsNotTakenBeforeItIsFree();
    void brokenCallIsNotTheEndOfALoad();
    void unloadEndsALoad();
    void whatTheOperatorUnloadsIsNotBackAtOnce();
    void anUnusedModelLeavesAfterItsTime_data();
    void anUnusedModelLeavesAfterItsTime();
    void aTimeToLiveIsInForceAtOnce();
    void aModelThatIsNeverPreloadedIsLoadedOnlyWhenRequested();
    void backendThatDoesNotAnswerHoldsWhatItHeld();
    void failureOfALoadIsTheServers_data();
    void failureOfALoadIsTheServers();
    void leaseGivenBackTwiceIsABrokenInvariant();
    void measuredSizeOverTheBudgetIsRelieved();
    void failedUnloadKeepsTheBooksAndIsNotRepeatedAtOnce();
    void waiterLeavesAtItsDeadline();
    void modelsThatVanishAreForgotten();
    void etaCountsThoseBefore();
    void holdsItsPromisesUnderAnyInterleaving();
};

void TestLoadScheduler::stateTableIsWhatTransitionAllows()
{
    const std::array all{ModelState::Cold, ModelState::Queued,    ModelState::Loading,
                         ModelState::Warm, ModelState::Unloading, ModelState::Failed};
    std::set<std::pair<ModelState, ModelState>> listed;
    for (const Transition& each : kTransitions) {
        QVERIFY2(listed.insert({each.from, each.to}).second, "listed twice");
        ModelState state = each.from;
        transition(state, each.to);
        QVERIFY(state == each.to);
    }
    for (ModelState from : all)
        for (ModelState to : all) QCOMPARE(allowed(from, to), listed.contains({from, to}));
    // From everywhere there is a way to warm, and a way out of memory.
    for (ModelState from : all) {
        std::set<ModelState> reached{from};
        for (std::size_t round = 0; round < all.size(); ++round)
            for (const Transition& each : kTransitions)
                if (reached.contains(each.from)) reached.insert(each.to);
        QVERIFY(reached.contains(ModelState::Warm) && reached.contains(ModelState::Cold));
    }
}

void TestLoadScheduler::victimsAreTheCheapestSetThatFits_data()
{
    QTest::addColumn<QVector<double>>("reuse");
    QTest::addColumn<QVector<int>>("bytes");
    QTest::addColumn<int>("needed");
    QTest::addColumn<QVector<int>>("victims");
    QTest::newRow("by worth alone when a place is needed, however small it is")
        << QVector<double>{.2, .3} << QVector<int>{1, 100} << -1 << QVector<int>{0};
    QTest::newRow("the least worth alone")
        << QVector<double>{.5, .1, .3} << QVector<int>{10, 10, 10} << 10 << QVector<int>{1};
    QTest::newRow("the next one too when more is needed")
        << QVector<double>{.5, .1, .3} << QVector<int>{10, 10, 10} << 11 << QVector<int>{1, 2};
    QTest::newRow("by worth for each byte")
        << QVector<double>{.2, .3} << QVector<int>{10, 100} << 10 << QVector<int>{1};
    QTest::newRow("a large one makes the small ones needless")
        << QVector<double>{.01, .02, .9} << QVector<int>{5, 5, 90} << 85 << QVector<int>{2};
    QTest::newRow("none when all together do not do")
        << QVector<double>{.5, .1} << QVector<int>{10, 10} << 21 << QVector<int>{-1};
    QTest::newRow("none when nothing is needed")
        << QVector<double>{.5, .1} << QVector<int>{10, 10} << 0 << QVector<int>{};
}

void TestLoadScheduler::victimsAreTheCheapestSetThatFits()
{
    QFETCH(QVector<double>, reuse);
    QFETCH(QVector<int>, bytes);
    QFETCH(int, needed);
    QFETCH(QVector<int>, victims);
    std::vector<EvictionCandidate> candidates;
    for (int index = 0; index < reuse.size(); ++index)
        candidates.push_back({static_cast<EntryId>(index), static_cast<std::uint64_t>(bytes[index]), reuse[index], 1000,
                              EvictionTier::Idle});
    const CapacityNeeded room =
        needed < 0 ? CapacityNeeded{0, 1} : CapacityNeeded{static_cast<std::uint64_t>(needed), 0};  // -1: a place
    const auto chosen = chooseVictims(candidates, room, EvictionTier::Idle);
    if (!victims.empty() && victims[0] < 0) {
        QVERIFY(!chosen);
        return;
    }
    QVERIFY(chosen.has_value());
    QVector<int> found;
    for (const auto& each : *chosen) found.push_back(static_cast<int>(each.entry));
    std::sort(found.begin(), found.end());
    QCOMPARE(found, victims);
}

void TestLoadScheduler::evictionFreesNoMoreThanNeeded()
{
    World world(withBudget(100));
    const EntryId a = world.add("a", 40, true), b = world.add("b", 40, true), c = world.add("c", 20, true);
    const EntryId d = world.add("d", 40);
    world.values.values = {{a, .9}, {b, .2}, {c, .1}};
    world.ask(d);
    QCOMPARE(world.unloads.size(), std::size_t{1});  // c is worth less, but b alone makes the room
    QCOMPARE(world.unloads[0].entry, b);
    QVERIFY(world.state(a) == ModelState::Warm && world.state(c) == ModelState::Warm);
}

void TestLoadScheduler::roomIsMadeBeforeTheLoadStarts()
{
    World world(withBudget(50));
    const EntryId a = world.add("a", 50, true), b = world.add("b", 50);
    const WaiterId waiter = world.ask(b);
    QVERIFY(world.loads.empty());
    QVERIFY(world.state(a) == ModelState::Unloading && world.state(b) == ModelState::Queued);
    world.endUnload();
    QCOMPARE(world.loads.size(), std::size_t{1});
    world.endLoad();
    QVERIFY(world.ok(waiter));
    QCOMPARE(world.scheduler.at(b).leases, 1u);
}

void TestLoadScheduler::youngModelLeavesOnlyWhenNothingElseWould()
{
    Options options = withBudget(100);
    options.residencyMin = 10s;
    World world(options);
    const EntryId old = world.add("old", 50, true), young = world.add("young", 50), c = world.add("c", 50),
                  d = world.add("d", 100);
    world.values.values = {{old, .9}, {young, .1}};
    const WaiterId first = world.ask(young);
    world.endLoad();
    world.scheduler.release(young, world.now);
    QVERIFY(world.ok(first));
    world.ask(c);  // young is worth less, but came just now
    QCOMPARE(world.unloads.size(), std::size_t{1});
    QCOMPARE(world.unloads[0].entry, old);
    world.endUnload();
    world.endLoad();
    world.scheduler.release(c, world.now);
    world.ask(d);  // only both together make room
    QCOMPARE(world.unloads.size(), std::size_t{2});
}

void TestLoadScheduler::otherBackendsDoNotWaitForAnEviction()
{
    World world(withBudget(50));
    world.add("a", 50, true);
    const EntryId b = world.add("b", 50), elsewhere = world.add("c", 50, false, "other");
    world.ask(b);
    world.ask(elsewhere);
    QCOMPARE(world.loads.size(), std::size_t{1});
    QCOMPARE(world.loads[0].entry, elsewhere);
}

void TestLoadScheduler::smallOneDoesNotTakeTheRoomOfOneThatWaits()
{
    World world(withBudget(100));
    const EntryId a = world.add("a", 60, true), large = world.add("large", 80), small = world.add("small", 30);
    QVERIFY(world.scheduler.lease(a, world.now));
    Ask ask;
    ask.deadline = world.now + 1h;
    world.options.residencyMin = 1h;
    world.scheduler.apply(world.options, world.now);
    const WaiterId first = world.ask(large, ask), second = world.ask(small, ask);
    QVERIFY(world.loads.empty());  // 40 are free, but the large one came first and would never get its room
    world.scheduler.release(a, world.now);
    world.collect();
    world.endUnload();
    QCOMPARE(world.loads.size(), std::size_t{1});
    QCOMPARE(world.loads[0].entry, large);
    world.endLoad();
    QVERIFY(world.ok(first) && world.open(second));
}

void TestLoadScheduler::upgradeOfAQueuedPreloadGoesToTheFront()
{
    Options options = withBudget(100);
    options.concurrentMax = 2;
    World world(options);
    const EntryId a = world.add("a", 10), b = world.add("b", 10), c = world.add("c", 10), d = world.add("d", 10);
    Ask ahead;
    ahead.priority = Priority::Preload;
    ahead.cause = Cause::Manual;
    world.ask(a);
    world.ask(b);
    world.ask(c, ahead);
    world.ask(d, ahead);
    world.ask(d);  // wanted now
    world.endLoad();
    QCOMPARE(world.loads.back().entry, d);
}

void TestLoadScheduler::preloadNeedsToBeWorthIt()
{
    World world(withBudget(100));
    const EntryId a = world.add("a", 60, true), b = world.add("b", 60);
    world.values.values = {{a, .5}, {b, .3}};
    QVERIFY(world.preload(b, .3) == Preload::Refused);   // what would leave is worth more
    QVERIFY(world.preload(b, .52) == Preload::Refused);  // hardly more: not for the trouble of a load
    QVERIFY(world.scheduler.lease(a, world.now));
    QVERIFY(world.preload(b, .9) == Preload::InUse);  // never what is in use
    world.scheduler.release(a, world.now);
    QVERIFY(world.preload(b, .9) == Preload::Started);
    world.collect();
    QCOMPARE(world.unloads.size(), std::size_t{1});
    world.endUnload();
    world.endLoad();
    QVERIFY(world.state(b) == ModelState::Warm);
    QVERIFY(world.scheduler.lease(b, world.now));
    world.collect();
    const std::vector<std::string> hit{"hit"};
    QCOMPARE(world.judged, hit);
    QVERIFY(world.scheduler.lease(b, world.now));
    world.collect();
    QCOMPARE(world.judged, hit);  // judged once
}

void TestLoadScheduler::preloadKeepsWhatIsNeededSooner()
{
    World world(withBudget(100));
    const EntryId a = world.add("a", 60, true), b = world.add("b", 60), c = world.add("c", 40, true);
    world.values.values = {{a, .1}, {c, .1}};
    QVERIFY(world.preload(b, .9, 1, {a}) == Preload::Refused);
    QVERIFY(world.unloads.empty() && world.scheduler.takeEffects().empty());
    QVERIFY(world.preload(b, .9, 1, {c}) == Preload::Started);
    world.collect();
    QCOMPARE(world.unloads.size(), std::size_t{1});
    QCOMPARE(world.unloads[0].entry, a);
}

void TestLoadScheduler::preloadsOnTheSameKnowledgeDoNotReplaceEachOther()
{
    World world(withBudget(60));
    const EntryId a = world.add("a", 60), b = world.add("b", 60);
    QVERIFY(world.preload(a, .5, 7) == Preload::Started);
    world.collect();
    world.endLoad();
    world.values.values = {{a, .4}, {b, .6}};  // the forecast wavers while nothing new came
    for (int turn = 0; turn < 3; ++turn) QVERIFY(world.preload(b, .6, 7) == Preload::Refused);
    QVERIFY(world.preload(b, .6, 8) == Preload::Started);  // now something did
    world.collect();
    world.endUnload();
    world.endLoad();
    world.values.values = {{a, .9}, {b, .1}};
    QVERIFY(world.preload(a, .9, 8) == Preload::Refused);
    QVERIFY(world.scheduler.lease(b, world.now));
    world.scheduler.release(b, world.now);
    QVERIFY(world.preload(a, .9, 8) == Preload::Started);  // b was of use: it may go
}

void TestLoadScheduler::preloadMayReplaceAYoungOneThatWasOfUse()
{
    Options options = withBudget(60);
    options.residencyMin = 10s;
    World world(options);
    const EntryId a = world.add("a", 60), b = world.add("b", 60), c = world.add("c", 60);
    world.ask(a);
    world.endLoad();
    QVERIFY(world.preload(b, .9) == Preload::InUse);
    world.scheduler.release(a, world.now);
    QVERIFY(world.preload(b, .9) == Preload::Started);
    world.collect();
    world.endUnload();
    world.endLoad();
    world.tick(9s);
    QVERIFY(world.preload(c, .9) == Preload::Refused);  // b was not used yet, and its stay is not over
    world.tick(1s);
    QVERIFY(world.preload(c, .9) == Preload::Started);
}

void TestLoadScheduler::preloadGivesItsRoomToDemand()
{
    World world(withBudget(100));
    const EntryId a = world.add("a", 60), b = world.add("b", 60);
    QVERIFY(world.preload(a, .9) == Preload::Started);
    world.collect();
    QCOMPARE(world.loads.size(), std::size_t{1});
    const WaiterId waiter = world.ask(b);
    QVERIFY(world.loads.empty());
    QCOMPARE(world.unloads.size(), std::size_t{1});  // what the backend has of it
    world.endUnload();
    world.endLoad();
    QVERIFY(world.ok(waiter));
    const std::vector<std::string> wasted{"wasted"};
    QCOMPARE(world.judged, wasted);
    QVERIFY(world.state(a) == ModelState::Cold);
}

void TestLoadScheduler::lateEndOfAnAbandonedLoadChangesNothing()
{
    Options options = withBudget(100);
    options.timeout = 5s;
    World world(options);
    const EntryId a = world.add("a", 60);
    const WaiterId waiter = world.ask(a);
    const StartLoad load = world.loads[0];
    world.tick(5s);
    QCOMPARE(world.answers[waiter].size(), std::size_t{1});
    QVERIFY(world.answers[waiter][0].code() == absl::StatusCode::kDeadlineExceeded);
    world.scheduler.loadEnded(a, load.load, absl::OkStatus(), 60, world.now);
    world.collect();
    QVERIFY(world.state(a) == ModelState::Unloading);
    world.endUnload();
    QVERIFY(world.state(a) == ModelState::Failed);
    QCOMPARE(world.answers[waiter].size(), std::size_t{1});
}

/// The backend says "it is being loaded": that used to count as gone, with slot and bytes free.
void TestLoadScheduler::loadGivenUpKeepsSlotAndBytesUntilItIsGone()
{
    Options options = withBudget(100);
    options.timeout = 5s;
    options.concurrentMax = 1;
    options.failedBackoff = 0ms;
    World world(options);
    const EntryId a = world.add("a", 60), b = world.add("b", 60);
    world.ask(a);
    world.tick(5s);
    QVERIFY(world.state(a) == ModelState::Unloading);
    const WaiterId other = world.ask(b);
    for (int round = 0; round < 3; ++round) {
        QCOMPARE(world.unloads.size(), std::size_t{1});
        world.endUnload(0, failedPrecondition("model 'a' is being loaded"));
        QVERIFY(world.state(a) == ModelState::Unloading);
        QVERIFY(world.loads.empty());
        QCOMPARE(world.scheduler.residentBytes(), std::uint64_t{60});
        QVERIFY(world.unloads.empty());
        QVERIFY(world.scheduler.wakeAt() == world.now + 1s);
        world.tick(1s);  // asked again
    }
    world.endUnload();
    QVERIFY(world.state(a) == ModelState::Cold || world.state(a) == ModelState::Failed);
    QVERIFY2(!world.eta.mean("a", {}), "nothing is learned from a load that was given up");
    QCOMPARE(world.loads.size(), std::size_t{1});
    world.endLoad();
    QVERIFY(world.ok(other));
}

void TestLoadScheduler::slotOfACancelledPreloadIsNotTakenBeforeItIsFree()
{
    Options options = withBudget(1000);
    options.concurrentMax = 1;
    World world(options);
    const EntryId a = world.add("a", 10), b = world.add("b", 10), c = world.add("c", 10);
    QVERIFY(world.preload(a, 1) == Preload::Started);
    world.collect();
    const WaiterId first = world.ask(b), second = world.ask(c);
    QVERIFY(world.state(a) == ModelState::Unloading);
    QVERIFY(world.loads.empty());  // b has its slot once a is gone
    world.endUnload();
    QCOMPARE(world.loads.size(), std::size_t{1});
    QCOMPARE(world.loads[0].entry, b);
    world.endLoad();
    world.endLoad();
    QVERIFY(world.ok(first) && world.ok(second));
}

void TestLoadScheduler::brokenCallIsNotTheEndOfALoad()
{
    World world(withBudget(100));
    const EntryId a = world.add("a", 60);
    const WaiterId waiter = world.ask(a);
    world.endLoad(0, unavailable("the connection broke"));
    QVERIFY(absl::IsUnavailable(world.answers[waiter].at(0)));
    QVERIFY(world.state(a) == ModelState::Unloading);  // the backend may be at it still
    world.endUnload();
    QVERIFY(world.state(a) == ModelState::Failed);
}

void TestLoadScheduler::unloadEndsALoad()
{
    World world(withBudget(100));
    const EntryId a = world.add("a", 60);
    Ask byOperator;
    byOperator.priority = Priority::Manual;
    byOperator.lease = false;
    const WaiterId manual = world.ask(a, byOperator);
    const auto unload = [&](UnloadBy by) {
        const WaiterId waiter = world.ids.next();
        world.answers[waiter];
        const Status status = world.scheduler.unload(a, waiter, world.now, by);
        if (!status.ok()) world.answers[waiter].push_back(status);
        world.collect();
        return waiter;
    };
    const WaiterId request = world.ask(a);
    const WaiterId client = unload(UnloadBy::Client);  // not over the head of a request that waits
    QVERIFY(absl::IsFailedPrecondition(world.answers[client].at(0)));
    const WaiterId mighty = unload(UnloadBy::Operator);
    QVERIFY(absl::IsUnavailable(world.answers[manual].at(0)));
    QVERIFY(absl::IsUnavailable(world.answers[request].at(0)));
    QVERIFY(text(world.answers[request][0]).find("unloaded manually") != std::string::npos);
    QVERIFY(world.open(mighty));
    QVERIFY(world.state(a) == ModelState::Unloading);
    world.endUnload();
    QVERIFY(world.ok(mighty));
    QVERIFY(world.state(a) == ModelState::Cold);
}

/// The preloader used to undo an unload of the operator within a second.
void TestLoadScheduler::whatTheOperatorUnloadsIsNotBackAtOnce()
{
    World world(withBudget(100));
    const EntryId a = world.add("a", 40, true), b = world.add("b", 40, true);
    const auto unload = [&](EntryId entry, UnloadBy by) {
        const WaiterId waiter = world.ids.next();
        QVERIFY(world.scheduler.unload(entry, waiter, world.now, by).ok());
        world.collect();
        world.endUnload();
        QVERIFY(world.ok(waiter));
    };
    unload(a, UnloadBy::Operator);
    unload(b, UnloadBy::Client);
    QVERIFY(world.preload(a, .9) == PreloadOutcome::Refused);
    QVERIFY(world.preload(b, .9) == PreloadOutcome::Started);  // a client's wish is no decision for others
    world.collect();
    world.endLoad();
    world.now += ModelEntry::kKeptOut - 1ms;
    QVERIFY(world.preload(a, .9) == PreloadOutcome::Refused);
    QCOMPARE(world.scheduler.at(a).keptOut(world.now), std::optional<Duration>(1ms));
    world.now += 1ms;
    QVERIFY(world.preload(a, .9) == PreloadOutcome::Started);
    world.collect();
    world.endLoad();
    // Whoever requests it has it, and ends that.
    unload(a, UnloadBy::Operator);
    const WaiterId asked = world.ask(a);
    world.endLoad();
    QVERIFY(world.ok(asked));
    QVERIFY(!world.scheduler.at(a).keptOut(world.now));
}

void TestLoadScheduler::anUnusedModelLeavesAfterItsTime_data()
{
    constexpr int kBySetting = -1, kNever = -1;
    QTest::addColumn<int>("setting");  // s; 0: never
    QTest::addColumn<int>("own");      // s; 0: never; -1: by the setting
    QTest::addColumn<bool>("pinned");
    QTest::addColumn<bool>("leased");
    QTest::addColumn<int>("leaves");  // s after its last use; -1: never
    QTest::newRow("by the setting") << 60 << kBySetting << false << false << 60;
    QTest::newRow("never, by the setting") << 0 << kBySetting << false << false << kNever;
    QTest::newRow("sooner than the setting") << 60 << 10 << false << false << 10;
    QTest::newRow("later than the setting") << 60 << 600 << false << false << 600;
    QTest::newRow("although the setting says never") << 0 << 10 << false << false << 10;
    QTest::newRow("never, although the setting would") << 60 << 0 << false << false << kNever;
    QTest::newRow("a pin comes before the setting") << 60 << kBySetting << true << false << kNever;
    QTest::newRow("a pin comes before its own time") << 60 << 10 << true << false << kNever;
    QTest::newRow("not while it is in use") << 60 << 10 << false << true << kNever;
}

void TestLoadScheduler::anUnusedModelLeavesAfterItsTime()
{
    QFETCH(int, setting);
    QFETCH(int, own);
    QFETCH(bool, pinned);
    QFETCH(bool, leased);
    QFETCH(int, leaves);
    Options options = withBudget(100);
    options.idleTtl = std::chrono::seconds(setting);
    World world(options);
    const EntryId a = world.add("a", 40, true);
    ModelPolicy policy;
    if (own >= 0) policy.idleTtl = std::chrono::seconds(own);
    world.scheduler.setPolicy(a, policy, world.now);
    if (pinned) QVERIFY(world.scheduler.pin(a, true, world.now).ok());
    world.tick(5s);
    QVERIFY(world.scheduler.lease(a, world.now));
    const TimePoint used = world.now;
    if (!leased) world.scheduler.release(a, world.now);
    const auto end = world.scheduler.at(a).idleEnd();
    if (leaves < 0) {
        QVERIFY(!end && !world.scheduler.wakeAt());
        world.tick(24h);
        QVERIFY(world.state(a) == ModelState::Warm);
        return;
    }
    QVERIFY(end == used + std::chrono::seconds(leaves));
    QVERIFY(world.scheduler.wakeAt() == end);
    world.tick(std::chrono::seconds(leaves) - 1ms);
    QVERIFY(world.state(a) == ModelState::Warm);
    world.tick(1ms);
    QVERIFY(world.state(a) == ModelState::Unloading);
    world.endUnload();
    QVERIFY(world.preload(a, .9) == Preload::Refused);  // it was sent away on purpose
}

void TestLoadScheduler::aTimeToLiveIsInForceAtOnce()
{
    World world(withBudget(200));
    const EntryId a = world.add("a", 40, true), b = world.add("b", 40, true), c = world.add("c", 40);
    const WaiterId waiter = world.ask(c);
    world.tick(20s);
    ModelPolicy policy;
    policy.idleTtl = 30s;
    for (const EntryId entry : {a, b, c}) world.scheduler.setPolicy(entry, policy, world.now);
    world.collect();
    QVERIFY(world.unloads.empty());
    QVERIFY(world.scheduler.wakeAt() == world.loads[0].deadline);  // before the 30 s of the two
    world.endLoad();
    QVERIFY(world.ok(waiter));
    QVERIFY(world.scheduler.wakeAt() == t0 + 30s);
    policy.idleTtl = 10s;  // over already
    world.scheduler.setPolicy(a, policy, world.now);
    world.scheduler.setPolicy(c, policy, world.now);  // in use
    world.collect();
    QCOMPARE(world.unloads.size(), std::size_t{1});
    QCOMPARE(world.unloads[0].entry, a);
    world.scheduler.setPolicy(b, {}, world.now);  // as the setting says: never
    world.tick(1h);
    QVERIFY(world.state(b) == ModelState::Warm && world.state(c) == ModelState::Warm);
    world.scheduler.release(c, world.now);
    QVERIFY(world.scheduler.at(c).idleEnd() == world.now + 10s);
}

void TestLoadScheduler::aModelThatIsNeverPreloadedIsLoadedOnlyWhenRequested()
{
    World world(withBudget(200));
    const EntryId a = world.add("a", 40), b = world.add("b", 40), c = world.add("c", 40);
    ModelPolicy never;
    never.preload = false;
    world.scheduler.setPolicy(a, never, world.now);
    QVERIFY(world.preload(a, .9) == Preload::Refused);
    const WaiterId waiter = world.ask(a);
    world.endLoad();
    QVERIFY(world.ok(waiter));

    // One that is being preloaded ends, and counts neither as a hit nor as a waste; one that somebody waits for goes
    // on.
    QVERIFY(world.preload(b, .9) == Preload::Started);
    world.collect();
    world.scheduler.setPolicy(b, never, world.now);
    world.collect();
    QVERIFY(world.loads.empty());
    QVERIFY(world.state(b) == ModelState::Unloading);
    QVERIFY(world.judged.empty());
    world.endUnload();
    QVERIFY(world.preload(c, .9) == Preload::Started);
    world.collect();
    const WaiterId late = world.ask(c);
    world.scheduler.setPolicy(c, never, world.now);
    world.endLoad();
    QVERIFY(world.ok(late));

    world.scheduler.setPolicy(b, {}, world.now);
    QVERIFY(world.preload(b, .9) == Preload::Started);
}

void TestLoadScheduler::backendThatDoesNotAnswerHoldsWhatItHeld()
{
    World world(withBudget(100));
    const EntryId a = world.add("a", 40, true), b = world.add("b", 40), c = world.add("c", 60);
    const WaiterId loading = world.ask(b), queued = world.ask(c);
    world.scheduler.backendDown("r", world.now, false);
    world.collect();
    QVERIFY(absl::IsUnavailable(world.answers[loading].at(0)) && absl::IsUnavailable(world.answers[queued].at(0)));
    QVERIFY(world.state(b) == ModelState::Unloading);  // until the backend says that it is gone
    QVERIFY(world.scheduler.residentBytes() >= 80u);
    world.scheduler.backendDown("r", world.now);
    world.collect();
    QCOMPARE(world.scheduler.residentBytes(), std::uint64_t{0});
    QVERIFY(world.state(a) == ModelState::Cold && world.state(b) == ModelState::Cold);
}

void TestLoadScheduler::failureOfALoadIsTheServers_data()
{
    QTest::addColumn<int>("failure");
    QTest::addColumn<int>("told");
    using Code = absl::StatusCode;
    const auto row = [](const char* name, Code failure, Code told) {
        QTest::newRow(name) << static_cast<int>(failure) << static_cast<int>(told);
    };
    row("broken file", Code::kInvalidArgument, Code::kUnavailable);
    row("runtime's error", Code::kInternal, Code::kInternal);
    row("no memory", Code::kResourceExhausted, Code::kUnavailable);
    row("not the time", Code::kFailedPrecondition, Code::kUnavailable);
    row("folder has vanished", Code::kNotFound, Code::kNotFound);
    row("cannot load at all", Code::kUnimplemented, Code::kUnimplemented);
}

void TestLoadScheduler::failureOfALoadIsTheServers()
{
    QFETCH(int, failure);
    QFETCH(int, told);
    World world(withBudget(100));
    const EntryId a = world.add("a", 60);
    const WaiterId waiter = world.ask(a);
    world.endLoad(0, Status(static_cast<absl::StatusCode>(failure), "why"));
    QCOMPARE(static_cast<int>(world.answers[waiter].at(0).code()), told);
    const WaiterId again = world.ask(a);  // within the pause: what does not exist still does not, the rest may come
    const Status& refused = world.answers[again].at(0);
    QVERIFY(absl::IsNotFound(refused) == (failure == static_cast<int>(absl::StatusCode::kNotFound)));
    QVERIFY(absl::IsNotFound(refused) || absl::IsUnavailable(refused));
}

void TestLoadScheduler::leaseGivenBackTwiceIsABrokenInvariant()
{
    const pid_t child = ::fork();
    if (child == 0) {
        std::fclose(stderr);
        World world(withBudget(100));
        const EntryId a = world.add("a", 60, true);
        world.scheduler.lease(a, world.now);
        world.scheduler.release(a, world.now);
        world.scheduler.release(a, world.now);
        ::_exit(0);
    }
    int status = 0;
    QCOMPARE(::waitpid(child, &status, 0), child);
    QVERIFY(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

void TestLoadScheduler::measuredSizeOverTheBudgetIsRelieved()
{
    World world(withBudget(100));
    const EntryId a = world.add("a", 40, true), b = world.add("b", 40);
    world.values.values = {{a, .1}, {b, .9}};
    const WaiterId waiter = world.ask(b);
    world.endLoad(0, absl::OkStatus(), 90);  // more than was said
    QVERIFY(world.ok(waiter));
    QVERIFY(world.state(a) == ModelState::Unloading);
    world.endUnload();
    world.scheduler.release(b, world.now);
    world.collect();
    QVERIFY(world.state(b) == ModelState::Warm);

    // Larger than everything: those who have it may finish, then it goes, and is refused from then on.
    World tight(withBudget(100));
    const EntryId c = tight.add("c", 40);
    const WaiterId one = tight.ask(c);
    tight.endLoad(0, absl::OkStatus(), 120);
    QVERIFY(tight.ok(one));
    QVERIFY(tight.state(c) == ModelState::Warm);
    tight.scheduler.release(c, tight.now);
    tight.collect();
    QVERIFY(tight.state(c) == ModelState::Unloading);
    tight.endUnload();
    const WaiterId two = tight.ask(c);
    QVERIFY(tight.answers[two].at(0).code() == absl::StatusCode::kResourceExhausted);
}

void TestLoadScheduler::failedUnloadKeepsTheBooksAndIsNotRepeatedAtOnce()
{
    Options options = withBudget(100);
    options.failedBackoff = 2s;
    World world(options);
    const EntryId a = world.add("a", 60, true), b = world.add("b", 60);
    const WaiterId waiter = world.ask(b);
    world.endUnload(0, internal("busy"));
    QVERIFY(world.state(a) == ModelState::Warm);
    QVERIFY(world.unloads.empty() && world.loads.empty());
    QVERIFY(world.open(waiter));
    QVERIFY(world.scheduler.wakeAt() == world.now + 2s);
    world.tick(2s);
    QCOMPARE(world.unloads.size(), std::size_t{1});
    world.endUnload(0, notFound("no such model"));  // gone is gone
    world.endLoad();
    QVERIFY(world.ok(waiter));
}

void TestLoadScheduler::waiterLeavesAtItsDeadline()
{
    World world(withBudget(100));
    const EntryId a = world.add("a", 60), b = world.add("b", 60);
    world.ask(a);
    world.endLoad();  // leased
    Ask ask;
    ask.deadline = world.now + 3s;
    const WaiterId waiter = world.ask(b, ask);
    QVERIFY(world.scheduler.wakeAt() == world.now + 3s);
    world.tick(2999ms);
    QVERIFY(world.open(waiter));
    world.tick(1ms);
    QVERIFY(world.answers[waiter].at(0).code() == absl::StatusCode::kDeadlineExceeded);
    QVERIFY(world.state(b) == ModelState::Cold);
    QCOMPARE(world.scheduler.queued(), 0u);
    QVERIFY(world.scheduler.at(a).open);  // not closed for anybody any more
}

void TestLoadScheduler::modelsThatVanishAreForgotten()
{
    World world(withBudget(100));
    const EntryId a = world.add("a", 40, true), b = world.add("b", 40, true);
    QVERIFY(world.scheduler.lease(a, world.now));
    world.scheduler.remove(a, world.now);
    world.scheduler.remove(b, world.now);
    world.collect();
    QVERIFY(world.scheduler.known(a) && !world.scheduler.known(b));
    const WaiterId late = world.ask(a);
    QVERIFY(world.answers[late].at(0).code() == absl::StatusCode::kNotFound);
    world.scheduler.release(a, world.now);
    QVERIFY(!world.scheduler.known(a));
    QCOMPARE(world.scheduler.residentBytes(), std::uint64_t{0});
}

void TestLoadScheduler::etaCountsThoseBefore()
{
    Options options = withBudget(1000);
    options.concurrentMax = 1;
    World world(options);
    for (int sample = 0; sample < 30; ++sample) world.eta.learned("a", {}, 1000ms + (sample % 2) * 100ms);
    for (int sample = 0; sample < 30; ++sample) world.eta.learned("b", {}, 1000ms);
    const EntryId a = world.add("a", 10), b = world.add("b", 10);
    const Duration cold = *world.scheduler.eta(a, world.now);
    QVERIFY(cold > 1200ms && cold < 1400ms);  // 1050 + 3 · 105: mean and deviation
    world.ask(a);
    world.ask(b);
    world.now += 500ms;
    QVERIFY(*world.scheduler.eta(a, world.now) == cold - 500ms);
    QVERIFY(*world.scheduler.eta(b, world.now) > 2s);  // after a
    world.now += 10s;
    QVERIFY(*world.scheduler.eta(a, world.now) > 0ms);  // later than thought is not "never", nor "now"
    world.endLoad();
    QVERIFY(!world.scheduler.eta(a, world.now).has_value());
}

void TestLoadScheduler::holdsItsPromisesUnderAnyInterleaving()
{
    bool given = false;
    qEnvironmentVariable("MILLRACE_SEED").toUInt(&given);  // one that failed is looked at alone
    const unsigned first = testSeed();
    const int runs = given ? 1 : 60;
    for (int run = 0; run < runs; ++run) {
        const unsigned seed = first + static_cast<unsigned>(run);
        std::mt19937 random(seed);
        const auto pick = [&](unsigned below) { return static_cast<unsigned>(random() % below); };
        const std::string told = "MILLRACE_SEED=" + std::to_string(seed);

        Options options;
        options.budgetBytes = 100;
        options.concurrentMax = 1 + pick(3);
        options.queueMax = 2 + pick(6);
        options.residentMax = pick(3) == 0 ? 1 + pick(4) : 0;
        options.residencyMin = std::chrono::milliseconds(pick(2000));
        options.idleTtl = pick(3) == 0 ? Duration(5s) : Duration::zero();
        options.timeout = 3s;
        options.failedBackoff = std::chrono::milliseconds(pick(1500));
        World world(options);
        std::vector<EntryId> entries;
        for (unsigned index = 0; index < 8; ++index)
            entries.push_back(world.add("m" + std::to_string(index), 5 + pick(60), false, index < 6 ? "r" : "s"));
        std::map<EntryId, std::uint32_t> held;               // leases the test knows of
        std::map<WaiterId, std::pair<EntryId, bool>> asked;  // entry, wants a lease
        std::set<EntryId> pinned;

        const auto settleAnswers = [&] {
            for (WaiterId waiter : std::exchange(world.answered, {})) {
                const auto& statuses = world.answers[waiter];
                QVERIFY2(statuses.size() == 1, told.c_str());  // answered once
                if (statuses[0].ok() && asked.contains(waiter) && asked[waiter].second) ++held[asked[waiter].first];
            }
        };
        const auto check = [&] {
            settleAnswers();
            QVERIFY2(world.broken.empty(), (told + ": " + world.broken).c_str());
            std::uint32_t loading = 0;
            std::map<std::string, std::uint64_t> bytes;
            std::map<std::string, std::uint32_t> models;
            for (EntryId id : entries) {
                const auto& entry = world.scheduler.at(id);
                loading += entry.state == ModelState::Loading ? 1 : 0;
                if (entry.state == ModelState::Loading || entry.state == ModelState::Warm ||
                    entry.state == ModelState::Unloading) {
                    bytes[entry.spec.backend] += entry.bytes;
                    ++models[entry.spec.backend];
                }
                QVERIFY2(entry.leases == held[id], told.c_str());
                if (held[id] > 0)
                    QVERIFY2(entry.state == ModelState::Warm,
                             (told + ": a leased model left" + world.describe()).c_str());
                if (entry.open) QVERIFY2(entry.state == ModelState::Warm && entry.waiters.empty(), told.c_str());
                const auto flights = std::count_if(world.loads.begin(), world.loads.end(),
                                                   [&](const StartLoad& load) { return load.entry == id; });
                QVERIFY2(flights == (entry.state == ModelState::Loading ? 1 : 0), (told + ": flights").c_str());
            }
            std::uint32_t inFlight = 0;
            for (const auto& [id, isLoading] : world.inBackend) {
                const ModelState state = world.state(id);
                QVERIFY2(state == ModelState::Loading || state == ModelState::Warm || state == ModelState::Unloading,
                         (told + ": the backend has what the books say is gone").c_str());
                inFlight += isLoading ? 1 : 0;
            }
            QVERIFY2(inFlight <= options.concurrentMax, (told + ": slots").c_str());
            QVERIFY2(loading <= options.concurrentMax, told.c_str());
            QVERIFY2(world.scheduler.queued() <= options.queueMax + entries.size(), told.c_str());
            for (const auto& [backend, sum] : bytes) QVERIFY2(sum <= options.budgetBytes, (told + ": budget").c_str());
            if (options.residentMax > 0)
                for (const auto& [backend, count] : models)
                    QVERIFY2(count <= options.residentMax, (told + ": places").c_str());
        };

        for (int step = 0; step < 400; ++step) {
            const EntryId id = entries[pick(static_cast<unsigned>(entries.size()))];
            for (const auto& entry : entries) world.values.values[entry] = pick(100) / 100.0;
            switch (pick(16)) {
                case 0:
                case 1:
                case 2: {
                    if (world.scheduler.lease(id, world.now)) {
                        ++held[id];
                        break;
                    }
                    Ask ask;
                    ask.priority = pick(6) == 0 ? Priority::Manual : Priority::Demand;
                    ask.rank = static_cast<int>(pick(3));
                    ask.lease = pick(5) != 0;
                    ask.deadline = pick(2) == 0 ? world.now + std::chrono::milliseconds(pick(8000)) : TimePoint::max();
                    const WaiterId waiter = world.ids.next();
                    asked[waiter] = {id, ask.lease};
                    world.answers[waiter];
                    const Status status = world.scheduler.ask(id, waiter, ask, world.now);
                    if (!status.ok()) world.answers[waiter].push_back(status);
                    break;
                }
                case 3:
                case 4:
                case 5:
                    if (held[id] > 0) {
                        --held[id];
                        world.scheduler.release(id, world.now);
                    }
                    break;
                case 6: {
                    for (const auto& [waiter, what] : asked) {
                        if (!world.answers[waiter].empty() || pick(3) != 0) continue;
                        world.scheduler.withdraw(waiter, cancelled("left"), world.now);
                        break;
                    }
                    break;
                }
                case 7:
                case 8:
                    if (!world.loads.empty()) {
                        const std::array statuses{internal("broken"), unavailable("the call broke"), absl::OkStatus(),
                                                  absl::OkStatus(), absl::OkStatus()};
                        const Status status = statuses[pick(statuses.size())];
                        world.endLoad(pick(static_cast<unsigned>(world.loads.size())), status);
                    }
                    break;
                case 9:
                    if (!world.unloads.empty()) {
                        const std::array statuses{internal("busy"), failedPrecondition("it is being loaded"),
                                                  absl::OkStatus(), absl::OkStatus(), absl::OkStatus()};
                        const Status status = statuses[pick(statuses.size())];
                        world.endUnload(pick(static_cast<unsigned>(world.unloads.size())), status);
                    }
                    break;
                case 10:
                    world.tick(std::chrono::milliseconds(pick(1500)));
                    break;
                case 11:
                    world.preload(id, pick(100) / 100.0, pick(4), {entries[pick(8)]});
                    break;
                case 12: {
                    const WaiterId waiter = world.ids.next();
                    world.answers[waiter];
                    const auto by = pick(2) == 0 ? UnloadBy::Operator : UnloadBy::Client;
                    const Status status = world.scheduler.unload(id, waiter, world.now, by);
                    if (!status.ok()) world.answers[waiter].push_back(status);
                    break;
                }
                case 14:  // in the backend, unseen
                    if (world.inBackend.contains(id) && world.state(id) == ModelState::Unloading)
                        world.inBackend[id] = false;
                    break;
                case 15: {
                    if (pick(10) != 0) break;
                    const bool lost = pick(2) == 0;
                    const std::string backend = world.scheduler.at(id).spec.backend;
                    const auto ofIt = [&](EntryId other) { return world.scheduler.at(other).spec.backend == backend; };
                    for (bool leased = lost; leased;) {  // requests fail with the process
                        world.collect();
                        settleAnswers();
                        leased = false;
                        for (auto& [other, count] : held)
                            for (; ofIt(other) && count > 0; --count, leased = true)
                                world.scheduler.release(other, world.now);
                    }
                    if (lost) std::erase_if(world.inBackend, [&](const auto& each) { return ofIt(each.first); });
                    if (lost) std::erase_if(world.unloads, [&](const StartUnload& each) { return ofIt(each.entry); });
                    world.scheduler.backendDown(backend, world.now, lost);
                    break;
                }
                case 13:
                    if (pinned.contains(id)) {
                        QVERIFY2(world.scheduler.pin(id, false, world.now).ok(), told.c_str());
                        pinned.erase(id);
                    } else if (pinned.size() < 2 && world.scheduler.pin(id, true, world.now).ok()) {
                        pinned.insert(id);
                    }
                    break;
            }
            world.collect();
            check();
            if (QTest::currentTestFailed()) return;
        }

        // The world goes on: nothing may hang. Leases end, loads and unloads come to an end.
        for (int step = 0; step < 200; ++step) {
            for (auto& [id, count] : held)
                while (count > 0) {
                    --count;
                    world.scheduler.release(id, world.now);
                }
            world.collect();
            settleAnswers();
            while (!world.loads.empty()) world.endLoad();
            settleAnswers();
            for (auto& [id, count] : held)
                while (count > 0) {
                    --count;
                    world.scheduler.release(id, world.now);
                }
            world.collect();
            while (!world.unloads.empty()) world.endUnload();
            world.tick(500ms);
            settleAnswers();
        }
        for (const auto& [waiter, statuses] : world.answers)
            QVERIFY2(statuses.size() == 1, (told + ": a waiter was never answered" + world.describe()).c_str());
        QCOMPARE(world.scheduler.queued(), 0u);
    }
}

QTEST_GUILESS_MAIN(TestLoadScheduler)
#include "tst_load_scheduler.moc"
