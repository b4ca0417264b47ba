// SPDX-License-Identifier: GPL-3.0-or-later
#include "control.pb.h"
#include "format/natural_order.h"
#include "lists/column_fit.h"
#include "lists/column_widths.h"
#include "lists/event_list.h"
#include "lists/event_view.h"
#include "lists/palette_list.h"
#include "lists/request_list.h"
#include "lists/request_view.h"
#include "lists/stage_list.h"
#include "support/sorted_table.h"

#include <QtGui/QStandardItemModel>
#include <QtTest/QAbstractItemModelTester>
#include <QtTest/QSignalSpy>
#include <QtTest/QTest>

using namespace millrace::desktop;

namespace {

control::RequestRecord record(quint64 id, control::RequestOutcome outcome, double totalMs = 10)
{
    control::RequestRecord out;
    out.set_id(id);
    out.set_time_ms(static_cast<std::int64_t>(1000 + id));
    out.set_client(id % 2 ? "agent" : "editor");
    out.set_model(id % 3 ? "digits-l" : "scribe");
    out.set_outcome(outcome);
    out.set_total_ms(totalMs);
    out.set_run_ms(totalMs);
    return out;
}

/// One in flight.
control::RequestRecord record(quint64 id, control::RequestPhase phase, double totalMs = 10)
{
    control::RequestRecord out = record(id, control::REQUEST_OUTCOME_UNSPECIFIED, totalMs);
    out.set_phase(phase);
    return out;
}

google::protobuf::RepeatedPtrField<control::RequestRecord> records(std::initializer_list<control::RequestRecord> list)
{
    return {list.begin(), list.end()};
}

QStringList keys(const KpiList& list)
{
    QStringList out;
    for (const KpiRow& row : list.rows()) out.append(row.id);
    return out;
}

KpiRow kpi(const char* id, const char* value = "1")
{
    return {QString::fromLatin1(id), {}, QString::fromLatin1(value), {}, {}, 0, {}, {}};
}

/// A list of values, and the table of them that its one column sorts.
struct SortedValues {
    explicit SortedValues(const QVariantList& values)
    {
        list.setItemRoleNames({{Qt::UserRole, "value"}});
        for (const QVariant& value : values) {
            auto* item = new QStandardItem;
            item->setData(value, Qt::UserRole);
            list.appendRow(item);
        }
    }

    QStandardItemModel list;
    SortedTable table{list, "value"};
    SortedRows& sorted = table.sorted;
};

}  // namespace

class TestLists : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void syncTakesTheSmallestSteps();
    void syncFollowsAnyOrder();
    void eventsAreBoundedAndRepeatsGrouped();
    void repeatsAreGroupedAcrossOthers();
    void aFrozenEventListKeepsItsRows();
    void timesOfAnotherDayHaveItsDate();
    void eventsFilterBySeverityAndWords();
    void requestsMoveFromOpenToDone();
    void anOvertakenAnswerChangesNothing();
    void whatComesTwiceIsOneRow();
    void openOnesThatVanishedLeave();
    void requestsAreBounded();
    void queriesSelect_data();
    void queriesSelect();
    void headingsSortRowsAndTiesStand();
    void rowsThatChangePlacesAreSignalledOnceAsChanged();
    void aRequestKeepsItsPlaceWhenItEnds();
    void namesSortNaturally_data();
    void namesSortNaturally();
    void unknownValuesSortLast();
    void columnsWhoseTextsAreCutComeFirst_data();
    void columnsWhoseTextsAreCutComeFirst();
    void aColumnGrowsAtOnceAndShrinksLate();
    void aNarrowTableLeavesOutWhatOneCanDoWithout();
    void aNameMayClaimMore();
    void columnsShareTheWidthAndAreKept();
    void whatIsSeenIsExported();
    void theOpenPhaseIsCountedWhileItLasts();
    void aHeldTableStandsStillAndCountsWhatArrives();
    void aFrozenListCountsOnlyWhatItWouldShow();
    void batchesFold();
    void syncOfManyIsLinear();
    void pausedViewShowsNothingLater();
    void paletteFindsTheNearest();
};

void TestLists::syncTakesTheSmallestSteps()
{
    KpiList list;
    QAbstractItemModelTester tester(&list, QAbstractItemModelTester::FailureReportingMode::QtTest);
    list.sync({kpi("a"), kpi("b"), kpi("c")});
    QSignalSpy inserted(&list, &QAbstractItemModel::rowsInserted);
    QSignalSpy removed(&list, &QAbstractItemModel::rowsRemoved);
    QSignalSpy changed(&list, &QAbstractItemModel::dataChanged);
    QSignalSpy reset(&list, &QAbstractItemModel::modelReset);
    list.sync({kpi("a"), kpi("b", "2"), kpi("c")});
    QCOMPARE(changed.count(), 1);
    list.sync({kpi("a"), kpi("c"), kpi("d")});
    QCOMPARE(removed.count(), 1);
    QCOMPARE(inserted.count(), 1);
    QCOMPARE(reset.count(), 0);
}

