// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/fake_engine_client.h"
#include "control.pb.h"
#include "format/numbers.h"
#include "format/said.h"
#include "format/translation.h"
#include "items/batch_strip.h"
#include "items/load_timeline.h"
#include "items/matrix_view.h"
#include "items/square_row.h"
#include "support/enum_of.h"
#include "support/sorted_table.h"
#include "viewmodels/batches_view_model.h"
#include "viewmodels/connections_view_model.h"
#include "viewmodels/flow_view_model.h"
#include "viewmodels/load_spans.h"
#include "viewmodels/models_view_model.h"
#include "viewmodels/requests_view_model.h"
#include "viewmodels/session.h"
#include "viewmodels/streams_view_model.h"

#include <QtTest/QAbstractItemModelTester>
#include <QtTest/QSignalSpy>
#include <QtTest/QTest>

#include <numeric>

using namespace millrace::desktop;

namespace {

constexpr std::int64_t kStart = 1'700'000'000'000;

template <class ViewModel>
struct Console {
    Console()
        : client(new FakeEngineClient(false, kStart)), session(std::unique_ptr<EngineClient>(client)), page(session)
    {}
    void open(int seconds = 3)
    {
        client->start();
        page.setActive(true);
        for (int i = 0; i < seconds; ++i) client->step(1000);
    }
    FakeEngineClient* client;
    Session session;
    ViewModel page;
};

template <class List, class Key>
const auto& rowOf(const List& list, const Key& key)
{
    for (const auto& row : list.rows()) {
        if (row.key() == key) return row;
    }
    qFatal("no such row");
}

/// A second later, with these figures and no others.
void showSample(Session& session, const QMap<QString, double>& values)
{
    control::Frame frame = session.frame();
    frame.set_sequence(frame.sequence() + 1);
    frame.set_time_ms(frame.time_ms() + 1000);
    frame.mutable_sample()->Clear();
    frame.mutable_sample()->set_time_ms(frame.time_ms());
    for (auto value = values.begin(); value != values.end(); ++value)
        (*frame.mutable_sample()->mutable_values())[value.key().toStdString()] = value.value();
    Q_EMIT session.client().frameArrived(frame);
}

QStringList loadable(ModelsViewModel& page)
{
    QStringList names;
    for (int i = 0; i < page.loadable()->rowCount(); ++i) names.append(page.loadable()->nameAt(i));
    return names;
}

}  // namespace

class TestStagePages : public QObject {
    Q_OBJECT
    Translation translation_;  // plural forms
private Q_SLOTS:
    void managedModelsLeaveTheirLanesToOthers();
    void loadsThatAreNoLongerKeptAreNotShownAsNone();
    void initTestCase() { translation_.use(QLocale::English); }
    void beforeTheEngineEverythingIsAbsent();
    void listsKeepTheRulesOfModels();
    void rolesHaveTheNamesThatPagesBind();
    void poolsSayWhatTheFrameSays();
    void aProbeIsAnsweredInItsRow();
    void aFailedEvictionStaysUntilTheNextTry();
    void closesAreSortedAndSummed();
    void batchesAreCountedByReason();
    void theEffectiveSizeIsOfTheQueueThatIsSpokenOf();
    void rowsASecondNeedTwoMoments();
    void rowsASecondAreNotOfAnAbsence();
    void whatIsSentIsInEventsOrChunks_data();
    void whatIsSentIsInEventsOrChunks();
    void errorsAreOfTheSameSecondsAsWhatIsServed();
    void aGoalWithoutAFigureIsNotJudged();
    void whatIsLoadedIsNotMissing();
    void noConnectionOpensWhileAllBackendsAreDrained();
    void anEmptyListOfRequestsSaysWhy();
    void theHistogramIsOfTheWindow();
    void whereAllFitNothingIsPreloaded();
    void bucketsAreCountedFromWhatIsKnown();
    void histogramLosesNoBatch();
    void modelsOfferOnlyWhatCanBeDone();
    void aFailedLoadIsShownInItsRow();
    void unloadIdleSparesThePinnedAndTheUsed();
    void spansStayInsideTheWindow();
    void matrixRowsWithoutAnythingAreUnknown();
    void slowClientsComeFirstWhenChosen();
    void clientsThatDoNotReadAreSaidEverywhere();
    void pausedListsDoNotMove();
    void stripPlacesEveryBatchFromTheRight();
    void squaresThatDoNotFitAreNotHit();
};

