// SPDX-License-Identifier: GPL-3.0-or-later
#include "load/capacity_planner.h"

#include <QTest>

#include <map>
#include <string>
#include <vector>

using namespace millrace;
using namespace millrace::load;

namespace {

const TimePoint t0 = TimePoint{} + 1h;

struct Equal final : Valuation {
    double reuse(EntryId) const override { return 0.5; }
};

/// Models of one backend with a budget of 100 bytes, as the row describes them: "warm:40 leased:30 pinned:20
/// preload:10 leaving:10".
struct World {
    Options options;
    LoadLog log;
    EtaModel eta;
    Equal values;
    ModelTable table;
    CapacityPlanner planner{table, options, eta, values};
    std::map<EntryId, std::string> kinds;

    explicit World(const QString& models)
    {
        options.budgetBytes = 100;
        options.residencyMin = 1s;
        for (const QString& model : models.split(' ', Qt::SkipEmptyParts)) add(model);
    }
    ModelEntry& add(const QString& model)
    {
        const std::string kind = model.section(':', 0, 0).toStdString();
        const auto bytes = model.section(':', 1).toULongLong();
        const TimePoint then = t0 - 1min;
        const EntryId id = table.add({kind, "b", {}, true, false, bytes}, options, log, then);
        kinds[id] = kind;
        ModelEntry& entry = table.at(id);
        if (kind == "cold") return entry;
        Ask ask;
        if (kind == "preload") ask.priority = Priority::Preload;
        if (kind == "preload") ask.cause = Cause::Preload;
        entry.enqueue(ask, 0, then);
        if (kind == "queued") return entry;
        entry.begin(then);
        if (kind == "preload") return entry;
        entry.loaded(bytes, kind == "young" ? t0 : then);
        if (kind == "leased") static_cast<void>(entry.lease(then));
        if (kind == "pinned") entry.setPinned(true);
        if (kind == "leaving") entry.unload(UnloadReason::Manual, std::string("unloaded"), t0);
        return entry;
    }
    QString names(const std::vector<EntryId>& entries) const
    {
        QStringList out;
        for (EntryId id : entries) out << QString::fromStdString(kinds.at(id));
        out.sort();
        return out.join(' ');
    }
};

}  // namespace

Q_DECLARE_METATYPE(millrace::load::Capacity)

class TestCapacityPlanner : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void saysWhoLeavesForWhom_data();
    void saysWhoLeavesForWhom();
    void preloadsOnlyWhatIsWorthIt();
    void takesWhatIsOverTheBudget_data();
    void takesWhatIsOverTheBudget();
};

void TestCapacityPlanner::saysWhoLeavesForWhom_data()
{
    QTest::addColumn<QString>("models");
    QTest::addColumn<int>("bytes");
    QTest::addColumn<Capacity>("capacity");
    QTest::addColumn<QString>("victims");
    QTest::addColumn<QString>("reserve");
    QTest::newRow("fits") << "warm:40" << 60 << Capacity::Available << ""
                          << "";
    QTest::newRow("fits once another has left") << "warm:40 leaving:40" << 60 << Capacity::Pending << ""
                                                << "";
    QTest::newRow("an idle one leaves") << "warm:60" << 60 << Capacity::Pending << "warm"
                                        << "";
    QTest::newRow("a young one stays while an idle one would do")
        << "warm:60 young:40" << 60 << Capacity::Pending << "warm"
        << "";
    QTest::newRow("a young one leaves where nothing else would do") << "young:60" << 60 << Capacity::Pending << "young"
                                                                    << "";
    QTest::newRow("a preload is cancelled") << "preload:60" << 60 << Capacity::Pending << "preload"
                                            << "";
    QTest::newRow("one in use takes nobody new") << "leased:60" << 60 << Capacity::Blocked << ""
                                                 << "leased";
    QTest::newRow("an idle one stays until the one in use can leave")
        << "leased:50 warm:40" << 95 << Capacity::Blocked << ""
        << "leased";
    QTest::newRow("pinned ones stay") << "pinned:60" << 60 << Capacity::Impossible << ""
                                      << "";
    QTest::newRow("larger than all") << "" << 101 << Capacity::Impossible << ""
                                     << "";
}

void TestCapacityPlanner::saysWhoLeavesForWhom()
{
    QFETCH(QString, models);
    QFETCH(int, bytes);
    QFETCH(Capacity, capacity);
    QFETCH(QString, victims);
    QFETCH(QString, reserve);
    World world(models);
    const ModelEntry& wanted = world.add(QStringLiteral("queued:%1").arg(bytes));
    const auto plan = world.planner.makeRoom(wanted, {}, t0);
    QVERIFY(plan.capacity == capacity);
    QCOMPARE(world.names(plan.victims), victims);
    QCOMPARE(world.names(plan.reserve), reserve);
    QCOMPARE(plan.refusal.ok(), capacity != Capacity::Impossible);
}

void TestCapacityPlanner::preloadsOnlyWhatIsWorthIt()
{
    World world(QStringLiteral("warm:60"));
    const ModelEntry& wanted = world.add(QStringLiteral("cold:60"));
    const auto outcome = [&](double value) { return world.planner.makeRoomToPreload(wanted, {value, 1, {}}, t0); };
    QVERIFY(outcome(0.9).outcome == PreloadOutcome::Started);
    QCOMPARE(world.names(outcome(0.9).victims), QStringLiteral("warm"));
    QVERIFY(outcome(0.5).outcome == PreloadOutcome::Refused);  // no better than what is there
    static_cast<void>(world.table.at(0).lease(t0));
    QVERIFY(outcome(0.9).outcome == PreloadOutcome::InUse);
}

void TestCapacityPlanner::takesWhatIsOverTheBudget_data()
{
    QTest::addColumn<QString>("models");
    QTest::addColumn<bool>("over");
    QTest::addColumn<QString>("victim");
    QTest::newRow("within") << "warm:60 warm:40" << false << "";
    QTest::newRow("leaving already") << "warm:60 leaving:60" << false << "";
    QTest::newRow("the idle one") << "leased:60 warm:60" << true << "warm";
    QTest::newRow("all in use") << "leased:60 pinned:60" << true << "";
}

void TestCapacityPlanner::takesWhatIsOverTheBudget()
{
    QFETCH(QString, models);
    QFETCH(bool, over);
    QFETCH(QString, victim);
    World world(models);
    const auto excess = world.planner.excess("b", t0);
    QCOMPARE(excess.has_value(), over);
    if (over) QCOMPARE(excess->victim ? world.names({*excess->victim}) : QString(), victim);
    QVERIFY(!world.planner.excess("another", t0));
}

QTEST_GUILESS_MAIN(TestCapacityPlanner)
#include "tst_capacity_planner.moc"
