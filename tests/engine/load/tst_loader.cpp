// SPDX-License-Identifier: GPL-3.0-or-later
#include "load/loader.h"
#include "support/fake_backend.h"
#include "support/manual_clock.h"

#include <QTemporaryDir>
#include <QTest>

#include <boost/asio/io_context.hpp>

#include <memory>
#include <random>
#include <string>
#include <vector>

using namespace millrace;
using namespace millrace::load;
using namespace millrace::testing;

namespace {

constexpr std::uint64_t kMega = 1 << 20;

/// A loader over a server in memory, in time that moves only when told.
struct Bench {
    net::io_context io;
    ManualClock clock{io};
    Registry registry;
    EventLog eventLog{clock, 1000};
    std::shared_ptr<FakeBackend> backend = std::make_shared<FakeBackend>(clock, "runtime");
    std::unique_ptr<Loader> loader;

    explicit Bench(Options options = {}, std::vector<std::string> models = {"a", "b", "c", "d", "e", "f"},
                   std::string stateFile = {})
    {
        backend->loadTime = 200ms;
        for (const std::string& model : models) {
            backend::ModelInfo info;
            info.name = model;
            info.kind = backend::ModelKind::Classifier;
            info.loaded = false;
            info.bytes = 10 * kMega;
            backend->models[model] = info;
        }
        loader = std::make_unique<Loader>(io.get_executor(), clock, registry, eventLog, options, std::move(stateFile));
        testing::onStrand(io, [&] { loader->setCatalogue(catalogue()); });
    }
    ~Bench()
    {
        backend->resume();
        clock.advance(2min);  // whatever is in flight ends
        loader.reset();
        poll(io);
    }

    std::vector<CatalogueEntry> catalogue() const
    {
        std::vector<CatalogueEntry> entries;
        for (const auto& [name, info] : backend->models) entries.push_back({name, backend, info});
        return entries;
    }
    static CallContext context(TimePoint deadline = TimePoint::max(), int priority = 0)
    {
        CallContext context;
        context.client = "test · 1";
        context.deadline = deadline;
        context.priority = priority;
        return context;
    }
    Running<StatusOr<ModelLease>> acquire(const std::string& model, CallContext with = context())
    {
        return start(io, loader->acquire(model, backend, std::move(with)));
    }
    /// A request of that model from its arrival to its end.
    void serve(const std::string& model, Duration work, const std::string& client = "test · 1")
    {
        CallContext with = context();
        with.client = client;
        auto running = acquire(model, with);
        while (!running.done()) clock.advance(10ms);
        auto lease = running.take();
        QVERIFY2(lease.ok(), text(lease.status()).c_str());
        clock.advance(work);
        lease->release();
        poll(io);
    }
    std::string state(const std::string& model) const
    {
        for (const ModelSnapshot& each : loader->models())
            if (each.model == model) return name(each.state);
        return "unknown";
    }
    ModelSnapshot snapshot(const std::string& model) const
    {
        for (const ModelSnapshot& each : loader->models())
            if (each.model == model) return each;
        return {};
    }
    std::vector<std::string> loadOrder() const
    {
        std::vector<std::string> order;
        for (const auto& call : backend->callsOf("load")) order.push_back(call.model);
        return order;
    }
    std::uint64_t loads(const std::string& cause, const std::string& outcome) const
    {
        return registry.counterTotal("millrace_load_loads_total", {{"cause", cause}, {"outcome", outcome}});
    }
    std::vector<std::string> events(const std::string& kind) const
    {
        std::vector<std::string> subjects;
        for (const Event& event : eventLog.after(0, 1000))
            if (event.kind == kind) subjects.push_back(event.subject + ": " + event.text.english());
        return subjects;
    }
};

Options withPlaces(std::uint32_t places)
{
    Options options;
    options.residentMax = places;
    options.residencyMin = 0ms;
    options.preload = false;
    return options;
}

}  // namespace

class TestLoader : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aLeaseMayOutliveItsLoader()
    {
        Bench bench;
        auto running = bench.acquire("a");
        while (!running.done()) bench.clock.advance(10ms);
        auto lease = running.take();
        QVERIFY2(lease.ok(), text(lease.status()).c_str());
        ModelLease moved = *std::move(lease);
        bench.loader.reset();
        poll(bench.io);
        moved.release();  // it used to be given back to freed memory
        ModelLease(std::move(moved)).release();
    }

    // The tests that the specification names
    void loadSuccess();
    void loadFailure();
    void loadPrediction();
    void preloadAccuracy();
    void loadTimeout();
    void loadThatTimedOutIsHeldUntilTheBackendLetsGo();
    void operatorEndsALoadInFlight();
    void removedBackendsAreForgotten();
    void queueManagement();
    void concurrentLoads();
    void cacheIntegration();
    void priorityHandling();
    void metricsTracking();

    void aLoadReportsItsOutcome();
    void waitersOfOneModelShareOneLoad();
    void cancelledWaiterLeavesAndItsQueuedLoadIsDropped();
    void demandTakesTheSlotOfAPreload();
    void demandForAModelLoadedAheadIsLate();
    void whatCanNeverFitIsRefusedWithTheNumbers();
    void alwaysWarmModelsCostNothing();
    void backendDownMakesItsModelsCold();
    void modelInUseIsClosedForOneThatWaitsLong();
    void unloadRefusesWhatIsInUse();
    void pinnedModelStaysAndComesBack();
    void idleModelLeavesAfterItsTime();
    void timeToLiveBeginsWhenTheLastRequestEnds();
    void aModelHasItsOwnRules();
    void learningSurvivesARestart();
    void unreadableStateIsReportedAndReplaced();
    void stopLetsRunningLoadsEnd();
    void storyTellsWhyItWaited();
};

