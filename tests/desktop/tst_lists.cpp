// SPDX-License-Identifier: GPL-3.0-or-later
#include "control.pb.h"
#include "lists/event_list.h"
#include "lists/event_view.h"
#include "lists/palette_list.h"
#include "lists/request_list.h"
#include "lists/request_view.h"
#include "lists/stage_list.h"

#include <QtTest/QAbstractItemModelTester>
#include <QtTest/QSignalSpy>
#include <QtTest/QTest>

using namespace millrace::desktop;

namespace {

control::RequestRecord record(quint64 id, const char* phase, double totalMs = 10)
{
    control::RequestRecord out;
    out.set_id(id);
    out.set_time_ms(static_cast<std::int64_t>(1000 + id));
    out.set_client(id % 2 ? "agent" : "editor");
    out.set_model(id % 3 ? "digits-l" : "scribe");
    out.set_phase(phase);
    out.set_total_ms(totalMs);
    out.set_run_ms(totalMs);
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

}  // namespace

class TestLists : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void syncTakesTheSmallestSteps();
    void syncFollowsAnyOrder();
    void eventsAreBoundedAndRepeatsGrouped();
    void eventsFilterBySeverityAndWords();
    void requestsMoveFromOpenToDone();
    void anOvertakenAnswerChangesNothing();
    void whatComesTwiceIsOneRow();
    void openOnesThatVanishedLeave();
    void requestsAreBounded();
    void queriesSelect_data();
    void queriesSelect();
    void slowestFirstSorts();
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
    event.set_kind("backend_down");
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
    QCOMPARE(view.index(0, 0).data(EventList::TextRole).toString(), QStringLiteral("backend left"));  // newest first
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
    list.takeOpen(records({record(1, "running")}));
    QCOMPARE(list.rowCount(), 1);
    list.take(records({record(1, "done", 42)}));
    QCOMPARE(list.rowCount(), 1);
    QCOMPARE(list.row(0).outcome, RequestList::Outcome::Done);
    QCOMPARE(list.row(0).totalMs, 42.0);
}

void TestLists::anOvertakenAnswerChangesNothing()
{
    // The finished record may come with a frame before the older answer about what was open.
    RequestList list;
    list.takeOpen(records({record(1, "running")}));
    list.take(records({record(1, "done", 42)}));
    list.takeOpen(records({record(1, "running")}));
    QCOMPARE(list.rowCount(), 1);
    QCOMPARE(list.row(0).outcome, RequestList::Outcome::Done);
}

void TestLists::whatComesTwiceIsOneRow()
{
    // A full frame after a reconnect brings the latest again.
    RequestList list;
    list.take(records({record(1, "done"), record(2, "failed")}));
    list.take(records({record(1, "done"), record(2, "failed"), record(3, "done")}));
    QCOMPARE(list.rowCount(), 3);
}

void TestLists::openOnesThatVanishedLeave()
{
    RequestList list;
    QAbstractItemModelTester tester(&list, QAbstractItemModelTester::FailureReportingMode::QtTest);
    list.takeOpen(records({record(1, "running"), record(2, "queued")}));
    list.takeOpen(records({record(2, "running")}));
    QCOMPARE(list.rowCount(), 1);
    QCOMPARE(list.row(0).id, quint64(2));
}

void TestLists::requestsAreBounded()
{
    RequestList list;
    google::protobuf::RepeatedPtrField<control::RequestRecord> many;
    for (int i = 1; i <= RequestList::kMost + 10; ++i) *many.Add() = record(static_cast<quint64>(i), "done");
    list.take(many);
    QCOMPARE(list.rowCount(), RequestList::kMost);
    list.take(records({record(100'000, "done")}));
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
    list.take(records({record(1, "done"), record(2, "done", 20), record(3, "done", 2000), record(4, "done")}));
    view.setQuery(query);
    QCOMPARE(view.rowCount(), rows);
}

void TestLists::slowestFirstSorts()
{
    RequestList list;
    RequestView view(list);
    QAbstractItemModelTester tester(&view, QAbstractItemModelTester::FailureReportingMode::QtTest);
    list.take(records({record(1, "done", 5), record(2, "done", 500), record(4, "done", 50)}));
    QCOMPARE(view.index(0, 0).data(RequestList::IdRole).toULongLong(), quint64(4));
    view.setOrder(RequestView::SlowestFirst);
    QCOMPARE(view.index(0, 0).data(RequestList::IdRole).toULongLong(), quint64(2));
    QCOMPARE(view.index(2, 0).data(RequestList::IdRole).toULongLong(), quint64(1));
}

void TestLists::pausedViewShowsNothingLater()
{
    RequestList list;
    RequestView view(list);
    list.take(records({record(1, "done")}));
    view.setUntilMs(1001);
    list.take(records({record(2, "done")}));
    QCOMPARE(view.rowCount(), 1);
    view.setUntilMs(0);
    QCOMPARE(view.rowCount(), 2);
}

void TestLists::paletteFindsTheNearest()
{
    QVERIFY(PaletteList::score(QStringLiteral("Settings"), QStringLiteral("set")) >
            PaletteList::score(QStringLiteral("Offset"), QStringLiteral("set")));
    QVERIFY(PaletteList::score(QStringLiteral("Longest wait"), QStringLiteral("lw")) > 0);
    QCOMPARE(PaletteList::score(QStringLiteral("Flow"), QStringLiteral("xyz")), 0);
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