void TestLists::syncFollowsAnyOrder()
{
    KpiList list;
    QAbstractItemModelTester tester(&list, QAbstractItemModelTester::FailureReportingMode::QtTest);
    for (const QString& order :
         {QStringLiteral("abc"), QStringLiteral("cba"), QStringLiteral("xbya"), QString(), QStringLiteral("yzabc")}) {
        QList<KpiRow> rows;
        QStringList wanted;
        for (const QChar letter : order) {
            rows.append(kpi(QString(letter).toLatin1().constData()));
            wanted.append(QString(letter));
        }
        list.sync(rows);
        QCOMPARE(keys(list), wanted);
    }
}

void TestLists::eventsAreBoundedAndRepeatsGrouped()
{
    EventList list;
    QAbstractItemModelTester tester(&list, QAbstractItemModelTester::FailureReportingMode::QtTest);
    control::Event event;
    event.set_kind(control::EVENT_KIND_BACKEND_DOWN);
    event.set_subject("llama");
    event.set_text("connection refused");
    event.set_severity(control::SEVERITY_WARNING);
    for (int i = 0; i < 5; ++i) list.take(event);
    QCOMPARE(list.rowCount(), 1);
    QCOMPARE(list.index(0).data(EventList::CountRole).toInt(), 5);
    QCOMPARE(list.warnings(), quint64(5));
    event.set_text("refused again");
    list.take(event);
    QCOMPARE(list.rowCount(), 2);
}