void TestLoader::loadSuccess()
{
    Bench bench;
    std::vector<Status> ended;
    LoadId id;
    testing::onStrand(bench.io, [&] {
        id = bench.loader->load("a", Priority::Manual, [&](Status status) { ended.push_back(status); });
    });
    QVERIFY(id);
    QVERIFY(ended.empty());  // starting a load does not wait for it
    QCOMPARE(bench.state("a"), std::string("loading"));
    bench.clock.advance(199ms);
    QVERIFY(ended.empty());
    bench.clock.advance(1ms);
    QCOMPARE(ended.size(), std::size_t{1});
    QVERIFY(ended[0].ok());
    QCOMPARE(bench.state("a"), std::string("warm"));
    QCOMPARE(bench.loader->residentBytes(), 10 * kMega);
    const LoadRecord& record = bench.loader->records().newest();
    QCOMPARE(record.outcome, LoadOutcome::Ok);
    QCOMPARE(record.cause, Cause::Manual);
    QVERIFY(*record.ended - *record.started == 200ms);
    QCOMPARE(bench.events("model_loaded").size(), std::size_t{1});
}

void TestLoader::loadFailure()
{
    Options options;
    options.failedBackoff = 2s;
    Bench bench(options);
    bench.backend->loadFailures["a"] = internal("no such file: model.pt");

    auto first = bench.acquire("a");
    bench.clock.advance(200ms);
    const auto refused = first.take();
    QVERIFY(refused.status().code() == absl::StatusCode::kInternal);
    QVERIFY2(text(refused.status()).find("model.pt") != std::string::npos, text(refused.status()).c_str());
    QCOMPARE(bench.state("a"), std::string("failed"));
    QCOMPARE(bench.events("model_load_failed").size(), std::size_t{1});

    // Within its pause nobody makes the backend try again, and everybody is told when to come back.
    auto again = bench.acquire("a");
    QVERIFY(again.done());
    const auto paused = again.take();
    QVERIFY(paused.status().code() == absl::StatusCode::kUnavailable);
    QVERIFY(retryAfterOf(paused.status()) == 2s);
    QCOMPARE(bench.backend->callsOf("load").size(), std::size_t{1});

    // The pause doubles up to a minute.
    Duration expected = 2s;
    for (int attempt = 2; attempt <= 8; ++attempt) {
        bench.clock.advance(*retryAfterOf(bench.acquire("a").take().status()));
        auto retry = bench.acquire("a");
        bench.clock.advance(200ms);
        expected = std::min<Duration>(expected * 2, 60s);
        QVERIFY(retryAfterOf(retry.take().status()) == expected);
    }
    QVERIFY(expected == 60s);

    // A person does not have to wait; success forgets the failures.
    bench.backend->loadFailures.clear();
    std::optional<Status> manual;
    testing::onStrand(bench.io, [&] {
        bench.loader->load("a", Priority::Manual, [&](Status status) { manual = std::move(status); });
    });
    bench.clock.advance(200ms);
    QVERIFY(manual && manual->ok());
    QVERIFY(bench.acquire("a").take().ok());
}

void TestLoader::loadPrediction()
{
    Options options = withPlaces(6);
    Bench bench(options);
    for (int round = 0; round < 30; ++round)
        for (const char* model : {"a", "b", "c"}) {
            bench.serve(model, 10ms);
            bench.clock.advance(1s);
        }
    bench.serve("a", 10ms);
    const ModelSnapshot likely = bench.snapshot("b");
    QVERIFY2(likely.nextProbability > 0.9, std::to_string(likely.nextProbability).c_str());
    QVERIFY2(
        likely.nextWhy.english().find("after") == 0 && likely.nextWhy.english().find("b came") != std::string::npos,
        likely.nextWhy.english().c_str());
    QVERIFY(bench.snapshot("d").nextProbability < 0.02);
    const PredictionSnapshot told = bench.loader->prediction();
    QVERIFY(*told.accuracy > 0.8);
    QVERIFY(*told.accuracyTop3 >= *told.accuracy);
    // What follows what: rows a, b, c in some order; after a always b.
    QCOMPARE(told.transitionModels.size(), std::size_t{3});
    QCOMPARE(told.transitions.size(), std::size_t{9});
    const auto at = [&](const std::string& model) {
        return static_cast<std::size_t>(std::find(told.transitionModels.begin(), told.transitionModels.end(), model) -
                                        told.transitionModels.begin());
    };
    QCOMPARE(told.transitions[at("a") * 3 + at("b")], 1.0);
    QCOMPARE(told.transitions[at("a") * 3 + at("c")], 0.0);

    // Off means off.
    options.prediction = false;
    testing::onStrand(bench.io, [&] { bench.loader->apply(options); });
    QCOMPARE(bench.snapshot("b").nextProbability, 0.0);
}

