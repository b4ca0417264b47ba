// SPDX-License-Identifier: GPL-3.0-or-later
#include "load/eta_model.h"
#include "load/eviction_policy_selector.h"
#include "load/ghost_lru.h"
#include "load/load_core.h"
#include "load/predictor.h"
#include "load/preload_policy.h"

#include <QTest>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

using namespace millrace;
using namespace millrace::load;
using millrace::backend::ModelKind;

namespace {

struct Request {
    std::string model;
    std::string client = "agent";
    Duration gap = 1s;
};
using Requests = std::vector<Request>;

Requests looped(const std::vector<std::string>& pattern, std::size_t length)
{
    Requests requests;
    for (std::size_t index = 0; index < length; ++index) requests.push_back({pattern[index % pattern.size()]});
    return requests;
}

/// Share of the requests from `from` on whose model was the first guess.
double accuracy(Predictor& predictor, const Requests& requests, std::size_t from)
{
    TimePoint now = TimePoint{} + 1h;
    std::size_t right = 0;
    for (std::size_t index = 0; index < requests.size(); ++index) {
        now += requests[index].gap;
        const auto rank =
            predictor.observe(predictor.symbol(requests[index].model), clientKey(requests[index].client), now);
        if (index >= from && rank == 1u) ++right;
    }
    return static_cast<double>(right) / static_cast<double>(requests.size() - from);
}

Requests noisyLoop(std::mt19937& random, const std::vector<std::string>& pattern, std::size_t length, unsigned noise)
{
    Requests requests;
    for (std::size_t index = 0; index < length; ++index)
        requests.push_back(
            {random() % 100 < noise ? pattern[random() % pattern.size()] : pattern[index % pattern.size()]});
    return requests;
}

}  // namespace

class TestPredictor : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void learnsWhatComesNext_data();
    void learnsWhatComesNext();
    void patternedTrafficWithNoise_data();
    void patternedTrafficWithNoise();
    void keepsUpWithTheBestSingleExpert();
    void probabilitiesAddUp();
    void explainsItself();
    void countsItsScore();
    void changesAreScoredByThemselves();
    void replayBringsTheForecastBack();
    void floodsAreCountedNotLearned();
    void catalogueOfThousandsBlindsNobody();
    void numbersOfForgottenModelsAreGivenAgain();
    void staysWithinItsBounds();
    void timesComeFromTheModelThenFromItsKind();
    void whatABackendNeedsOnceIsNotTakenForTheModels();
    void lruShadowIsLru();
    void choosesTheWayThatKeepsTheRightModels();
    void preloadThresholdFollowsTheVerdicts();
    void coreCountsHitsAndDemandLoads();
};

void TestPredictor::learnsWhatComesNext_data()
{
    QTest::addColumn<QVector<QString>>("pattern");
    QTest::addColumn<double>("least");
    QTest::newRow("the same again and again") << QVector<QString>{"a"} << 1.0;
    QTest::newRow("two taking turns") << QVector<QString>{"a", "b"} << 0.99;
    QTest::newRow("what follows depends on the two before") << QVector<QString>{"a", "b", "a", "c"} << 0.99;
    QTest::newRow("what follows depends on the three before")
        << QVector<QString>{"a", "b", "c", "d", "b", "c", "e", "b", "a"} << 0.99;
    QTest::newRow("runs of set lengths") << QVector<QString>{"a", "a", "a", "a", "a", "b", "b"} << 0.97;
    QTest::newRow("runs longer than any memory of orders")
        << QVector<QString>{"a", "a", "a", "a", "a", "a", "a", "b", "c", "c", "c", "c", "c", "b"} << 0.95;
}

void TestPredictor::learnsWhatComesNext()
{
    QFETCH(QVector<QString>, pattern);
    QFETCH(double, least);
    std::vector<std::string> models;
    for (const QString& each : pattern) models.push_back(each.toStdString());
    Predictor predictor;
    const double right = accuracy(predictor, looped(models, 600), 300);
    QVERIFY2(right >= least, std::to_string(right).c_str());
}