/// Loads of several models come by turns: each model has one line as long as it goes on, with its newest words.
void TestLists::repeatsAreGroupedAcrossOthers()
{
    EventList list;
    EventView view(list);
    QAbstractItemModelTester tester(&list, QAbstractItemModelTester::FailureReportingMode::QtTest);
    QAbstractItemModelTester shown(&view, QAbstractItemModelTester::FailureReportingMode::QtTest);
    const auto add = [&](std::int64_t timeMs, const char* model, control::Severity severity = control::SEVERITY_INFO) {
        control::Event event;
        event.set_time_ms(timeMs);
        event.set_kind(control::EVENT_KIND_MODEL_LOADED);
        event.set_severity(severity);
        event.set_subject(model);
        event.set_text("in " + std::to_string(timeMs) + " ms");
        list.take(event);
    };
    for (int i = 0; i < 6; ++i) add(1000 + i, i % 2 == 0 ? "a" : "b");
    QCOMPARE(list.rowCount(), 2);
    QCOMPARE(list.row(0).subject, QStringLiteral("a"));
    QCOMPARE(list.row(0).count, 3);
    QCOMPARE(list.row(0).firstMs, 1000);
    QCOMPARE(list.row(1).text, QStringLiteral("“in 1005 ms”"));  // no phrase: the engine's own words
    add(1005 + EventList::kRepeatMs + 1, "b");                   // too long ago: another one
    QCOMPARE(list.rowCount(), 3);
    add(70'000, "b", control::SEVERITY_WARNING);  // a warning with words of its own stays apart
    add(70'001, "b", control::SEVERITY_WARNING);
    QCOMPARE(list.rowCount(), 5);
    for (int i = 1; i < list.rowCount(); ++i) QVERIFY(list.row(i - 1).timeMs <= list.row(i).timeMs);
}

/// A repeat gave its row a new time, and the row that was being read left the frozen list.
void TestLists::aFrozenEventListKeepsItsRows()
{
    EventList list;
    EventView view(list);
    QAbstractItemModelTester tester(&list, QAbstractItemModelTester::FailureReportingMode::QtTest);
    QAbstractItemModelTester shown(&view, QAbstractItemModelTester::FailureReportingMode::QtTest);
    const auto add = [&](std::int64_t timeMs, const char* model) {
        control::Event event;
        event.set_time_ms(timeMs);
        event.set_kind(control::EVENT_KIND_MODEL_LOADED);
        event.set_subject(model);
        event.set_text("in " + std::to_string(timeMs) + " ms");
        list.take(event);
    };
    add(1'000, "a");
    add(1'001, "b");
    view.setFrozen(true);
    const auto texts = [&view] {
        QStringList out;
        for (int i = 0; i < view.rowCount(); ++i) out.append(view.index(i, 0).data(EventList::TextRole).toString());
        return out;
    };
    const QStringList before{QStringLiteral("“in 1001 ms”"), QStringLiteral("“in 1000 ms”")};
    QCOMPARE(texts(), before);
    add(5'000, "a");
    add(5'001, "b");
    add(6'000, "a");  // repeats one that came since
    QCOMPARE(texts(), before);
    QCOMPARE(view.index(1, 0).data(EventList::CountRole).toInt(), 1);
    QCOMPARE(view.newerCount(), 2);
    view.setFrozen(false);
    QCOMPARE(view.rowCount(), 4);
    add(7'000, "b");  // and from here on repeats are rows with a count again
    QCOMPARE(view.rowCount(), 4);
    QCOMPARE(view.index(0, 0).data(EventList::CountRole).toInt(), 2);
}

/// By the engine's clock, which the day may change under.
void TestLists::timesOfAnotherDayHaveItsDate()
{
    const QDateTime noon(QDate(2026, 11, 27), QTime(12, 0));
    const qint64 then = noon.toMSecsSinceEpoch();
    EventList events;
    control::Event event;
    event.set_time_ms(then);
    events.setNowMs(then + 60'000);
    events.take(event);
    const auto time = [](const QAbstractItemModel& list, int role) { return list.index(0, 0).data(role).toString(); };
    QVERIFY(time(events, EventList::TimeTextRole).startsWith(QStringLiteral("12:00")));
    RequestList requests;
    requests.setNowMs(then + 60'000);
    auto done = record(1, control::REQUEST_OUTCOME_OK);
    done.set_time_ms(then);
    requests.take(records({done}));
    QVERIFY(time(requests, RequestList::TimeTextRole).startsWith(QStringLiteral("12:00")));
    QSignalSpy eventsChanged(&events, &EventList::dataChanged), requestsChanged(&requests, &RequestList::dataChanged);
    events.setNowMs(then + 86'400'000);
    requests.setNowMs(then + 86'400'000);
    QCOMPARE(time(events, EventList::TimeTextRole), QStringLiteral("27 Nov 12:00:00.0"));
    QCOMPARE(time(requests, RequestList::TimeTextRole), QStringLiteral("27 Nov 12:00:00.000"));
    QCOMPARE(eventsChanged.count(), 1);
    QCOMPARE(requestsChanged.count(), 1);
    events.setNowMs(then + 86'401'000);
    requests.setNowMs(then + 86'401'000);
    QCOMPARE(eventsChanged.count() + requestsChanged.count(), 2);
}

void TestLists::eventsFilterBySeverityAndWords()
{
    EventList list;
    EventView view(list);
    QAbstractItemModelTester tester(&view, QAbstractItemModelTester::FailureReportingMode::QtTest);
    const auto add = [&](control::Severity severity, const char* text) {
        control::Event event;
        event.set_severity(severity);
        event.set_text(text);
        event.set_subject("digits-l");
        list.take(event);
    };
    add(control::SEVERITY_INFO, "loaded in 84 ms");
    add(control::SEVERITY_WARNING, "load timed out");
    add(control::SEVERITY_ERROR, "backend left");
    QCOMPARE(view.rowCount(), 3);
    QCOMPARE(view.index(0, 0).data(EventList::TextRole).toString(), QStringLiteral("“backend left”"));  // newest first
    view.setSeverityMin(control::SEVERITY_WARNING);
    QCOMPARE(view.rowCount(), 2);
    view.setQuery(QStringLiteral("LOAD digits"));
    QCOMPARE(view.rowCount(), 1);
    QVERIFY(view.csv().contains(QStringLiteral("load timed out")));
}

void TestLists::requestsMoveFromOpenToDone()
{
    RequestList list;
    QAbstractItemModelTester tester(&list, QAbstractItemModelTester::FailureReportingMode::QtTest);
    list.takeOpen(records({record(1, control::REQUEST_PHASE_RUNNING)}));
    QCOMPARE(list.rowCount(), 1);
    list.take(records({record(1, control::REQUEST_OUTCOME_OK, 42)}));
    QCOMPARE(list.rowCount(), 1);
    QCOMPARE(list.row(0).outcome, RequestList::Outcome::Done);
    QCOMPARE(list.row(0).totalMs, 42.0);
}

void TestLists::anOvertakenAnswerChangesNothing()
{
    // The finished record may come with a frame before the older answer about what was open.
    RequestList list;
    list.takeOpen(records({record(1, control::REQUEST_PHASE_RUNNING)}));
    list.take(records({record(1, control::REQUEST_OUTCOME_OK, 42)}));
    list.takeOpen(records({record(1, control::REQUEST_PHASE_RUNNING)}));
    QCOMPARE(list.rowCount(), 1);
    QCOMPARE(list.row(0).outcome, RequestList::Outcome::Done);
}

void TestLists::whatComesTwiceIsOneRow()
{
    // A full frame after a reconnect brings the latest again.
    RequestList list;
    list.take(records({record(1, control::REQUEST_OUTCOME_OK), record(2, control::REQUEST_OUTCOME_FAILED)}));
    list.take(records({record(1, control::REQUEST_OUTCOME_OK), record(2, control::REQUEST_OUTCOME_FAILED),
                       record(3, control::REQUEST_OUTCOME_OK)}));
    QCOMPARE(list.rowCount(), 3);
}

void TestLists::openOnesThatVanishedLeave()
{
    RequestList list;
    QAbstractItemModelTester tester(&list, QAbstractItemModelTester::FailureReportingMode::QtTest);
    list.takeOpen(records({record(1, control::REQUEST_PHASE_RUNNING), record(2, control::REQUEST_PHASE_QUEUED)}));
    list.takeOpen(records({record(2, control::REQUEST_PHASE_RUNNING)}));
    QCOMPARE(list.rowCount(), 1);
    QCOMPARE(list.row(0).id, quint64(2));
}

void TestLists::requestsAreBounded()
{
    RequestList list;
    google::protobuf::RepeatedPtrField<control::RequestRecord> many;
    for (int i = 1; i <= RequestList::kMost + 10; ++i)
        *many.Add() = record(static_cast<quint64>(i), control::REQUEST_OUTCOME_OK);
    list.take(many);
    QCOMPARE(list.rowCount(), RequestList::kMost);
    list.take(records({record(100'000, control::REQUEST_OUTCOME_OK)}));
    QCOMPARE(list.rowCount(), RequestList::kMost);
    QCOMPARE(list.row(list.rowCount() - 1).id, quint64(100'000));
}

void TestLists::queriesSelect_data()
{
    QTest::addColumn<QString>("query");
    QTest::addColumn<int>("rows");
    QTest::newRow("everything") << "" << 4;
    QTest::newRow("model") << "model:scribe" << 1;
    QTest::newRow("client") << "client:AGENT" << 2;
    QTest::newRow("slow") << "slow:>1s" << 1;
    QTest::newRow("slow in ms") << "slow:>15ms" << 2;
    QTest::newRow("id") << "id:2" << 1;
    QTest::newRow("word") << "digits" << 3;
    QTest::newRow("both") << "digits client:agent" << 1;
    QTest::newRow("none") << "nothing-is-called-that" << 0;
    QTest::newRow("half typed") << "model:" << 4;
}

void TestLists::queriesSelect()
{
    QFETCH(QString, query);
    QFETCH(int, rows);
    RequestList list;
    RequestView view(list);
    list.take(records({record(1, control::REQUEST_OUTCOME_OK), record(2, control::REQUEST_OUTCOME_OK, 20),
                       record(3, control::REQUEST_OUTCOME_OK, 2000), record(4, control::REQUEST_OUTCOME_OK)}));
    view.setQuery(query);
    QCOMPARE(view.rowCount(), rows);
}

void TestLists::headingsSortRowsAndTiesStand()
{
    RequestList list;
    RequestView view(list);
    list.take(records({record(1, control::REQUEST_OUTCOME_OK, 5), record(2, control::REQUEST_OUTCOME_OK, 500),
                       record(3, control::REQUEST_OUTCOME_OK, 50), record(4, control::REQUEST_OUTCOME_OK, 50)}));
    QCOMPARE(view.index(0, 0).data(RequestList::IdRole).toULongLong(), quint64(4));  // newest first
    SortedTable table(view, "totalText", "totalMs");
    SortedRows& sorted = table.sorted;
    QAbstractItemModelTester tester(&sorted, QAbstractItemModelTester::FailureReportingMode::QtTest);
    const auto ids = [&] {
        QList<quint64> out;
        for (int i = 0; i < sorted.rowCount(); ++i)
            out.append(sorted.index(i, 0).data(RequestList::IdRole).toULongLong());
        return out;
    };
    QCOMPARE(ids(), (QList<quint64>{4, 3, 2, 1}));
    sorted.setCurrent(0);
    table.sort();
    QCOMPARE(ids(), (QList<quint64>{2, 4, 3, 1}));  // equal ones as they stood
    QCOMPARE(sorted.current(), 1);                  // the same request
    list.take(records({record(9, control::REQUEST_OUTCOME_OK, 900)}));
    QCOMPARE(ids(), (QList<quint64>{9, 2, 4, 3, 1}));
    QCOMPARE(sorted.current(), 2);
    table.sort();
    QCOMPARE(ids().constFirst(), quint64(1));
    table.sort();  // the third click: the order of the list
    QCOMPARE(ids().constFirst(), quint64(9));
}

/// A view makes all its delegates anew for a changed layout: a burst of requests stopped the window for 0.2 s.
void TestLists::rowsThatChangePlacesAreSignalledOnceAsChanged()
{
    QVariantList values;
    for (int i = 0; i < 50; ++i) values.append(i);
    SortedValues all(values);
    QStandardItemModel& list = all.list;
    SortedRows& sorted = all.sorted;
    QAbstractItemModelTester tester(&sorted, QAbstractItemModelTester::FailureReportingMode::QtTest);
    all.table.sort();
    QCoreApplication::processEvents();
    sorted.setCurrent(3);
    QSignalSpy layout(&sorted, &QAbstractItemModel::layoutChanged), reset(&sorted, &QAbstractItemModel::modelReset);
    int whole = 0;
    connect(&sorted, &QAbstractItemModel::dataChanged, &list,
            [&whole](const QModelIndex& first, const QModelIndex& last) {
                if (first.row() == 0 && last.row() == 49) ++whole;
            });
    const auto value = [&sorted](int row) { return sorted.index(row, 0).data(Qt::UserRole).toInt(); };
    for (int i = 0; i < 50; ++i) list.item(i)->setData(1000 - i, Qt::UserRole);
    for (int i = 1; i < 50; ++i) QVERIFY(value(i - 1) < value(i));
    QCOMPARE(value(sorted.current()), 997);  // the same row
    QCoreApplication::processEvents();
    QCOMPARE(whole, 1);
    list.item(0)->setData(0, Qt::UserRole);
    list.removeRow(5);
    list.appendRow(new QStandardItem);
    QCoreApplication::processEvents();
    QCOMPARE(whole, 2);
    QCOMPARE(value(0), 0);
    QVERIFY(layout.isEmpty());
    QVERIFY(reset.isEmpty());
}

/// The end of a request tells its beginning anew, rounded: its row hopped among those of the same burst.
void TestLists::aRequestKeepsItsPlaceWhenItEnds()
{
    RequestList list;
    RequestView view(list);
    control::RequestRecord open[3];
    for (int i = 0; i < 3; ++i) {
        open[i] = record(quint64(i + 1), control::REQUEST_OUTCOME_UNSPECIFIED, 5);
        open[i].set_time_ms(1000);
    }
    list.take(records({open[0], open[1], open[2]}));
    QSignalSpy layout(&view, &QAbstractItemModel::layoutChanged);
    control::RequestRecord ended = record(1, control::REQUEST_OUTCOME_OK, 7);
    ended.set_time_ms(1001);
    list.take(records({ended}));
    QVERIFY(layout.isEmpty());
    QCOMPARE(view.index(2, 0).data(RequestList::IdRole).toULongLong(), quint64(1));
    QCOMPARE(view.index(2, 0).data(RequestList::TimeMsRole).toDouble(), 1000.0);
    QCOMPARE(view.index(2, 0).data(RequestList::TotalMsRole).toDouble(), 7.0);
}

void TestLists::namesSortNaturally_data()
{
    QTest::addColumn<QString>("less");
    QTest::addColumn<QString>("more");
    QTest::newRow("numbers") << "model-2"
                             << "model-10";
    QTest::newRow("versions") << "qwen2.5-7b"
                              << "qwen2.5-32b";
    QTest::newRow("case") << "Alpha"
                          << "beta";
    QTest::newRow("prefix") << "llama"
                            << "llama-2";
    QTest::newRow("leading zeros") << "m-007"
                                   << "m-8";
    QTest::newRow("digits before letters") << "m-1"
                                           << "m-a";
    QTest::newRow("long numbers") << "m-99999999999999999998"
                                  << "m-99999999999999999999";
    QTest::newRow("nothing first") << ""
                                   << "a";
}

void TestLists::namesSortNaturally()
{
    QFETCH(QString, less);
    QFETCH(QString, more);
    QVERIFY(format::compareNatural(less, more) < 0);
    QVERIFY(format::compareNatural(more, less) > 0);
    QCOMPARE(format::compareNatural(less, less), 0);
}

void TestLists::unknownValuesSortLast()
{
    SortedValues all({2.0, QVariant(), 1.0, std::nan(""), 3.0});
    for (const QList<double>& wanted : {QList<double>{1, 2, 3}, QList<double>{3, 2, 1}}) {
        all.table.sort();
        for (int i = 0; i < 3; ++i) QCOMPARE(all.sorted.index(i, 0).data(Qt::UserRole).toDouble(), wanted.at(i));
    }
}

/// At 1024 pixels a name was cut ("emb…ini") beside columns that had more than they needed.
void TestLists::columnsWhoseTextsAreCutComeFirst_data()
{
    QTest::addColumn<QList<ColumnNeed>>("needs");
    QTest::addColumn<double>("available");
    QTest::addColumn<QList<double>>("widths");
    const auto row = [](const char* name, const QList<ColumnNeed>& needs, double available,
                        const QList<double>& widths) { QTest::newRow(name) << needs << available << widths; };
    row("no column", {}, 100, {});
    row("texts are not known: by weight", {{100, 1}, {50, 0}, {50, 2}}, 500, {200, 50, 250});
    row("nothing is cut: by weight", {{100, 1, 90}, {50, 0, 50}, {50, 2, 40}}, 500, {200, 50, 250});
    row("what is left goes to the cut one", {{100, 1, 140}, {50, 0, 50}, {50, 2, 50}}, 240, {140, 50, 50});
    row("the rest by weight", {{100, 1, 140}, {50, 0, 50}, {50, 2, 50}}, 270, {150, 50, 70});
    row("the least cut is whole first", {{100, 1, 1000}, {50, 1, 60}}, 190, {130, 60});
    row("alike cut, alike served", {{100, 1, 1000}, {50, 1, 1000}}, 190, {120, 70});
    row("a sentence claims half as much again", {{100, 1, 1000}, {50, 1, 50}}, 300, {200, 100});
    row("and no more with more words", {{100, 1, 2000}, {50, 1, 50}}, 300, {200, 100});
    row("a column of numbers, too", {{100, 1, 90}, {50, 0, 70}}, 200, {130, 70});
    row("from what others do not need", {{100, 1, 140}, {50, 0, 20}, {150, 2, 90}}, 300, {140, 50, 110});
    row("no more than is missing", {{100, 1, 110}, {50, 0, 20}, {150, 2, 90}}, 300, {110, 50, 140});
    row("of several by what they have", {{100, 1, 140}, {100, 1, 60}, {100, 1, 80}}, 300, {140, 73, 87});
    row("from figures, if all is whole then", {{100, 1, 140}, {150, 0, 20}}, 250, {140, 110});
    row("not from figures for a long sentence", {{100, 1, 900}, {150, 0, 20}}, 250, {100, 150});
    row("from texts first", {{100, 1, 150}, {100, 1, 60}, {150, 0, 20}}, 350, {150, 60, 140});
    row("not from those whose texts are not known", {{100, 1, 160}, {150, 1, 0}}, 250, {100, 150});
    row("not below the least width", {{400, 1, 600}, {150, 1, 1}}, 550, {518, 32});
    row("what the user chose stays", {{100, 1, 400, true}, {150, 1, 200}}, 320, {100, 220});
    row("too narrow for all: the table scrolls", {{100, 1, 100}, {150, 1, 150}}, 40, {100, 150});
    row("no width at all", {{100, 1, 200}, {150, 1, 200}}, -20, {100, 150});
}

void TestLists::columnsWhoseTextsAreCutComeFirst()
{
    QFETCH(QList<ColumnNeed>, needs);
    QFETCH(double, available);
    QFETCH(QList<double>, widths);
    QCOMPARE(columnWidths(needs, available, TableColumns::kWidthLeast), widths);
}

void TestLists::aNarrowTableLeavesOutWhatOneCanDoWithout()
{
    TableColumns columns;
    TableColumn name, trend;
    name.role = QStringLiteral("name");
    trend.role = QStringLiteral("trend");
    trend.fromWidth = 500;
    QQmlListProperty<TableColumn> declared = columns.columns();
    declared.append(&declared, &name);
    declared.append(&declared, &trend);
    columns.setWidth(400);
    QVERIFY(name.isShown() && !trend.isShown());
    columns.setWidth(500);
    QVERIFY(trend.isShown());
    columns.setWidth(499);
    trend.setShown(true);  // by the user
    QVERIFY(trend.isShown());
}

/// Names differ at their end: half as much again as the minimum cut them beside columns that had more than they need.
void TestLists::aNameMayClaimMore()
{
    QCOMPARE(columnWidths({{100, 1, 280, false, 3}, {50, 1, 50}}, 400, 32), (QList<double>{315, 85}));
    QCOMPARE(columnWidths({{100, 1, 280, false, 2}, {50, 1, 50}}, 400, 32), (QList<double>{275, 125}));
}

void TestLists::aColumnGrowsAtOnceAndShrinksLate()
{
    TableColumns columns;
    TableColumn name, note;
    name.minimum = note.minimum = 100;
    name.weight = note.weight = 1;
    QQmlListProperty<TableColumn> declared = columns.columns();
    for (TableColumn* column : {&name, &note}) declared.append(&declared, column);
    columns.setWidth(239);
    QSignalSpy placed(&name, &TableColumn::placed);
    ColumnFit narrow, wide;
    narrow.setColumn(&name);
    wide.setColumn(&name);
    narrow.setWidth(120);
    wide.setWidth(138.5);
    QCOMPARE(placed.size(), 0);  // texts come row by row: laid out once
    QCoreApplication::processEvents();
    QCOMPARE(placed.size(), 1);
    QCOMPARE(name.width(), 139.0);
    QCOMPARE(note.width(), 100.0);
    // It shrinks late, and only to what is there.
    wide.setWidth(20);
    narrow.setWidth(130);
    QCoreApplication::processEvents();
    QCOMPARE(name.width(), 139.0);
    columns.shrink();
    QCOMPARE(name.width(), 135.0);  // 130, and half of what is left
    QCOMPARE(name.content(), 130);
    {
        ColumnFit passing;
        passing.setColumn(&name);
        passing.setWidth(1e9);
        QCOMPARE(name.content(), 1'000'000);
    }
    columns.shrink();
    QCOMPARE(name.content(), 130);
    wide.setColumn(nullptr);
    narrow.setColumn(&note);
    columns.shrink();
    QCOMPARE(name.content(), 0);
    QCOMPARE(note.content(), 130);
}

void TestLists::columnsShareTheWidthAndAreKept()
{
    TableColumns columns;
    TableColumn name, size, note;
    name.role = QStringLiteral("name");
    name.minimum = 100;
    name.weight = 1;
    name.hideable = false;
    size.role = QStringLiteral("size");
    size.minimum = 50;
    note.role = QStringLiteral("note");
    note.minimum = 50;
    note.weight = 2;
    QQmlListProperty<TableColumn> declared = columns.columns();
    for (TableColumn* column : {&name, &size, &note}) declared.append(&declared, column);
    columns.setWidth(500);
    QCOMPARE(name.width(), 200.0);
    QCOMPARE(size.width(), 50.0);
    QCOMPARE(note.width(), 250.0);
    QCOMPARE(note.x(), 250.0);
    QCOMPARE(columns.total(), 500.0);
    columns.resize(&size, 150);
    QCOMPARE(name.width() + size.width() + note.width(), 500.0);
    QCOMPARE(size.width(), 150.0);
    note.setShown(false);
    QCOMPARE(name.width(), 350.0);
    name.setShown(false);  // it names the row: it stays
    QVERIFY(name.isShown());
    columns.sortBy(&size);
    const QString kept = columns.state();

    TableColumns again;
    TableColumn name2, size2, note2;
    name2.role = name.role;
    name2.hideable = false;
    size2.role = size.role;
    note2.role = note.role;
    QQmlListProperty<TableColumn> declared2 = again.columns();
    for (TableColumn* column : {&name2, &size2, &note2}) declared2.append(&declared2, column);
    again.setWidth(500);
    again.setState(kept);
    QCOMPARE(size2.width(), 150.0);
    QVERIFY(!note2.isShown());
    QCOMPARE(again.sortedBy(), QStringLiteral("size"));
    // Whatever a file says, the table stays usable.
    again.setState(QStringLiteral("{\"widths\":{\"size\":-4,\"name\":1e9},\"shown\":{\"name\":false},\"sort\":\"x\"}"));
    QVERIFY(name2.isShown());
    QVERIFY(name2.width() <= 4096);
    QVERIFY(again.sortedBy().isEmpty());
    again.reset();
    QVERIFY(again.state().isEmpty());
    // More than there is room for: nothing is cut, the table scrolls.
    again.setWidth(40);
    QVERIFY(again.total() > 40);
}

void TestLists::whatIsSeenIsExported()
{
    RequestList list;
    RequestView view(list);
    list.take(records({record(1, control::REQUEST_OUTCOME_OK, 5), record(2, control::REQUEST_OUTCOME_OK, 500)}));
    TableColumns columns;
    TableColumn model, phase, total;
    model.role = QStringLiteral("model");
    model.title = QStringLiteral("Model");
    phase.role = QStringLiteral("phase");
    phase.title = QStringLiteral("Phase, now");
    total.role = QStringLiteral("totalText");
    total.title = QStringLiteral("Total");
    QQmlListProperty<TableColumn> declared = columns.columns();
    for (TableColumn* column : {&model, &phase, &total}) declared.append(&declared, column);
    model.setShown(false);
    QCOMPARE(columns.csv(&view), QStringLiteral("\"Phase, now\",Total\ndone,500\u00A0ms\ndone,5\u00A0ms\n"));
}

void TestLists::theOpenPhaseIsCountedWhileItLasts()
{
    RequestList list;
    control::RequestRecord open = record(1, control::REQUEST_PHASE_STREAMING, 7200);
    open.set_queued_ms(100);
    open.set_run_ms(100);
    open.set_stream_ms(7000);  // the engine counts the phase that goes on
    list.takeOpen(records({open}));
    QCOMPARE(list.row(0).phasesMs[RequestList::Streaming], 7000.0);
    const auto shares = list.index(0).data(RequestList::SharesRole).value<QList<double>>();
    QVERIFY(shares.at(RequestList::Streaming) > 0.9);
}

void TestLists::aHeldTableStandsStillAndCountsWhatArrives()
{
    RequestList list;
    RequestView view(list);
    list.take(records({record(1, control::REQUEST_OUTCOME_OK), record(2, control::REQUEST_OUTCOME_OK)}));
    view.setFrozen(true);
    google::protobuf::RepeatedPtrField<control::RequestRecord> many;
    for (int i = 3; i < RequestList::kMost + 3; ++i)
        *many.Add() = record(static_cast<quint64>(i), control::REQUEST_OUTCOME_OK);
    list.take(many);
    QCOMPARE(view.rowCount(), 2);  // neither pushed down nor out
    QCOMPARE(view.newerCount(), RequestList::kMost);
    view.setFrozen(false);
    QCOMPARE(list.rowCount(), RequestList::kMost);
    QCOMPARE(view.rowCount(), RequestList::kMost);
}

/// "frozen · 1 newer" was the console's own request, which the list does not show.
void TestLists::aFrozenListCountsOnlyWhatItWouldShow()
{
    RequestList list;
    RequestView view(list);
    view.setQuery(QStringLiteral("model:scribe"));
    list.take(records({record(3, control::REQUEST_OUTCOME_OK)}));
    view.setFrozen(true);
    control::RequestRecord own = record(6, control::REQUEST_OUTCOME_OK);
    own.set_own(true);
    list.take(records({record(4, control::REQUEST_OUTCOME_OK), record(5, control::REQUEST_OUTCOME_OK), own}));
    QCOMPARE(view.newerCount(), 0);
    list.take(records({record(9, control::REQUEST_OUTCOME_OK)}));
    QCOMPARE(view.newerCount(), 1);
    QCOMPARE(view.rowCount(), 1);
    view.setFrozen(false);
    QCOMPARE(view.rowCount(), 2);
}

void TestLists::batchesFold()
{
    RequestList list;
    RequestView view(list);
    QAbstractItemModelTester tester(&view, QAbstractItemModelTester::FailureReportingMode::QtTest);
    const auto batched = [](quint64 id, quint64 batch) {
        control::RequestRecord out = record(id, control::REQUEST_OUTCOME_OK, 7);
        out.set_batch_id(batch);
        out.set_batch_rows(3);
        return out;
    };
    list.take(records({batched(1, 50), record(2, control::REQUEST_OUTCOME_OK), batched(3, 50), batched(4, 51)}));
    view.setGrouped(true);
    list.take(records({batched(5, 50)}));
    const auto ids = [&] {
        QList<quint64> out;
        for (int i = 0; i < view.rowCount(); ++i) out.append(view.index(i, 0).data(RequestList::IdRole).toULongLong());
        return out;
    };
    QCOMPARE(ids(), (QList<quint64>{4, 2, 1}));
    QCOMPARE(view.index(2, 0).data(RequestList::BatchCountRole).toInt(), 3);
    view.toggleBatch(50);
    QCOMPARE(ids(), (QList<quint64>{4, 2, 1, 5, 3}));
    QVERIFY(view.index(2, 0).data(RequestView::kUnfoldedRole).toBool());
    QVERIFY(view.index(3, 0).data(RequestView::kMemberRole).toBool());
    view.setGrouped(false);
    QCOMPARE(ids(), (QList<quint64>{5, 4, 3, 2, 1}));
}

void TestLists::syncOfManyIsLinear()
{
    // Ten thousand rows in the opposite order, and half of them others: steps that each looked for a key took minutes.
    KpiList list;
    QList<KpiRow> rows;
    for (int i = 0; i < 10'000; ++i) rows.append(kpi(QByteArray::number(i).constData()));
    list.sync(rows);
    QPersistentModelIndex last = list.index(9'999);
    std::reverse(rows.begin(), rows.end());
    for (int i = 1; i < 10'000; i += 2) rows[i].id = QStringLiteral("new") + QString::number(i);
    QSignalSpy reset(&list, &QAbstractItemModel::modelReset);
    list.sync(rows);
    QCOMPARE(keys(list).size(), 10'000);
    QCOMPARE(keys(list).constFirst(), rows.constFirst().id);
    QCOMPARE(keys(list).constLast(), rows.constLast().id);
    QCOMPARE(last.row(), 0);  // a row that stays is the same row
    QCOMPARE(reset.count(), 0);
}

void TestLists::pausedViewShowsNothingLater()
{
    RequestList list;
    RequestView view(list);
    list.take(records({record(1, control::REQUEST_OUTCOME_OK)}));
    view.setUntilMs(1001);
    list.take(records({record(2, control::REQUEST_OUTCOME_OK)}));
    QCOMPARE(view.rowCount(), 1);
    view.setUntilMs(0);
    QCOMPARE(view.rowCount(), 2);
}

void TestLists::paletteFindsTheNearest()
{
    const auto score = [](const char* title, const char* hint, const char* query, bool dangerous = false) {
        return PaletteList::score({QString::fromLatin1(title), QString::fromLatin1(hint), {}, {}, {}, {}, dangerous},
                                  QString::fromLatin1(query));
    };
    QVERIFY(score("Settings", "", "set") > score("Offset", "", "set"));
    QVERIFY(score("Longest wait", "", "lw") > 0);
    QVERIFY(score("Pin digits-l", "", "pin") > score("Stop engine", "asks first: the engine stops", "pin"));
    QCOMPARE(score("Stop engine", "", "pin", true), 0);  // letters of it, but not its words
    QCOMPARE(score("Stop engine", "", "engine", true) > 0, true);
    QCOMPARE(score("Unload pinned", "", "load", true), 0);  // within a word is not enough for what destroys
    QCOMPARE(score("Compress from", "streamer.compression.bytes_min", "probe"), 0);
    QVERIFY(score("Largest batch", "batcher.size_max", "max") > score("Models", "what is in memory", "max"));
    QVERIFY(score("Largest batch", "batcher.size_max", "batch size") > 0);
    QVERIFY(score("History", "telemetry.history", "hist") > score("synthetic-fast", "warm", "hist"));
    QCOMPARE(score("Flow", "", "xyz"), 0);
    int ran = 0;
    PaletteList list;
    list.setSource([&] {
        return QList<PaletteList::Entry>{{QStringLiteral("Flow"), {}, {}, {}, [&] { ran = 1; }},
                                         {QStringLiteral("Settings"), {}, {}, {}, [&] { ran = 2; }}};
    });
    list.open();
    QCOMPARE(list.rowCount(), 2);
    list.setQuery(QStringLiteral("sett"));
    QCOMPARE(list.rowCount(), 1);
    list.run(0);
    QCOMPARE(ran, 2);
    list.run(7);  // beyond the end: nothing
    QCOMPARE(ran, 2);
}

QTEST_GUILESS_MAIN(TestLists)
#include "tst_lists.moc"