void TestLoader::preloadAccuracy()
{
    const std::uint32_t seed = 20240607;
    std::mt19937 random(seed);
    Options options = withPlaces(3);
    options.preload = true;
    Bench bench(options);
    // An agent's loop over six models in three places; one request in twenty is something else.
    const std::vector<std::string> pattern{"a", "b", "b", "c", "d", "b", "e", "f"};
    const std::vector<std::string> any{"a", "b", "c", "d", "e", "f"};
    std::uint64_t hitsBefore = 0, demandBefore = 0;
    for (int request = 0; request < 1500; ++request) {
        if (request == 500) {
            hitsBefore = bench.registry.counterTotal("millrace_load_preloads_total", {{"verdict", "hit"}});
            demandBefore = bench.loads("demand", "ok");
        }
        const std::string model = random() % 20 == 0 ? any[random() % any.size()]
                                                     : pattern[static_cast<std::size_t>(request) % pattern.size()];
        bench.serve(model, 30ms);
        bench.clock.advance(400ms);
    }
    const double hits = static_cast<double>(
        bench.registry.counterTotal("millrace_load_preloads_total", {{"verdict", "hit"}}) - hitsBefore);
    const double late =
        static_cast<double>(bench.registry.counterTotal("millrace_load_preloads_total", {{"verdict", "late"}}));
    const double demand = static_cast<double>(bench.loads("demand", "ok") - demandBefore);
    const std::string told = "seed " + std::to_string(seed) + ": " + std::to_string(hits) + " hits, " +
                             std::to_string(demand) + " demand loads, " + std::to_string(late) + " late, accuracy " +
                             std::to_string(*bench.loader->prediction().accuracy) + ", warm " +
                             std::to_string(*bench.loader->prediction().warmRate) + ", LRU " +
                             std::to_string(*bench.loader->prediction().lruHitRate);
    qInfo("%s", told.c_str());
    QVERIFY2(hits / (hits + demand) >= 0.8, told.c_str());
    QVERIFY2(*bench.loader->prediction().accuracy >= 0.85, told.c_str());
    QVERIFY2(*bench.loader->prediction().hitRate >= 0.8, told.c_str());
    QVERIFY2(*bench.loader->prediction().warmRate > *bench.loader->prediction().lruHitRate + 0.2, told.c_str());
    QVERIFY(bench.loader->residentBytes() <= 30 * kMega);
}

/// The runtime used to answer the unload with "it is being loaded", which counted as gone: slot and bytes were free in
/// the books while the load went on, and the model came into memory unasked.
void TestLoader::loadThatTimedOutIsHeldUntilTheBackendLetsGo()
{
    Options options;
    options.timeout = 5s;
    options.concurrentMax = 1;
    Bench bench(options);
    bench.backend->stalled = true;
    auto first = bench.acquire("a");
    bench.backend->stalled = false;
    bench.backend->failures = {failedPrecondition("model 'a' is being loaded")};
    bench.clock.advance(5s);
    QVERIFY(first.done() && absl::IsDeadlineExceeded(first.take().status()));
    QCOMPARE(bench.backend->callsOf("unload").size(), std::size_t{1});
    QCOMPARE(bench.state("a"), std::string("unloading"));
    QVERIFY(bench.loader->residentBytes() > 0);
    auto other = bench.acquire("b");
    QVERIFY(!other.done());  // the only slot is not free
    QCOMPARE(bench.loadOrder(), (std::vector<std::string>{"a"}));
    bench.clock.advance(2s);  // asked again, and now it is gone
    QCOMPARE(bench.backend->callsOf("unload").size(), std::size_t{2});
    QCOMPARE(bench.state("a"), std::string("cold"));
    bench.clock.advance(1s);
    QVERIFY(other.done() && other.take().ok());
    QCOMPARE(bench.loadOrder(), (std::vector<std::string>{"a", "b"}));
}

void TestLoader::operatorEndsALoadInFlight()
{
    Bench bench;
    bench.backend->stalled = true;
    auto waiting = bench.acquire("a");
    bench.backend->stalled = false;
    QVERIFY(absl::IsFailedPrecondition(start(bench.io, bench.loader->unload("a")).take()));
    auto unload = start(bench.io, bench.loader->unload("a", UnloadBy::Operator));
    poll(bench.io);
    QVERIFY(waiting.done() && absl::IsUnavailable(waiting.take().status()));
    bench.clock.advance(1s);
    QVERIFY(unload.done() && unload.take().ok());
    QCOMPARE(bench.state("a"), std::string("cold"));
    QCOMPARE(bench.loader->residentBytes(), std::uint64_t{0});
    QVERIFY(!bench.snapshot("a").loadMs.has_value());
}

/// Their pools used to be kept alive indefinitely by the loader.
void TestLoader::removedBackendsAreForgotten()
{
    Bench bench;
    auto running = bench.acquire("a");
    bench.clock.advance(1s);
    auto lease = running.take();
    QVERIFY(lease.ok());
    const std::weak_ptr<FakeBackend> watched = bench.backend;
    testing::onStrand(bench.io, [&] { bench.loader->setCatalogue({}); });
    bench.backend->calls.clear();
    bench.backend = std::make_shared<FakeBackend>(bench.clock, "another");
    lease->release();
    poll(bench.io);
    testing::onStrand(bench.io, [&] { bench.loader->setCatalogue({}); });
    QVERIFY(watched.expired());
}