void TestPredictor::patternedTrafficWithNoise_data()
{
    QTest::addColumn<QVector<QString>>("pattern");
    QTest::newRow("plan, write, write, review, embed") << QVector<QString>{"plan", "write", "write", "review", "embed"};
    QTest::newRow("longer loop with a model twice") << QVector<QString>{"a", "b", "b", "c", "d", "b", "e", "f"};
    QTest::newRow("draft and target") << QVector<QString>{"draft", "target", "draft", "target", "judge"};
}

void TestPredictor::patternedTrafficWithNoise()
{
    QFETCH(QVector<QString>, pattern);
    std::vector<std::string> models;
    for (const QString& each : pattern) models.push_back(each.toStdString());
    const unsigned seed = 11;
    std::mt19937 random(seed);
    Predictor predictor;
    const double right = accuracy(predictor, noisyLoop(random, models, 3000, 5), 200);
    QVERIFY2(right >= 0.85, ("seed 11: " + std::to_string(right)).c_str());
}

void TestPredictor::keepsUpWithTheBestSingleExpert()
{
    // Traffic whose nature changes: loop, then mostly one model, then two clients interleaved at random.
    std::mt19937 random(23);
    Requests requests = noisyLoop(random, {"a", "b", "c", "d"}, 1500, 10);
    for (int index = 0; index < 1500; ++index)
        requests.push_back({random() % 10 < 7 ? "a" : std::string(1, static_cast<char>('b' + random() % 5))});
    const std::vector<std::vector<std::string>> own{{"a", "b"}, {"c", "d", "e"}};
    std::vector<std::size_t> at(2);
    for (int index = 0; index < 1500; ++index) {
        const std::size_t who = random() % 10 < 8 ? 0 : 1;
        requests.push_back({own[who][at[who]++ % own[who].size()], who == 0 ? "left" : "right"});
    }
    Predictor predictor;
    const double ours = accuracy(predictor, requests, 0);
    double best = 0;
    for (const auto& expert : predictor.experts())
        best = std::max(best, static_cast<double>(expert.right) / static_cast<double>(predictor.judged()));
    QVERIFY2(ours >= best - 0.01, (std::to_string(ours) + " against " + std::to_string(best)).c_str());
}