void TestStagePages::managedModelsLeaveTheirLanesToOthers()
{
    control::ModelSection section;
    const auto add = [&section](const std::string& name, control::ModelPhase state, bool loadable) {
        auto& model = *section.add_models();
        model.set_model(name);
        model.set_state(state);
        model.set_loadable(loadable);
    };
    for (int i = 10; i < 30; ++i) add("a-managed-" + std::to_string(i), control::MODEL_PHASE_WARM, false);
    add("warm", control::MODEL_PHASE_WARM, true);
    add("cold", control::MODEL_PHASE_COLD, true);
    add("unloaded", control::MODEL_PHASE_COLD, true);
    auto& load = *section.add_recent();
    load.set_model("unloaded");
    load.set_queued_ms(1000);
    load.set_started_ms(1000);
    load.set_ended_ms(2000);
    load.set_unloaded_ms(5000);
    load.set_outcome(control::LOAD_OUTCOME_OK);

    const LoadSpans spans = loadSpans(section, {0, 10'000}, 10'000, 4);
    QCOMPARE(spans.laneNames, (QStringList{"a-managed-10", "a-managed-11", "unloaded", "warm"}));
    QCOMPARE(loadSpans(section, {6000, 10'000}, 10'000, 1).laneNames, QStringList{"warm"});
    // What the engine does not load is no part of "how many are in memory".
    QCOMPARE(ModelsViewModel::loadableCount(section), 3);
}

/// With a load every 0.1 s the lanes of the models stood empty up to the oldest load that was kept, as if nothing had
/// been in memory before.
void TestStagePages::loadsThatAreNoLongerKeptAreNotShownAsNone()
{
    control::ModelSection section;
    auto& model = *section.add_models();
    model.set_model("scribe");
    model.set_loadable(true);
    model.set_loads_total(1);
    auto& load = *section.add_recent();
    load.set_model("scribe");
    load.set_queued_ms(4000);
    load.set_started_ms(4000);
    load.set_ended_ms(4100);
    load.set_outcome(control::LOAD_OUTCOME_OK);
    QCOMPARE(loadSpans(section, {0, 10'000}, 10'000, 4).knownFrom, 0.0);  // it is the first
    section.mutable_models(0)->set_loads_total(300);
    const LoadSpans spans = loadSpans(section, {0, 10'000}, 10'000, 4);
    QCOMPARE(spans.knownFrom, 0.4);
    QVERIFY(spans.summary.contains(QStringLiteral("no longer kept")));
    QCOMPARE(loadSpans(section, {5000, 15'000}, 15'000, 4).knownFrom, 0.0);
}

void TestStagePages::beforeTheEngineEverythingIsAbsent()
{
    Console<ConnectionsViewModel> connections;
    connections.page.setActive(true);
    QVERIFY(!connections.page.hasAny());
    for (const KpiRow& row : connections.page.kpis()->rows()) {
        QCOMPARE(row.value, format::kNone);
        QCOMPARE(row.verdict, int(KpiList::None));
    }
    Console<BatchesViewModel> batches;
    batches.page.setActive(true);
    QVERIFY(!batches.page.hasAny());
    Console<ModelsViewModel> models;
    models.page.setActive(true);
    QVERIFY(!models.page.hasAny());
    QVERIFY(models.page.matrixNames().isEmpty());
    Console<StreamsViewModel> streams;
    streams.page.setActive(true);
    QVERIFY(!streams.page.hasAny());
    for (const KpiRow& row : streams.page.kpis()->rows()) QCOMPARE(row.value, format::kNone);
}

void TestStagePages::listsKeepTheRulesOfModels()
{
    Console<StreamsViewModel> streams;
    QAbstractItemModelTester tester(streams.page.streams(), QAbstractItemModelTester::FailureReportingMode::Fatal);
    streams.open(30);  // streams come and go
    for (int i = 0; i < 20; ++i) streams.client->step(1000);
    QVERIFY(streams.page.hasAny());
}

void TestStagePages::rolesHaveTheNamesThatPagesBind()
{
    const PoolList pools;
    const auto names = pools.roleNames().values();
    for (const char* name : {"backend", "shares", "latest", "kinds", "hints"}) QVERIFY2(names.contains(name), name);
    const ModelList models;
    QVERIFY(models.roleNames().values().contains("stateText"));
}

void TestStagePages::poolsSayWhatTheFrameSays()
{
    Console<ConnectionsViewModel> console;
    console.open();
    const auto& frame = console.session.frame().pools();
    QCOMPARE(console.page.pools()->rowCount(), frame.pools_size());
    for (const auto& pool : frame.pools()) {
        const QString key = QString::fromStdString(pool.backend() + "/" + millrace::testing::wordOf(pool.protocol()));
        const PoolRow& row = rowOf(*console.page.pools(), key);
        QCOMPARE(row.counts, QStringLiteral("%1 / %2 / %3").arg(pool.active()).arg(pool.idle()).arg(pool.connecting()));
        QCOMPARE(row.kinds.size(), pool.connections_size());
        QCOMPARE(row.shares.at(0), double(pool.active()) / pool.size_max());
        QCOMPARE(row.hints.size(), row.kinds.size());
    }
}

void TestStagePages::aProbeIsAnsweredInItsRow()
{
    Console<ConnectionsViewModel> console;
    console.open();
    console.page.probe(QStringLiteral("llama"));
    QTRY_COMPARE(rowOf(*console.page.pools(), QStringLiteral("llama/http")).latest,
                 QStringLiteral("probed: answers in %1").arg(format::milliseconds(0.7)));
    QVERIFY(!rowOf(*console.page.pools(), QStringLiteral("runtime/http")).latest.contains(QStringLiteral("probed")));
    for (int i = 0; i < 15; ++i) console.client->step(1000);  // what went well is old news after a while
    QVERIFY(!rowOf(*console.page.pools(), QStringLiteral("llama/http")).latest.contains(QStringLiteral("probed")));
}

void TestStagePages::aFailedEvictionStaysUntilTheNextTry()
{
    Console<ConnectionsViewModel> console;
    console.open();
    console.client->failCalls(QStringLiteral("the engine is draining"));
    console.page.evictIdle(QStringLiteral("runtime"), QStringLiteral("gRPC"));
    const QString key = QStringLiteral("runtime/grpc");
    QTRY_VERIFY(rowOf(*console.page.pools(), key).latestBad);
    QVERIFY(rowOf(*console.page.pools(), key).latest.contains(QStringLiteral("the engine is draining")));
    for (int i = 0; i < 30; ++i) console.client->step(1000);
    QVERIFY(rowOf(*console.page.pools(), key).latestBad);
    QVERIFY(!rowOf(*console.page.pools(), QStringLiteral("runtime/http")).latestBad);
    console.client->failCalls({});
    console.page.evictIdle(QStringLiteral("runtime"), QStringLiteral("gRPC"));
    QTRY_VERIFY(!rowOf(*console.page.pools(), key).latestBad);
}

void TestStagePages::closesAreSortedAndSummed()
{
    Console<ConnectionsViewModel> console;
    console.open(120);
    double expected = 0;
    for (const auto& pool : console.session.frame().pools().pools()) {
        for (const auto& closed : pool.closed_total()) expected += static_cast<double>(closed.count());
    }
    const auto counts = console.page.closeCounts();
    QVERIFY(expected > 0);
    QCOMPARE(std::accumulate(counts.begin(), counts.end(), 0.0), expected);
    QVERIFY(std::is_sorted(counts.rbegin(), counts.rend()));
    QCOMPARE(console.page.closeReasons().size(), counts.size());
}

void TestStagePages::batchesAreCountedByReason()
{
    Console<BatchesViewModel> console;
    console.open(10);
    const auto& recent = console.session.frame().batches().recent();
    QCOMPARE(console.page.waits().size(), recent.size());
    QCOMPARE(console.page.stripRows().size(), qsizetype(std::min(recent.size(), BatchesViewModel::kStripMax)));
    const auto& newest = recent.Get(recent.size() - 1);
    QCOMPARE(console.page.stripRows().constLast(), double(newest.rows()));
    QVERIFY(console.page.stripHints().constLast().contains(format::said(newest.why_words(), newest.why_text())));
    static const QHash<int, int> kReasons = {{control::DISPATCH_REASON_FULL, BatchesViewModel::Size},
                                             {control::DISPATCH_REASON_IDLE, BatchesViewModel::Idle},
                                             {control::DISPATCH_REASON_TIMEOUT, BatchesViewModel::Timeout},
                                             {control::DISPATCH_REASON_DEADLINE, BatchesViewModel::Deadline}};
    for (int i = 0; i < recent.size(); ++i) {
        QCOMPARE(console.page.reasons().at(i), kReasons.value(recent.Get(i).why(), -1));
    }
}

/// The figure was of the queue that was busiest in that second, the words below it of another one.
void TestStagePages::theEffectiveSizeIsOfTheQueueThatIsSpokenOf()
{
    Console<BatchesViewModel> console;
    console.open();
    control::Frame frame = console.session.frame();
    frame.set_sequence(frame.sequence() + 1);
    auto& section = *frame.mutable_batches();
    for (auto& lane : *section.mutable_lanes()) lane.set_rows_total(1);
    auto& busiest = *section.mutable_lanes(0);
    busiest.set_rows_total(1'000'000);
    busiest.set_size_limit(148);
    busiest.set_size_max(200);
    busiest.set_limit_why("increased from 138 to 148 rows: because");
    auto& words = *busiest.mutable_limit_words();
    words.Clear();
    words.set_phrase(control::PHRASE_SIZE_INCREASED);
    for (const double number : {138.0, 148.0, 12.0, 16.0, 8.0, 10.0}) {
        auto& value = *words.add_values();
        value.set_number(number);
        value.set_unit(number > 100 ? control::VALUE_UNIT_ROWS : control::VALUE_UNIT_COUNT);
    }
    (*frame.mutable_sample()->mutable_values())["batch_size_limit"] = 100;
    Q_EMIT console.client->frameArrived(frame);
    console.page.refresh();
    const auto& row = rowOf(*console.page.kpis(), QStringLiteral("limit"));
    QCOMPARE(row.value, QStringLiteral("148"));
    QCOMPARE(row.note, QStringLiteral("increased from 138 rows to 148 rows"));
}

void TestStagePages::rowsASecondNeedTwoMoments()
{
    Console<BatchesViewModel> console;
    console.client->start();
    console.page.setActive(true);
    QVERIFY(console.page.lanes()->rowCount() > 0);
    QCOMPARE(console.page.lanes()->rows().constFirst().rate, format::kNone);
    const auto before = console.session.frame().batches().lanes(0).rows_total();
    const QString lane = QString::fromStdString(console.session.frame().batches().lanes(0).model());
    console.client->step(1000);
    const auto after = console.session.frame().batches().lanes(0).rows_total();
    QString rate;
    for (const LaneRow& row : console.page.lanes()->rows()) {
        if (row.name == lane) rate = row.rate;
    }
    QCOMPARE(rate, format::count(static_cast<double>(after - before)));
}

/// After a minute on another page, the rate was the mean of that minute.
void TestStagePages::rowsASecondAreNotOfAnAbsence()
{
    Console<BatchesViewModel> console;
    console.open(3);
    QVERIFY(console.page.lanes()->rows().constFirst().rate != format::kNone);
    console.page.setActive(false);
    for (int i = 0; i < 60; ++i) console.client->step(1000);
    console.page.setActive(true);
    for (const LaneRow& row : console.page.lanes()->rows()) QCOMPARE(row.rate, format::kNone);
    console.client->step(1000);
    QVERIFY(console.page.lanes()->rows().constFirst().rate != format::kNone);
}

void TestStagePages::whatIsSentIsInEventsOrChunks_data()
{
    using Values = QMap<QString, double>;
    QTest::addColumn<Values>("values");
    QTest::addColumn<QString>("note");
    const QString out = QStringLiteral("stream_bytes_out_per_second"),
                  events = QStringLiteral("stream_events_per_second"),
                  chunk = QStringLiteral("stream_chunk_bytes_average");
    QTest::newRow("events") << Values{{out, 500}, {events, 9}} << "9 events/s";
    QTest::newRow("few events") << Values{{out, 500}, {events, 0.2}} << "0.2 events/s";
    QTest::newRow("no events") << Values{{out, 1.2e9}, {events, 0}, {chunk, 122 * 1024}} << "122 KiB / chunk";
    QTest::newRow("both") << Values{{out, 1.2e9}, {events, 80}, {chunk, 122 * 1024}} << "80 events/s · 122 KiB / chunk";
    QTest::newRow("neither known") << Values{{out, 500}, {events, 0}} << "";
    QTest::newRow("nothing") << Values{{out, 0}, {events, 0}} << "nothing sent at the moment";
}

/// Answers that are no event streams: 1.2 GiB/s stood over "0 chunks/s, 122 KiB each".
void TestStagePages::whatIsSentIsInEventsOrChunks()
{
    using Values = QMap<QString, double>;
    QFETCH(Values, values);
    QFETCH(QString, note);
    Console<StreamsViewModel> console;
    console.client->start();
    console.page.setActive(true);
    for (int i = 0; i < 5; ++i) showSample(console.session, {});  // what was before counts for a moment
    showSample(console.session, values);
    QCOMPARE(QString(rowOf(*console.page.kpis(), QStringLiteral("sent")).note).replace(QChar(0x00A0), u' '), note);
}

/// "served 53 /s" was of ten seconds, "errors 100 %" beside it of one.
void TestStagePages::errorsAreOfTheSameSecondsAsWhatIsServed()
{
    Console<FlowViewModel> console;
    console.client->start();
    console.page.setActive(true);
    for (int i = 0; i < 12; ++i) {
        const bool down = i == 11;
        showSample(console.session, {{QStringLiteral("served_per_second"), down ? 0 : 100},
                                     {QStringLiteral("failed_per_second"), down ? 100 : 0},
                                     {QStringLiteral("error_share"), down ? 1 : 0}});
    }
    const StageRow& clients = rowOf(*console.page.stages(), Stage::Clients);
    QCOMPARE(clients.values.at(0), QStringLiteral("90 /s"));
    QCOMPARE(clients.values.at(1), QStringLiteral("10\u00A0%"));
}

/// A tick stood beside "– %": the seconds before had been in goal.
void TestStagePages::aGoalWithoutAFigureIsNotJudged()
{
    Console<ModelsViewModel> console;
    console.open();
    for (int i = 0; i < 3; ++i) showSample(console.session, {{QStringLiteral("load_average_ms"), 50}});
    QCOMPARE(rowOf(*console.page.kpis(), QStringLiteral("load")).verdict, int(KpiList::Met));
    for (int i = 0; i < 4; ++i) showSample(console.session, {});
    const KpiRow& load = rowOf(*console.page.kpis(), QStringLiteral("load"));
    QCOMPARE(load.value, format::kNone);
    QCOMPARE(load.verdict, int(KpiList::None));
}

/// "No results", of a model that was there.
void TestStagePages::whatIsLoadedIsNotMissing()
{
    Console<ModelsViewModel> console;
    console.open();
    QString loaded;
    for (const ModelRow& row : console.page.models()->rows())
        if (row.loadable && !row.canLoad) loaded = row.name;
    QVERIFY(!loaded.isEmpty());
    LoadableModels& list = *console.page.loadable();
    QVERIFY(list.loadedMatch().isEmpty());
    list.setQuery(loaded.toUpper());
    QCOMPARE(list.rowCount(), 0);
    QCOMPARE(list.loadedMatch(), loaded);
    list.setQuery(QStringLiteral("no such model"));
    QVERIFY(list.loadedMatch().isEmpty());
}

/// "the first request opens one" of a backend that gets none.
void TestStagePages::noConnectionOpensWhileAllBackendsAreDrained()
{
    Console<ConnectionsViewModel> console;
    console.open();
    QVERIFY(console.page.noneOpenText().contains(QStringLiteral("first request")));
    control::Frame frame = console.session.frame();
    frame.set_full(true);
    for (const auto health : {control::BACKEND_HEALTH_DRAINING, control::BACKEND_HEALTH_EJECTED}) {
        for (auto& pool : *frame.mutable_pools()->mutable_pools()) pool.set_health(health);
        Q_EMIT console.client->frameArrived(frame);
        QVERIFY2(console.page.noneOpenText().contains(QStringLiteral("no backend takes")),
                 qPrintable(console.page.noneOpenText()));
    }
}

/// "No requests match … Clear filter", without any: the list did not reach back to the time that was shown.
void TestStagePages::anEmptyListOfRequestsSaysWhy()
{
    Console<RequestsViewModel> console;
    console.open(10);
    RequestsViewModel& page = console.page;
    QVERIFY(page.hasAny() && !page.isFiltered());
    const qint64 oldest = console.session.requests().row(0).timeMs;
    console.session.time()->zoomTo({oldest - 200'000, oldest - 100'000});
    QCOMPARE(page.requests()->rowCount(), 0);
    QVERIFY2(page.emptyText().contains(format::clock(oldest)), qPrintable(page.emptyText()));
    QVERIFY(!page.emptyTitle().contains(QStringLiteral("match")));
    console.session.time()->goLive();
    page.requests()->setQuery(QStringLiteral("model:none"));
    QVERIFY(page.isFiltered());
}

/// It was of all batches since the start, beside charts of the last five minutes.
void TestStagePages::theHistogramIsOfTheWindow()
{
    Console<BatchesViewModel> console;
    console.open(40);
    const auto shown = [&] {
        const auto counts = console.page.sizeCounts();
        return std::accumulate(counts.begin(), counts.end(), 0.0);
    };
    const auto sent = [&] {
        double all = 0;
        for (const auto& bucket : console.session.frame().batches().sizes()) all += static_cast<double>(bucket.count());
        return all;
    };
    TimeView& time = *console.session.time();
    // The engine began before the window, the console within it: from there on it is known.
    const double attached = sent() - shown();
    QVERIFY(shown() > 0 && attached > 10 * shown());
    QCOMPARE(console.page.sizesOf(), QStringLiteral("since ") + format::clock(kStart));
    time.setWindowIndex(5);  // an hour: the engine's whole life
    console.client->step(1000);
    QCOMPARE(shown(), sent());
    QCOMPARE(console.page.sizesOf(), time.windowText());
    for (int i = 0; i < 30; ++i) console.client->step(1000);
    const double later = sent();
    time.setWindowIndex(0);
    for (int i = 0; i < 20; ++i) console.client->step(1000);
    QCOMPARE(time.windowMs(), qint64(30'000));
    QCOMPARE(console.page.sizesOf(), time.windowText());
    QVERIFY(shown() > sent() - later && shown() < sent() - attached);
    // An older window: what was sent then.
    const double latest = shown();
    time.togglePause();
    time.zoomTo({time.endMs() - 60'000, time.endMs() - 45'000});
    QVERIFY(shown() > 0 && shown() < latest);
    QVERIFY(console.page.sizesOf().contains(QStringLiteral("15 s")));
    // Before that nothing is known, and not "none".
    time.zoomTo({kStart - 300'000, kStart - 200'000});
    QCOMPARE(shown(), 0.0);
    QVERIFY(console.page.whyNoSizes().contains(QStringLiteral("not kept")));
    QVERIFY(console.page.sizesOf().isEmpty());
}

/// Where everything is in memory a share of preload hits is of nothing; one page knew, the other went on.
void TestStagePages::whereAllFitNothingIsPreloaded()
{
    FakeEngineClient* client = new FakeEngineClient(false, kStart);
    Session session{std::unique_ptr<EngineClient>(client)};
    ModelsViewModel models(session);
    FlowViewModel flow(session);
    client->start();
    client->step(1000);
    control::Frame frame = session.frame();
    int loadable = 0;
    for (auto& model : *frame.mutable_models()->mutable_models()) {
        if (!model.loadable()) continue;
        model.set_state(control::MODEL_PHASE_WARM);
        ++loadable;
    }
    const auto show = [&](double resident) {
        frame.set_time_ms(frame.time_ms() + 1000);
        frame.mutable_sample()->set_time_ms(frame.time_ms());
        (*frame.mutable_sample()->mutable_values())["resident_models"] = resident;
        (*frame.mutable_sample()->mutable_values())["preload_hit_rate"] = 0.5;
        Q_EMIT client->frameArrived(frame);
        models.setActive(false);
        models.setActive(true);
        flow.setActive(false);
        flow.setActive(true);
    };
    QVERIFY(loadable > 1);
    show(loadable);
    const QString all = QStringLiteral("%1 of %1").arg(loadable);
    QCOMPARE(rowOf(*models.kpis(), QStringLiteral("hits")).value, all);
    QCOMPARE(rowOf(*flow.stages(), Stage::Models).value, all);
    QVERIFY(rowOf(*flow.stages(), Stage::Models).unit.contains(QStringLiteral("all fit")));
    show(loadable - 1);
    QCOMPARE(rowOf(*models.kpis(), QStringLiteral("hits")).value, QStringLiteral("50"));
    QCOMPARE(rowOf(*flow.stages(), Stage::Models).value, QStringLiteral("50 %"));
}

/// A console that attached later knows the totals of then, and counts from there.
void TestStagePages::bucketsAreCountedFromWhatIsKnown()
{
    BucketHistory history;
    QVERIFY(!history.within({0, 100'000}));
    history.add("a", 10'000, 50'000, {100, 7});
    QCOMPARE(history.within({5'000, 60'000})->counts, QList<quint64>({100, 7}));  // its whole life
    history.add("a", 10'000, 52'000, {103, 7});
    history.add("a", 10'000, 60'000, {104, 9});
    const auto partly = history.within({30'000, 60'000});
    QCOMPARE(partly->counts, QList<quint64>({4, 2}));
    QCOMPARE(partly->sinceMs, 50'000);
    const auto whole = history.within({52'000, 60'000});
    QCOMPARE(whole->counts, QList<quint64>({1, 2}));
    QCOMPARE(whole->sinceMs, 52'000);
    QVERIFY(!history.within({20'000, 40'000}));
    // Another engine begins with zeros, and what it counts is added.
    history.add("b", 61'000, 62'000, {2, 0});
    QCOMPARE(history.within({52'000, 70'000})->counts, QList<quint64>({3, 2}));
    // Bounded: the oldest leave, and what is older is not known.
    for (int i = 1; i <= 5'000; ++i) history.add("b", 61'000, 62'000 + i * 1'000, {2 + static_cast<quint64>(i), 0});
    const auto left = history.within({0, 10'000'000});
    QVERIFY(left->sinceMs > 62'000);
    QCOMPARE(left->counts.at(0), quint64(BucketHistory::kMost - 1));
}

void TestStagePages::histogramLosesNoBatch()
{
    Console<BatchesViewModel> console;
    console.session.time()->setWindowIndex(5);  // longer than the engine runs
    console.open(20);
    double expected = 0;
    for (const auto& bucket : console.session.frame().batches().sizes())
        expected += static_cast<double>(bucket.count());
    const auto counts = console.page.sizeCounts();
    QCOMPARE(std::accumulate(counts.begin(), counts.end(), 0.0), expected);
    QCOMPARE(console.page.sizeHints().size(), counts.size());
}

void TestStagePages::modelsOfferOnlyWhatCanBeDone()
{
    Console<ModelsViewModel> console;
    console.open();
    for (const auto& model : console.session.frame().models().models()) {
        const ModelRow& row = rowOf(*console.page.models(), QString::fromStdString(model.model()));
        QCOMPARE(row.canUnload, model.loadable() && model.state() == control::MODEL_PHASE_WARM);
        QCOMPARE(loadable(console.page).contains(row.name), row.canLoad);
        if (!model.loadable()) QVERIFY(!row.canLoad && !row.canUnload);
    }
    QVERIFY(console.page.hasAnyLoadable());
    const QString cold = loadable(console.page).constFirst();
    console.page.load(cold);
    console.client->step(1000);
    console.client->step(1000);
    QVERIFY(!loadable(console.page).contains(cold));
}

void TestStagePages::aFailedLoadIsShownInItsRow()
{
    Console<ModelsViewModel> console;
    console.open();
    console.client->failCalls(QStringLiteral("no room: 4 GB of 4 GB are pinned"));
    const QString cold = loadable(console.page).constFirst();
    console.page.load(cold);
    QTRY_VERIFY(rowOf(*console.page.models(), cold).whyBad);
    QVERIFY(rowOf(*console.page.models(), cold).why.contains(QStringLiteral("no room")));
}

void TestStagePages::unloadIdleSparesThePinnedAndTheUsed()
{
    Console<ModelsViewModel> console;
    console.open(1);
    console.page.pin(QStringLiteral("scribe"), true);
    console.client->step(1000);
    QStringList spared, unloaded;
    for (const auto& model : console.session.frame().models().models()) {
        if (model.state() != control::MODEL_PHASE_WARM) continue;
        const bool idle = model.loadable() && !model.pinned() && model.leases() == 0;
        (idle ? unloaded : spared).append(QString::fromStdString(model.model()));
    }
    QVERIFY(spared.contains(QStringLiteral("scribe")));
    QVERIFY(!unloaded.isEmpty());
    QCOMPARE(console.page.idleCount(), int(unloaded.size()));
    int undoable = 0;
    connect(&console.session, &Session::undoable, this, [&undoable] { ++undoable; });
    console.page.unloadIdle();
    QCOMPARE(undoable, 1);
    const auto frame = console.client->world().fullFrame();
    for (const auto& model : frame.models().models()) {
        const QString name = QString::fromStdString(model.model());
        if (spared.contains(name)) QCOMPARE(model.state(), control::MODEL_PHASE_WARM);
        if (unloaded.contains(name)) QCOMPARE(model.state(), control::MODEL_PHASE_COLD);
    }
}

void TestStagePages::spansStayInsideTheWindow()
{
    Console<ModelsViewModel> console;
    console.open(90);
    const auto begins = console.page.spanBegins();
    const auto ends = console.page.spanEnds();
    QVERIFY(!begins.isEmpty());
    QCOMPARE(begins.size(), console.page.spanHints().size());
    for (int i = 0; i < begins.size(); ++i) {
        QVERIFY(begins.at(i) >= 0 && ends.at(i) <= 1 && begins.at(i) <= ends.at(i));
        QVERIFY(console.page.spanLanes().at(i) < console.page.laneNames().size());
    }
    QVERIFY(console.page.laneNames().size() <= ModelsViewModel::kLanesMax);
    QVERIFY(console.page.spanKinds().contains(int(LoadTimeline::Warm)));
}

void TestStagePages::matrixRowsWithoutAnythingAreUnknown()
{
    Console<ModelsViewModel> console;
    console.client->start();
    console.page.setActive(true);
    auto frame = console.client->world().fullFrame();
    auto& prediction = *frame.mutable_models()->mutable_prediction();
    prediction.clear_transition_models();
    prediction.clear_transitions();
    prediction.add_transition_models("a");
    prediction.add_transition_models("b");
    for (const double share : {0.25, 0.75, 0.0, 0.0}) prediction.add_transitions(share);
    Q_EMIT console.client->frameArrived(frame);
    QCOMPARE(console.page.matrixShares(), (QList<double>{0.25, 0.75, -1, -1}));
    QVERIFY(console.page.matrixHints().at(1).contains(QStringLiteral("75")));
}

void TestStagePages::slowClientsComeFirstWhenChosen()
{
    Console<StreamsViewModel> console;
    console.client->start();
    console.page.setActive(true);
    auto frame = console.client->world().fullFrame();
    auto& section = *frame.mutable_streams();
    section.clear_streams();
    section.mutable_paused_seconds_by_client()->clear();
    for (const char* client : {"quick", "slow", "idle"}) {
        auto& stream = *section.add_streams();
        stream.set_id(static_cast<std::uint64_t>(section.streams_size()));
        stream.set_client(client);
        stream.set_started_ms(kStart + section.streams_size());
        stream.set_state(control::STREAM_PHASE_STREAMING);
        stream.set_window_bytes(1000);
        stream.set_buffered_bytes(500);
    }
    section.mutable_streams(1)->set_state(control::STREAM_PHASE_PAUSED);
    section.mutable_streams(1)->set_paused_by(control::PAUSED_BY_CLIENT);
    section.mutable_streams(1)->set_paused_ms(1400);
    (*section.mutable_paused_seconds_by_client())["slow"] = 12;
    Q_EMIT console.client->frameArrived(frame);
    QCOMPARE(console.page.streams()->rows().at(0).client, QStringLiteral("quick"));
    SortedTable table(*console.page.streams(), "stateText", "pausedSeconds");
    table.sort();
    const auto* sorter = qobject_cast<const QSortFilterProxyModel*>(table.sorted.sourceModel());
    QVERIFY(sorter);
    const StreamRow& first = console.page.streams()->rows().at(sorter->mapToSource(sorter->index(0, 0)).row());
    QCOMPARE(first.client, QStringLiteral("slow"));
    QCOMPARE(first.level, int(StreamList::Paused));
    QVERIFY(first.state.contains(format::milliseconds(1400)));
    QCOMPARE(first.fill, 0.5);
    QCOMPARE(console.page.slowClients(), QStringList{QStringLiteral("slow")});
    QCOMPARE(console.page.slowSeconds(), QList<double>{12});
}

/// Three clients that read nothing: the rows said "paused", the key figure "0 % of chunks" with a tick, and the bars
/// "full = pause" stood empty.
void TestStagePages::clientsThatDoNotReadAreSaidEverywhere()
{
    Console<StreamsViewModel> console;
    console.open();
    control::Frame frame = console.session.frame();
    frame.set_sequence(frame.sequence() + 1);
    frame.set_time_ms(frame.time_ms() + 1000);
    auto& sample = *frame.mutable_sample();
    sample.Clear();
    sample.set_time_ms(frame.time_ms());
    for (const auto& [name, value] :
         std::map<std::string, double>{{"streams_open", 3}, {"streams_paused", 3}, {"backpressure_rate", 0}})
        (*sample.mutable_values())[name] = value;
    auto& section = *frame.mutable_streams();
    section.clear_streams();
    section.clear_paused_seconds_by_client();
    for (const char* client : {"slow-notebook · 41", "slow-notebook · 42", "slow-notebook · 43"}) {
        auto& stream = *section.add_streams();
        stream.set_id(static_cast<std::uint64_t>(section.streams_size()));
        stream.set_client(client);
        stream.set_state(control::STREAM_PHASE_PAUSED);
        stream.set_paused_by(control::PAUSED_BY_CLIENT);
        stream.set_paused_ms(35'000);
        stream.set_buffered_bytes(604);
        stream.set_window_bytes(262'144);
        (*section.mutable_paused_seconds_by_client())[client] = 35;
    }
    Q_EMIT console.client->frameArrived(frame);
    for (const StreamRow& row : console.page.streams()->rows()) {
        QCOMPARE(row.level, int(StreamList::Paused));
        QVERIFY2(row.state.contains(QStringLiteral("client is not reading")), qPrintable(row.state));
        QVERIFY(row.fill >= 0 && row.fill < 0.1);  // it is paused before the buffer fills, as the heading's tip says
    }
    const KpiRow& pressure = rowOf(*console.page.kpis(), QStringLiteral("pressure"));
    QVERIFY2(pressure.note.contains(QStringLiteral("3 of 3")), qPrintable(pressure.note));
    QCOMPARE(pressure.verdict, int(KpiList::None));  // no tick beside three clients that hold it up
    QCOMPARE(QSet<QString>(console.page.slowClients().cbegin(), console.page.slowClients().cend()).size(), 3);
}

void TestStagePages::pausedListsDoNotMove()
{
    Console<StreamsViewModel> console;
    console.open(3);
    console.session.time()->togglePause();
    const QList<StreamRow> before = console.page.streams()->rows();
    for (int i = 0; i < 10; ++i) console.client->step(1000);
    QCOMPARE(console.page.streams()->rows(), before);
    console.session.time()->goLive();
    console.client->step(1000);
    QVERIFY(!(console.page.streams()->rows() == before));
}

void TestStagePages::stripPlacesEveryBatchFromTheRight()
{
    BatchStrip strip;
    strip.setSize({600, 160});
    strip.setWidths({5, 5, 50});
    strip.setHeights({10, 100, 40});
    strip.setKinds({0, 1, BatchStrip::kFailed});
    QCOMPARE(strip.partCount(), 3);
    const double first = strip.placeOf(0).x();
    const double last = strip.placeOf(2).x();
    QVERIFY(first < last);
    QVERIFY(strip.placeOf(1).y() < strip.placeOf(0).y());  // more rows: higher
    QCOMPARE(strip.partAt(strip.placeOf(1) + QPointF(0, 4)), 1);
    QCOMPARE(strip.partAt({1, 1}), -1);
    strip.setWidths({});
    QCOMPARE(strip.partCount(), 0);
    QCOMPARE(strip.partAt({300, 100}), -1);
}

void TestStagePages::squaresThatDoNotFitAreNotHit()
{
    SquareRow row;
    row.setSize({SquareRow::kStep * 4.0, SquareRow::kStep * 1.0});
    row.setKinds({0, 0, 1});
    row.setStrengths({1, 1, 1});
    QCOMPARE(row.partAt(row.placeOf(2) + QPointF(0, 2)), 2);
    row.setKinds({0, 0, 1, 1, 1, 1});
    row.setStrengths({1, 1, 1, 1, 1, 1});
    QCOMPARE(row.partAt(row.placeOf(2) + QPointF(0, 2)), -1);  // there stands how many more there are
    QCOMPARE(row.partAt(row.placeOf(1) + QPointF(0, 2)), 1);
}

QTEST_MAIN(TestStagePages)
#include "tst_stage_pages.moc"