void TestLoader::loadTimeout()
{
    Options options;
    options.timeout = 5s;
    Bench bench(options);
    bench.backend->stalled = true;
    auto first = bench.acquire("a");
    auto second = bench.acquire("a");
    bench.clock.advance(4999ms);
    QVERIFY(!first.done());
    bench.clock.advance(1ms);
    QVERIFY(first.done() && second.done());
    QVERIFY(first.take().status().code() == absl::StatusCode::kDeadlineExceeded);
    QCOMPARE(bench.loads("demand", "timeout"), std::uint64_t{1});
    QCOMPARE(bench.loader->records().newest().outcome, LoadOutcome::Timeout);
    // What the backend has of it is dropped, and meanwhile counts as there.
    QCOMPARE(bench.backend->callsOf("unload").size(), std::size_t{1});
    QCOMPARE(bench.state("a"), std::string("unloading"));
    bench.backend->resume();
    poll(bench.io);
    QCOMPARE(bench.state("a"), std::string("failed"));
    QCOMPARE(bench.loader->residentBytes(), std::uint64_t{0});
    QVERIFY(bench.acquire("a").take().status().code() == absl::StatusCode::kUnavailable);
    bench.clock.advance(2s);
    auto later = bench.acquire("a");
    bench.clock.advance(200ms);
    QVERIFY(later.take().ok());
}

void TestLoader::queueManagement()
{
    Options options;
    options.concurrentMax = 1;
    options.queueMax = 2;
    Bench bench(options);
    auto running = bench.acquire("a");
    auto one = bench.acquire("b");
    auto two = bench.acquire("c");
    QCOMPARE(bench.loader->loading(), 1u);
    QCOMPARE(bench.loader->queued(), 2u);
    QCOMPARE(bench.registry.gaugeTotal("millrace_load_queue"), 2.0);
    QCOMPARE(bench.registry.histogramTotal("millrace_load_queue_depth").sum, 3.0);  // 1, then 2
    auto three = bench.acquire("d");
    QVERIFY(three.done());
    const Status refused = three.take().status();
    QVERIFY(refused.code() == absl::StatusCode::kResourceExhausted);
    QVERIFY(retryAfterOf(refused).has_value());
    QVERIFY2(text(refused).find("limit loader.queue_max: 2") != std::string::npos, text(refused).c_str());
    auto joins = bench.acquire("c");  // what waits already costs no place
    QVERIFY(!joins.done());
    bench.clock.advance(600ms);
    QVERIFY(running.take().ok() && one.take().ok() && two.take().ok() && joins.take().ok());
    QCOMPARE(bench.loader->queued(), 0u);
    const std::vector<std::string> expected{"a", "b", "c"};
    QCOMPARE(bench.loadOrder(), expected);
}

void TestLoader::concurrentLoads()
{
    Options options;
    options.concurrentMax = 3;
    Bench bench(options);
    std::vector<Running<StatusOr<ModelLease>>> all;
    for (const char* model : {"a", "b", "c", "d", "e"}) all.push_back(bench.acquire(model));
    QCOMPARE(bench.loader->loading(), 3u);
    QCOMPARE(bench.loader->queued(), 2u);
    QCOMPARE(bench.backend->runningMax, 3u);
    bench.clock.advance(200ms);
    QCOMPARE(bench.loader->loading(), 2u);
    bench.clock.advance(200ms);
    for (auto& each : all) QVERIFY(each.take().ok());
    QCOMPARE(bench.backend->runningMax, 3u);

    // Raised while it runs.
    Bench wider(options);
    std::vector<Running<StatusOr<ModelLease>>> more;
    for (const char* model : {"a", "b", "c", "d", "e"}) more.push_back(wider.acquire(model));
    options.concurrentMax = 5;
    testing::onStrand(wider.io, [&] { wider.loader->apply(options); });
    QCOMPARE(wider.loader->loading(), 5u);
}

void TestLoader::cacheIntegration()
{
    Bench bench(withPlaces(2));
    bench.serve("a", 10ms);
    bench.serve("b", 10ms);
    const auto loaded = bench.backend->callsOf("load").size();
    QCOMPARE(loaded, std::size_t{2});
    for (int repeat = 0; repeat < 10; ++repeat) {  // warm: no load, no wait
        auto warm = bench.acquire("a");
        QVERIFY(warm.done() && warm.take().ok());
    }
    QCOMPARE(bench.backend->callsOf("load").size(), loaded);
    QCOMPARE(bench.registry.counterTotal("millrace_load_acquires_total", {{"warmth", "warm"}}), std::uint64_t{10});

    // A third one needs room: b, which is asked for less, leaves; what is leased never does.
    auto held = bench.acquire("a").take();
    bench.serve("c", 10ms);
    QCOMPARE(bench.state("a"), std::string("warm"));
    QCOMPARE(bench.state("b"), std::string("cold"));
    QCOMPARE(bench.state("c"), std::string("warm"));
    QCOMPARE(bench.loader->records().at(1).unloadedWhy.english(), std::string("evicted for c"));
    const std::vector<std::string> expected{"b: evicted for c"};
    QCOMPARE(bench.events("model_evicted"), expected);

    // Both in use: the next one waits until the first lease ends.
    auto other = bench.acquire("c").take();
    auto waits = bench.acquire("d", Bench::context(bench.clock.now() + 10min));
    bench.clock.advance(10s);
    QVERIFY(!waits.done());
    other->release();
    poll(bench.io);
    QCOMPARE(bench.state("c"), std::string("cold"));
    bench.clock.advance(200ms);
    QVERIFY(waits.take().ok());
    QCOMPARE(bench.state("a"), std::string("warm"));
}