void TestPredictor::probabilitiesAddUp()
{
    std::mt19937 random(5);
    Predictor predictor;
    TimePoint now = TimePoint{} + 1h;
    for (int index = 0; index < 400; ++index) {
        now += std::chrono::milliseconds(random() % 100'000);
        predictor.observe(predictor.symbol("m" + std::to_string(random() % 12)),
                          clientKey("client" + std::to_string(random() % 4) + " · " + std::to_string(random() % 9)),
                          now);
        double sum = 0;
        for (Symbol model = 0; model < predictor.models(); ++model) {
            QVERIFY(predictor.probability(model) >= 0);
            sum += predictor.probability(model);
        }
        QVERIFY2(std::abs(sum - 1) < 1e-6, std::to_string(sum).c_str());
        QVERIFY(predictor.top()[0].probability >= predictor.top()[1].probability);
        QVERIFY(predictor.top()[1].probability >= predictor.top()[2].probability);
    }
}

void TestPredictor::explainsItself()
{
    Predictor predictor;
    accuracy(predictor, looped({"a", "b", "c"}, 121), 0);  // ends with a
    const std::string why = predictor.explain(*predictor.find("b"));
    QVERIFY2(why == "after b → c → a, b came 39 of 39 times", why.c_str());
    Predictor same;
    accuracy(same, looped({"a"}, 50), 0);
    QVERIFY(!same.explain(*same.find("a")).empty());
    QVERIFY(same.explain(99).empty());
}

void TestPredictor::countsItsScore()
{
    Predictor predictor;
    QVERIFY(!predictor.accuracy());
    accuracy(predictor, looped({"a", "b"}, 401), 0);
    QCOMPARE(predictor.judged(), std::uint64_t{400});  // of the first one nothing was foreseen
    QCOMPARE(predictor.repeats(), std::uint64_t{0});
    QVERIFY(*predictor.accuracy() > 0.97);
    QVERIFY(predictor.right() <= predictor.rightTop3() && predictor.rightTop3() <= predictor.judged());
    QVERIFY(!predictor.bestExpert().empty());
    QCOMPARE(predictor.followed(*predictor.find("a"), *predictor.find("b")), 1.0);
    QCOMPARE(predictor.mostUsed(1).size(), std::size_t{1});
}

/// Runs of one model make nearly every request the first guess, whatever follows a run: what preloading lives on is
/// another figure.
void TestPredictor::changesAreScoredByThemselves()
{
    const std::vector<std::string> models{"a", "b", "c", "d", "e", "f"};
    std::mt19937 random(5);
    for (const bool regular : {true, false}) {
        Predictor predictor;
        Requests requests;
        std::size_t at = 0;
        for (int run = 0; run < 120; ++run) {
            for (int i = 0; i < 20; ++i) requests.push_back({models[at]});
            at = (at + (regular ? 1 : 1 + random() % 5)) % models.size();
        }
        QVERIFY(!predictor.changeAccuracy());
        (void)accuracy(predictor, requests, 0);
        QVERIFY(*predictor.accuracy() > 0.9);
        QCOMPARE(predictor.changesJudged(), std::uint64_t{119});
        QVERIFY2((*predictor.changeAccuracy() > 0.9) == regular, std::to_string(*predictor.changeAccuracy()).c_str());
        if (!regular) QVERIFY(*predictor.changeAccuracy() < 0.5);
    }
}

void TestPredictor::replayBringsTheForecastBack()
{
    std::mt19937 random(3);
    Predictor first;
    accuracy(first, noisyLoop(random, {"a", "b", "c", "d", "e"}, 800, 10), 0);
    Predictor second;
    for (std::uint64_t at = first.log().begin(); at < first.log().end(); ++at) {
        const auto& logged = first.log().at(at);
        second.replay(second.symbol(first.name(logged.model)), first.programs()[logged.program], logged.client,
                      fromMs(logged.gapMs));
    }
    for (Symbol model = 0; model < first.models(); ++model) {
        const auto same = second.find(first.name(model));
        QVERIFY(same.has_value());
        QVERIFY(std::abs(first.probability(model) - second.probability(*same)) < 1e-9);
    }
    QCOMPARE(second.judged(), std::uint64_t{0});  // the score is of this run
}

void TestPredictor::floodsAreCountedNotLearned()
{
    Options options;
    LoadCore core(options);
    const TimePoint start = TimePoint{} + 1h;
    core.setCatalogue({{"a", "r", {}, true, true, 10}, {"b", "r", {}, true, true, 10}}, start);
    const EntryId a = *core.find("a", "r"), b = *core.find("b", "r");
    TimePoint now = start;
    constexpr int kRequests = 20'000;
    for (int index = 0; index < kRequests; ++index) {  // within one second
        now += 50us;
        const EntryId entry = index % 2 == 0 ? a : b;
        QVERIFY(core.request(entry, "flood", now));
        core.scheduler().release(entry, now);
    }
    // One allowance for requests, one for changes of a program's model, which all of these are.
    const double most = 2 * (TokenBucket::kBurst + TokenBucket::kPerSecond + 1);
    QVERIFY(core.predictor().log().end() <= static_cast<std::uint64_t>(most));
    QCOMPARE(core.predictor().judged(), std::uint64_t{kRequests - 1});  // each was judged all the same
    QCOMPARE(core.scheduler().at(a).requests, std::uint64_t{kRequests / 2});
}

/// Each listed model used to have a number, and after 1024 of them there was none for the next.
void TestPredictor::catalogueOfThousandsBlindsNobody()
{
    LoadCore core{Options{}};
    TimePoint now = TimePoint{} + 1h;
    std::vector<EntrySpec> models;
    for (int index = 0; index < 3000; ++index)
        models.push_back({"hosted-" + std::to_string(index), "hosted", {}, false, true, 0});
    models.push_back({"a", "r", {}, true, true, 10});
    models.push_back({"b", "r", {}, true, true, 10});
    core.setCatalogue(models, now);
    QCOMPARE(core.predictor().models(), std::size_t{2});
    const auto ask = [&](const std::string& model, const std::string& backend) {
        now += 1s;
        const EntryId entry = *core.find(model, backend);
        if (core.request(entry, "client", now)) core.release(entry, now);
    };
    for (int index = 0; index < 40; ++index) {
        ask(index % 2 == 0 ? "a" : "b", "r");
        ask("hosted-" + std::to_string(index), "hosted");  // of these there is nothing to decide, nor to learn
    }
    QCOMPARE(core.predictor().models(), std::size_t{2});
    QCOMPARE(core.predictor().judged(), std::uint64_t{39});
    QVERIFY(core.predictor().probability(*core.predictor().find("a")) > 0.8);

    // As many that can be loaded: those that are asked for have their numbers all the same.
    for (int index = 0; index < 3000; ++index)
        models.insert(models.begin(), {"local-" + std::to_string(index), "r", {}, true, true, 10});
    LoadCore crowded{Options{}};
    crowded.setCatalogue(models, now);
    QVERIFY(crowded.predictor().models() <= Predictor::kListedMax);
    for (int index = 0; index < 40; ++index) {
        now += 1s;
        const EntryId entry = *crowded.find(index % 2 == 0 ? "a" : "b", "r");
        if (crowded.request(entry, "client", now)) crowded.release(entry, now);
    }
    QCOMPARE(crowded.predictor().judged(), std::uint64_t{39});
    QVERIFY(crowded.predictor().probability(*crowded.predictor().find("a")) > 0.8);
}

void TestPredictor::numbersOfForgottenModelsAreGivenAgain()
{
    LoadCore core{Options{}};
    TimePoint now = TimePoint{} + 1h;
    const auto listed = [&](int from, int to) {
        std::vector<EntrySpec> models{{"a", "r", {}, true, true, 10}, {"b", "r", {}, true, true, 10}};
        for (int index = from; index < to; ++index)
            models.push_back({"m" + std::to_string(index), "r", {}, true, true, 10});
        core.setCatalogue(models, now);
    };
    const auto ask = [&](const std::string& model) {
        now += 1s;
        const EntryId entry = *core.find(model, "r");
        if (core.request(entry, "client", now)) core.release(entry, now);
    };
    for (int round = 0; round < 4; ++round) {  // more than kModelsMax in all
        listed(round * 600, (round + 1) * 600);
        for (int index = round * 600; index < (round + 1) * 600; ++index) {
            ask("m" + std::to_string(index));
            if (index % 8 == 0) ask("a"), ask("b");
        }
        QVERIFY(core.predictor().models() <= Predictor::kModelsMax);
    }
    QVERIFY(core.predictor().find("a").has_value() && core.predictor().find("m2399").has_value());
    QVERIFY(!core.predictor().find("m0").has_value());
    QVERIFY(core.predictor().judged() > 2000u);  // the score goes on
    for (int index = 0; index < 60; ++index) ask(index % 2 == 0 ? "a" : "b");
    QVERIFY(core.predictor().probability(*core.predictor().find("a")) > 0.5);
}

void TestPredictor::staysWithinItsBounds()
{
    Predictor predictor;
    TimePoint now = TimePoint{} + 1h;
    for (std::size_t index = 0; index < Predictor::kModelsMax + 10; ++index)
        predictor.symbol("m" + std::to_string(index));
    QCOMPARE(predictor.models(), Predictor::kModelsMax);
    QCOMPARE(predictor.symbol("one more"), kNoSymbol);
    QVERIFY(!predictor.observe(kNoSymbol, clientKey("x"), now).has_value());
    Predictor small;
    for (std::size_t index = 0; index < 3 * ClientExpert::kClientsMax; ++index) {
        now += 1s;
        small.observe(small.symbol("m" + std::to_string(index % 7)), clientKey("c" + std::to_string(index)), now);
    }
    QVERIFY(small.programs().size() <= 512);
    FollowTable table(8);
    for (std::uint64_t key = 0; key < 3 * FollowTable::kRowsMax; ++key) table.add(key, 1);
    QVERIFY(table.size() <= FollowTable::kRowsMax);
    QVERIFY(table.find(3 * FollowTable::kRowsMax - 1) != nullptr);  // the newest are kept
}

void TestPredictor::timesComeFromTheModelThenFromItsKind()
{
    EtaModel times;
    QVERIFY(!times.mean("a", ModelKind::Text));
    for (int index = 0; index < 50; ++index) times.learned("big", ModelKind::Text, index % 2 == 0 ? 900ms : 1100ms);
    QVERIFY(std::abs(toMs(*times.mean("big", ModelKind::Text)) - 1000) < 20);
    // mean + 3 sigma, sigma about 100
    QVERIFY(std::abs(toMs(*times.bound("big", ModelKind::Text)) - 1300) < 40);
    QVERIFY(std::abs(toMs(*times.mean("new", ModelKind::Text)) - 1000) < 20);  // like its kind
    QVERIFY(!times.mean("new", ModelKind::Classifier));
    times.learned("new", ModelKind::Text, 200ms);
    const double one = toMs(*times.mean("new", ModelKind::Text));
    QVERIFY2(one > 700 && one < 900, std::to_string(one).c_str());  // part of the way
    for (int index = 0; index < 4; ++index) times.learned("new", ModelKind::Text, 200ms);
    QVERIFY(std::abs(toMs(*times.mean("new", ModelKind::Text)) - 200) < 1);
    // A deviation of nothing is not believed.
    QVERIFY(times.bound("new", ModelKind::Text) > 250ms);
    // A disk that became slower shows.
    for (int index = 0; index < 100; ++index) times.learned("big", ModelKind::Text, 3s);
    QVERIFY(toMs(*times.mean("big", ModelKind::Text)) > 2700);
}

void TestPredictor::whatABackendNeedsOnceIsNotTakenForTheModels()
{
    EtaModel times;
    times.learned("first", ModelKind::Classifier, 1500ms, true);
    QVERIFY(std::abs(toMs(*times.mean("first", ModelKind::Classifier)) - 1500) < 1);  // better than nothing
    QVERIFY(std::abs(toMs(*times.mean("other", ModelKind::Classifier)) - 1500) < 1);
    times.learned("second", ModelKind::Classifier, 5ms);
    QVERIFY(toMs(*times.mean("first", ModelKind::Classifier)) < 6);
    QVERIFY(toMs(*times.mean("other", ModelKind::Classifier)) < 6);
}

void TestPredictor::lruShadowIsLru()
{
    std::mt19937 random(8);
    GhostLru shadow;
    std::vector<std::pair<std::uint32_t, std::uint64_t>> plain;  // newest first
    const GhostLru::Limits limits{100, 4};
    for (int index = 0; index < 5000; ++index) {
        const auto model = static_cast<std::uint32_t>(random() % 9);
        const std::uint64_t bytes = 10 + model * 7;
        const auto place =
            std::find_if(plain.begin(), plain.end(), [&](const auto& each) { return each.first == model; });
        const bool warm = place != plain.end();
        if (warm) plain.erase(place);
        plain.insert(plain.begin(), {model, bytes});
        const auto sum = [&] {
            std::uint64_t all = 0;
            for (const auto& each : plain) all += each.second;
            return all;
        };
        while (plain.size() > 4 || (plain.size() > 1 && sum() > 100)) plain.pop_back();
        QCOMPARE(shadow.request(model, bytes, limits), warm);
        QCOMPARE(shadow.bytes(), sum());
    }
    shadow.forget(plain.front().first);
    QVERIFY(!shadow.holds(plain.front().first));
}

void TestPredictor::choosesTheWayThatKeepsTheRightModels()
{
    const GhostLru::Limits limits{1'000'000, 3};
    const auto run = [&](const auto& next) {
        Predictor predictor;
        GhostLru lru;
        EvictionPolicySelector chooser;
        TimePoint now = TimePoint{} + 1h;
        for (int index = 0; index < 4000; ++index) {
            const Symbol model = predictor.symbol("m" + std::to_string(next()));
            const bool warm = lru.request(model, 1, limits);
            chooser.request(model, 1, limits, warm,
                            [&](std::uint32_t other, EvictionPolicy policy) { return predictor.value(other, policy); });
            now += 1s;
            predictor.observe(model, clientKey("c"), now);
        }
        return chooser;
    };
    std::mt19937 random(4);
    // Working set of the latest: depth of the last use falls off geometrically. Frequency misleads.
    std::vector<int> order(20);
    for (int index = 0; index < 20; ++index) order[static_cast<std::size_t>(index)] = index;
    std::geometric_distribution<int> depth(0.35);
    const EvictionPolicySelector recent = run([&] {
        const auto place = order.begin() + std::min(depth(random), 19);
        std::rotate(order.begin(), place, place + 1);
        return order.front();
    });
    QVERIFY2(recent.best() != EvictionPolicy::Blend, name(recent.best()));
    QVERIFY(recent.score(recent.best()) + 10 > recent.score(EvictionPolicy::Recent));
    // Fixed popularity: LRU misleads.
    std::discrete_distribution<int> popular({20, 10, 7, 5, 4, 3, 3, 2, 2, 2, 1, 1, 1, 1, 1});
    const EvictionPolicySelector frequent = run([&] { return popular(random); });
    QVERIFY2(frequent.best() != EvictionPolicy::Recent, name(frequent.best()));
    QVERIFY(frequent.score(frequent.best()) > 1.1 * frequent.score(EvictionPolicy::Recent));
}

void TestPredictor::preloadThresholdFollowsTheVerdicts()
{
    PreloadPolicy policy(0.25);
    for (int index = 0; index < 7; ++index) policy.recordOutcome(Verdict::Wasted);
    QCOMPARE(policy.threshold(), 0.25);  // too few to say
    for (int index = 0; index < 10; ++index) policy.recordOutcome(Verdict::Wasted);
    const double high = policy.threshold();
    QVERIFY(high > 0.6);
    for (int index = 0; index < 100; ++index) policy.recordOutcome(Verdict::Wasted);
    QVERIFY(policy.threshold() <= PreloadPolicy::kMost);
    for (int index = 0; index < 60; ++index) policy.recordOutcome(index % 5 == 0 ? Verdict::Late : Verdict::Hit);
    QCOMPARE(policy.threshold(), 0.25);  // never below the setting
    for (int index = 0; index < 60; ++index) policy.recordOutcome(Verdict::Wasted);
    for (int index = 0; index < 2000; ++index) policy.passed();
    QVERIFY(policy.threshold() < 0.27);  // tried again in the end
    policy.setFloor(0.5);
    QCOMPARE(policy.threshold(), 0.5);
}

void TestPredictor::coreCountsHitsAndDemandLoads()
{
    Options options;
    options.residentMax = 2;
    options.residencyMin = 0ms;
    LoadCore core(options);
    TimePoint now = TimePoint{} + 1h;
    core.setCatalogue(
        {{"a", "r", {}, true, false, 10}, {"b", "r", {}, true, false, 10}, {"c", "r", {}, true, false, 10}}, now);
    IdSource<WaiterId> ids;
    const auto carryOut = [&] {
        for (;;) {
            const std::vector<Effect> effects = core.takeEffects();
            if (effects.empty()) return;
            for (const Effect& effect : effects) {
                if (const auto* load = std::get_if<StartLoad>(&effect))
                    core.scheduler().loadEnded(load->entry, load->load, absl::OkStatus(), 0, now);
                if (const auto* unload = std::get_if<StartUnload>(&effect))
                    core.scheduler().unloadEnded(unload->entry, unload->unload, absl::OkStatus(), now);
            }
        }
    };
    int cold = 0;
    for (int index = 0; index < 300; ++index) {
        now += 1s;
        const EntryId entry = *core.find(std::string(1, "abc"[index % 3]), "r");
        if (!core.request(entry, "agent", now)) {
            ++cold;
            QVERIFY(core.scheduler().ask(entry, ids.next(), {}, now).ok());
            carryOut();
        }
        core.scheduler().release(entry, now);
        core.considerPreload(now);
        carryOut();
    }
    QCOMPARE(core.demandLoads(), static_cast<std::uint64_t>(cold));
    const PredictionSnapshot told = core.prediction();
    QVERIFY(told.hits > 200);
    QVERIFY(std::abs(*told.hitRate -
                     static_cast<double>(told.hits) / static_cast<double>(told.hits + core.demandLoads())) < 1e-9);
    QVERIFY(*told.hitRate > 0.9);
    QCOMPARE(*told.lruHitRate, 0.0);  // three models in turn, two places: LRU never has the next one
    QVERIFY(*told.warmRate > 0.9);
}

QTEST_GUILESS_MAIN(TestPredictor)
#include "tst_predictor.moc"