void TestLoader::priorityHandling()
{
    Options options;
    options.concurrentMax = 1;
    Bench bench(options);
    std::vector<Running<StatusOr<ModelLease>>> asks;
    asks.push_back(bench.acquire("a"));
    testing::onStrand(bench.io, [&] { bench.loader->load("b", Priority::Preload, nullptr); });
    asks.push_back(bench.acquire("c"));
    asks.push_back(bench.acquire("d"));
    asks.push_back(bench.acquire("e", Bench::context(TimePoint::max(), 5)));
    testing::onStrand(bench.io, [&] { bench.loader->load("f", Priority::Manual, nullptr); });
    bench.clock.advance(2s);
    const std::vector<std::string> expected{"a", "f", "e", "c", "d", "b"};
    QCOMPARE(bench.loadOrder(), expected);
}

void TestLoader::metricsTracking()
{
    Bench bench(withPlaces(2));
    bench.backend->loadFailures["f"] = internal("broken");
    bench.serve("a", 10ms);
    bench.serve("b", 10ms);
    bench.serve("a", 10ms);
    bench.serve("c", 10ms);
    auto broken = bench.acquire("f");
    bench.clock.advance(200ms);
    QVERIFY(!broken.take().ok());
    QCOMPARE(bench.loads("demand", "ok"), std::uint64_t{3});
    QCOMPARE(bench.loads("demand", "failed"), std::uint64_t{1});
    QCOMPARE(bench.registry.counterTotal("millrace_load_acquires_total", {{"warmth", "cold"}}), std::uint64_t{4});
    QCOMPARE(bench.registry.counterTotal("millrace_load_acquires_total", {{"warmth", "warm"}}), std::uint64_t{1});
    QCOMPARE(bench.registry.counterTotal("millrace_load_lru_warm_total"), std::uint64_t{1});
    const HistogramData seconds = bench.registry.histogramTotal("millrace_load_seconds");
    QCOMPARE(seconds.count, std::uint64_t{3});
    QVERIFY(std::abs(seconds.sum - 0.6) < 1e-6);
    QCOMPARE(bench.registry.gaugeTotal("millrace_load_loading"), 0.0);
    QVERIFY(bench.registry.gaugeTotal("millrace_load_resident_models") <= 2);
    QVERIFY(bench.registry.counterTotal("millrace_load_unloads_total", {{"reason", "evicted"}}) >= 1);
    const auto judged = bench.registry.counterTotal("millrace_load_predictions_total");
    QCOMPARE(judged, std::uint64_t{4});  // all requests but the first, of which nothing could be said
}

void TestLoader::aLoadReportsItsOutcome()
{
    Bench bench;
    std::vector<Status> outcomes;
    testing::onStrand(bench.io, [&] {
        for (const char* model : {"a", "nobody", "a"})
            bench.loader->load(model, Priority::Demand, [&](Status status) { outcomes.push_back(status); });
    });
    bench.clock.advance(200ms);
    QCOMPARE(outcomes.size(), std::size_t{3});
    QVERIFY(outcomes[0].code() == absl::StatusCode::kNotFound);
    QVERIFY(outcomes[1].ok());
    QVERIFY(outcomes[2].ok());
    QCOMPARE(bench.backend->callsOf("load").size(), std::size_t{1});
}

void TestLoader::waitersOfOneModelShareOneLoad()
{
    Bench bench;
    std::vector<Running<StatusOr<ModelLease>>> all;
    for (int index = 0; index < 50; ++index) all.push_back(bench.acquire("a"));
    QCOMPARE(bench.snapshot("a").leases, 50u);  // they count from the moment of asking
    bench.clock.advance(200ms);
    for (auto& each : all) QVERIFY(each.take().ok());
    QCOMPARE(bench.backend->callsOf("load").size(), std::size_t{1});
    all.clear();
    QCOMPARE(bench.snapshot("a").leases, 0u);
}

void TestLoader::cancelledWaiterLeavesAndItsQueuedLoadIsDropped()
{
    Options options;
    options.concurrentMax = 1;
    Bench bench(options);
    auto running = bench.acquire("a");
    const CancelSource cancel;
    CallContext context = Bench::context();
    context.cancel = cancel.token();
    auto waits = bench.acquire("b", context);
    QCOMPARE(bench.loader->queued(), 1u);
    testing::onStrand(bench.io, [&] { cancel.cancel("the client disconnected"); });
    QVERIFY(waits.done());
    QVERIFY(waits.take().status().code() == absl::StatusCode::kCancelled);
    QCOMPARE(bench.loader->queued(), 0u);
    bench.clock.advance(1s);
    QVERIFY(running.take().ok());
    QCOMPARE(bench.backend->callsOf("load").size(), std::size_t{1});  // nothing is loaded for nobody
    QCOMPARE(bench.state("b"), std::string("cold"));
}

void TestLoader::demandTakesTheSlotOfAPreload()
{
    Options options;
    options.concurrentMax = 1;
    Bench bench(options);
    testing::onStrand(bench.io, [&] { bench.loader->load("a", Priority::Preload, nullptr); });
    bench.clock.advance(50ms);
    QCOMPARE(bench.state("a"), std::string("loading"));
    auto urgent = bench.acquire("b");
    bench.clock.advance(200ms);
    QVERIFY(urgent.take().ok());
    QCOMPARE(bench.loads("manual", "cancelled"), std::uint64_t{1});
    QCOMPARE(bench.state("a"), std::string("cold"));
    QCOMPARE(bench.backend->callsOf("load")[0].outcome, std::string("Cancelled"));
}

void TestLoader::demandForAModelLoadedAheadIsLate()
{
    Options options = withPlaces(3);
    options.preload = true;
    Bench bench(options);
    for (int round = 0; round < 20; ++round)
        for (const char* model : {"a", "b", "c", "d"}) {
            bench.serve(model, 10ms);
            bench.clock.advance(1s);
        }
    const auto loadsBefore = bench.backend->callsOf("load").size();
    bench.serve("a", 10ms);
    bench.clock.advance(200ms);
    QCOMPARE(bench.state("b"), std::string("warm"));  // was loaded ahead while nobody asked
    bench.backend->loadTime = 500ms;
    bench.serve("b", 10ms);
    std::string ahead;
    for (const ModelSnapshot& each : bench.loader->models())
        if (each.preloading) ahead = each.model;
    QVERIFY2(!ahead.empty(), "nothing is being loaded ahead");
    // The backend knows which loads are urgent, and of those that become it.
    const auto all = bench.backend->callsOf("load");
    QCOMPARE(all.front().context.priority, 0);
    QCOMPARE(all.back().model, ahead);
    QVERIFY(all.back().context.priority < 0);
    QVERIFY(bench.backend->expedited.empty());
    auto waits = bench.acquire(ahead);
    QVERIFY(!waits.done());
    QCOMPARE(bench.backend->expedited, std::vector<std::string>{ahead});
    bench.clock.advance(500ms);
    QVERIFY(waits.take().ok());
    QCOMPARE(bench.loader->prediction().late, std::uint64_t{1});
    QVERIFY(bench.backend->callsOf("load").size() > loadsBefore);
    QCOMPARE(bench.registry.counterTotal("millrace_load_preloads_total", {{"verdict", "late"}}), std::uint64_t{1});
}

void TestLoader::whatCanNeverFitIsRefusedWithTheNumbers()
{
    Options options;
    options.budgetBytes = 25 * kMega;
    Bench bench(options);
    backend::ModelInfo huge;
    huge.name = "huge";
    huge.loaded = false;
    huge.bytes = 26 * kMega;
    bench.backend->models["huge"] = huge;
    testing::onStrand(bench.io, [&] { bench.loader->setCatalogue(bench.catalogue()); });
    auto refused = bench.acquire("huge");
    QVERIFY(refused.done());
    const Status status = refused.take().status();
    QVERIFY(status.code() == absl::StatusCode::kResourceExhausted);
    QVERIFY2(text(status).find("26 MiB") != std::string::npos && text(status).find("25 MiB") != std::string::npos,
             text(status).c_str());
    QVERIFY(bench.backend->calls.empty());
}

void TestLoader::alwaysWarmModelsCostNothing()
{
    Bench bench;
    auto fixed = std::make_shared<FakeBackend>(bench.clock, "remote");
    fixed->can.loads = false;
    std::vector<CatalogueEntry> entries = bench.catalogue();
    backend::ModelInfo gpt;
    gpt.name = "gpt";
    entries.push_back({"gpt", fixed, gpt});
    testing::onStrand(bench.io, [&] { bench.loader->setCatalogue(entries); });
    auto lease = start(bench.io, bench.loader->acquire("gpt", fixed, Bench::context()));
    QVERIFY(lease.done() && lease.take().ok());
    auto unlisted = start(bench.io, bench.loader->acquire("gpt-of-tomorrow", fixed, Bench::context()));
    QVERIFY(unlisted.done() && unlisted.take().ok());
    QVERIFY(bench.acquire("nobody").take().status().code() == absl::StatusCode::kNotFound);
    testing::onStrand(bench.io, [&] {
        QVERIFY(bench.loader->pin("gpt", true).code() == absl::StatusCode::kFailedPrecondition);
        const Status refused = bench.loader->setPolicy("gpt", {1min, true});
        QVERIFY(refused.code() == absl::StatusCode::kFailedPrecondition);
        QVERIFY2(text(refused).find("remote manages its models itself") == 0, text(refused).c_str());
        QVERIFY(bench.loader->setPolicy("gpt", {}).ok());  // nothing of its own: as it is
        QVERIFY(bench.loader->setPolicy("nobody", {}).code() == absl::StatusCode::kNotFound);
    });
    QVERIFY(start(bench.io, bench.loader->unload("gpt")).take().code() == absl::StatusCode::kFailedPrecondition);
    QCOMPARE(bench.loader->residentBytes(), std::uint64_t{0});
    QVERIFY(fixed->calls.empty());
}

void TestLoader::backendDownMakesItsModelsCold()
{
    Bench bench;
    bench.serve("a", 10ms);
    auto loading = bench.acquire("b");
    testing::onStrand(bench.io, [&] { bench.loader->backendDown("runtime"); });
    QVERIFY(loading.done());
    QVERIFY(loading.take().status().code() == absl::StatusCode::kUnavailable);
    QCOMPARE(bench.state("a"), std::string("cold"));
    QCOMPARE(bench.state("b"), std::string("cold"));
    QCOMPARE(bench.loader->residentBytes(), std::uint64_t{0});
    bench.clock.advance(1s);
    QCOMPARE(bench.state("b"), std::string("cold"));  // the late end of the load that was given up changes nothing
    bench.serve("a", 10ms);
    QCOMPARE(bench.state("a"), std::string("warm"));
}

void TestLoader::modelInUseIsClosedForOneThatWaitsLong()
{
    // Somebody always uses a; without an end to that, b would never be loaded.
    Options options = withPlaces(1);
    options.residencyMin = 1s;
    Bench bench(options);
    bench.serve("a", 10ms);
    auto held = bench.acquire("a").take();
    auto waits = bench.acquire("b");
    for (int step = 0; step < 9; ++step) {
        bench.clock.advance(100ms);
        auto next = bench.acquire("a");
        QVERIFY(next.done());
        held = next.take();
    }
    bench.clock.advance(200ms);
    auto next = bench.acquire("a");
    QVERIFY(!next.done());  // a takes nobody new: it queues behind b
    held->release();
    poll(bench.io);
    bench.clock.advance(200ms);
    QVERIFY(waits.done() && !next.done());
    auto b = waits.take();
    QVERIFY(b.ok());
    bench.clock.advance(500ms);
    QVERIFY(!next.done());
    b->release();
    poll(bench.io);
    bench.clock.advance(200ms);
    QVERIFY(next.done() && next.take().ok());
    const std::vector<std::string> expected{"a", "b", "a"};
    QCOMPARE(bench.loadOrder(), expected);
}

void TestLoader::unloadRefusesWhatIsInUse()
{
    Bench bench;
    auto lease = bench.acquire("a");
    bench.clock.advance(200ms);
    auto held = lease.take();
    const Status refused = start(bench.io, bench.loader->unload("a")).take();
    QVERIFY(refused.code() == absl::StatusCode::kFailedPrecondition);
    held->release();
    QVERIFY(start(bench.io, bench.loader->unload("a")).take().ok());
    QCOMPARE(bench.state("a"), std::string("cold"));
    QVERIFY(start(bench.io, bench.loader->unload("a")).take().ok());  // nothing to do is fine
    QCOMPARE(bench.backend->callsOf("unload").size(), std::size_t{1});

    // A backend that does not let go: told, and the model stays in the books.
    bench.serve("a", 10ms);
    bench.backend->failures.push_back(internal("busy"));
    const Status failed = start(bench.io, bench.loader->unload("a")).take();
    QVERIFY(failed.code() == absl::StatusCode::kInternal);
    QCOMPARE(bench.state("a"), std::string("warm"));
}

void TestLoader::pinnedModelStaysAndComesBack()
{
    Bench bench(withPlaces(2));
    testing::onStrand(bench.io, [&] { QVERIFY(bench.loader->pin("a", true).ok()); });
    bench.clock.advance(200ms);
    QCOMPARE(bench.state("a"), std::string("warm"));  // pinned means loaded
    QCOMPARE(bench.loader->records().newest().cause, Cause::Pin);
    for (const char* model : {"b", "c", "d", "b", "c", "d"}) bench.serve(model, 10ms);
    QCOMPARE(bench.state("a"), std::string("warm"));
    QVERIFY(start(bench.io, bench.loader->unload("a")).take().code() == absl::StatusCode::kFailedPrecondition);
    testing::onStrand(bench.io, [&] {
        QVERIFY(bench.loader->pin("b", true).ok());
        QVERIFY(bench.loader->pin("c", true).code() == absl::StatusCode::kResourceExhausted);
    });
    bench.clock.advance(1s);
    QVERIFY(bench.acquire("d").take().status().code() == absl::StatusCode::kResourceExhausted);

    // Its backend comes back empty: pinned models return by themselves.
    testing::onStrand(bench.io, [&] { bench.loader->backendDown("runtime"); });
    for (auto& [name, info] : bench.backend->models) info.loaded = false;
    bench.clock.advance(10s);
    testing::onStrand(bench.io, [&] { bench.loader->setCatalogue(bench.catalogue()); });
    bench.clock.advance(1s);
    QCOMPARE(bench.state("a"), std::string("warm"));
    QCOMPARE(bench.state("b"), std::string("warm"));
}

void TestLoader::idleModelLeavesAfterItsTime()
{
    Options options;
    options.idleTtl = 1min;
    options.preload = false;
    Bench bench(options);
    bench.serve("a", 10ms);
    bench.clock.advance(30s);
    bench.serve("a", 10ms);
    bench.clock.advance(59s);
    QCOMPARE(bench.state("a"), std::string("warm"));
    bench.clock.advance(1s);
    QCOMPARE(bench.state("a"), std::string("cold"));
    QCOMPARE(bench.loader->records().newest().unloadedWhy.english(), std::string("unloaded after 60 s without use"));
}

/// The alarm of a model that was in use when it was set, and then used by nobody, was never set: it stayed.
void TestLoader::timeToLiveBeginsWhenTheLastRequestEnds()
{
    Options options;
    options.idleTtl = 1min;
    options.preload = false;
    Bench bench(options);
    auto running = bench.acquire("a");
    bench.clock.advance(200ms);
    auto lease = running.take();
    QVERIFY(lease.ok());
    bench.clock.advance(10min);  // a long chat
    lease->release();
    bench.clock.advance(59s);
    QCOMPARE(bench.state("a"), std::string("warm"));
    bench.clock.advance(1s);
    QCOMPARE(bench.state("a"), std::string("cold"));
}

void TestLoader::aModelHasItsOwnRules()
{
    Bench bench(withPlaces(6));
    const auto set = [&](const std::string& model, const ModelPolicy& policy) {
        testing::onStrand(bench.io, [&] { QVERIFY(bench.loader->setPolicy(model, policy).ok()); });
    };
    set("a", {1min, true});
    set("b", {std::nullopt, false});
    for (const char* model : {"a", "b", "c"}) bench.serve(model, 10ms);
    QVERIFY(bench.snapshot("a").policy == ModelPolicy({1min, true}));
    QVERIFY(bench.loader->policyOf("b") == ModelPolicy({std::nullopt, false}));
    bench.clock.advance(10min);
    QCOMPARE(bench.state("a"), std::string("cold"));
    QCOMPARE(bench.state("b"), std::string("warm"));
    QVERIFY(start(bench.io, bench.loader->unload("b")).take().ok());
    QCOMPARE(bench.snapshot("b").reason.english(),
             std::string("unloaded for a client; preloading is off for this model"));
    QCOMPARE(bench.snapshot("a").reason.english(), std::string("unloaded after 60 s without use"));

    // At each backend that has it, and at one that comes later.
    auto other = std::make_shared<FakeBackend>(bench.clock, "other");
    backend::ModelInfo info;
    info.name = "a";
    info.loaded = true;
    auto entries = bench.catalogue();
    entries.push_back({"a", other, info});
    testing::onStrand(bench.io, [&] { bench.loader->setCatalogue(entries); });
    for (const ModelSnapshot& each : bench.loader->models())
        if (each.model == "a") QVERIFY(each.policy == ModelPolicy({1min, true}));
    bench.clock.advance(1min);
    QCOMPARE(other->callsOf("unload").size(), std::size_t{1});
}

void TestLoader::learningSurvivesARestart()
{
    const QTemporaryDir folder;
    const std::string file = folder.filePath("deep/load.json").toStdString();
    Options options = withPlaces(6);
    {
        Bench bench(options, {"a", "b", "c", "d"}, file);
        bench.backend->models["b"].bytes = 12 * kMega;  // what it really takes is not what the list said
        for (int round = 0; round < 30; ++round)
            for (const char* model : {"a", "b", "c"}) {
                bench.serve(model, 10ms);
                bench.clock.advance(1s);
            }
        testing::onStrand(bench.io, [&] {
            QVERIFY(bench.loader->pin("d", true).ok());
            QVERIFY(bench.loader->setPolicy("a", {2min, true}).ok());
            QVERIFY(bench.loader->setPolicy("c", {0ms, false}).ok());
        });
        bench.clock.advance(1s);
        start(bench.io, bench.loader->stop()).take();
    }
    Bench again(options, {"a", "b", "c", "d"}, file);
    QCOMPARE(again.snapshot("b").bytes, 12 * kMega);
    QVERIFY(again.snapshot("d").pinned);
    QVERIFY(again.snapshot("a").policy == ModelPolicy({2min, true}));
    QVERIFY(again.snapshot("b").policy == ModelPolicy());
    QVERIFY(again.snapshot("c").policy == ModelPolicy({0ms, false}));
    QVERIFY(again.snapshot("a").etaMs.has_value());
    again.serve("a", 10ms);
    QVERIFY2(again.snapshot("b").nextProbability > 0.8, std::to_string(again.snapshot("b").nextProbability).c_str());
}

void TestLoader::unreadableStateIsReportedAndReplaced()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath("load.json");
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("{\"version\": 1, \"models\": 7");
    file.close();
    {
        Bench bench({}, {"a"}, path.toStdString());
        QCOMPARE(bench.events("load_state_unread").size(), std::size_t{1});
        bench.serve("a", 10ms);
        start(bench.io, bench.loader->stop()).take();
    }
    Bench again({}, {"a"}, path.toStdString());
    QCOMPARE(again.events("load_state_unread").size(), std::size_t{0});
}

void TestLoader::stopLetsRunningLoadsEnd()
{
    Options options;
    options.concurrentMax = 1;
    Bench bench(options);
    auto running = bench.acquire("a");
    auto queued = bench.acquire("b");
    auto stopped = start(bench.io, bench.loader->stop());
    QVERIFY(queued.done());
    QVERIFY(queued.take().status().code() == absl::StatusCode::kUnavailable);
    QVERIFY(!stopped.done() && !running.done());
    QVERIFY(bench.acquire("c").take().status().code() == absl::StatusCode::kUnavailable);
    bench.clock.advance(200ms);
    QVERIFY(stopped.done());
    QVERIFY(running.take().ok());
}

void TestLoader::storyTellsWhyItWaited()
{
    Bench bench(withPlaces(1));
    CallContext first = Bench::context();
    auto one = bench.acquire("a", first);
    QCOMPARE(first.trace->phase(), Phase::Model);
    bench.clock.advance(200ms);
    QVERIFY(one.take().ok());
    QVERIFY(first.trace->spent(Phase::Model) == 200ms);
    QVERIFY(first.trace->loading == 200ms);
    QCOMPARE(first.trace->decisions.size(), std::size_t{1});
    QCOMPARE(first.trace->decisions[0].text(), std::string("waited 200 ms for a to load: it had not been loaded yet"));
    bench.serve("b", 10ms);
    bench.clock.advance(38s);
    CallContext again = Bench::context();
    auto two = bench.acquire("a", again);
    bench.clock.advance(200ms);
    QVERIFY(two.take().ok());
    QCOMPARE(again.trace->decisions[0].text(),
             std::string("waited 200 ms for a to load: it was evicted for b, 38 s ago"));
    CallContext warm = Bench::context();
    QVERIFY(bench.acquire("a", warm).take().ok());
    QVERIFY(warm.trace->decisions.empty());
    QVERIFY(warm.trace->spent(Phase::Model) == Duration::zero());
}

QTEST_GUILESS_MAIN(TestLoader)
#include "tst_loader.moc"
