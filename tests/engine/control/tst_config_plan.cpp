// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/config_plan.h"

#include <QTest>

#include <string>
#include <vector>

using namespace millrace;
using namespace millrace::control;

class TestConfigPlan : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void saysWhatARequestWouldComeTo_data();
    void saysWhatARequestWouldComeTo();
    void whatAnOverrideSaysIsNotStored();
    void theFileWinsOnlyWhereItHasChanged_data();
    void theFileWinsOnlyWhereItHasChanged();
};

void TestConfigPlan::saysWhatARequestWouldComeTo_data()
{
    QTest::addColumn<QString>("stored");   // JSON
    QTest::addColumn<QString>("set");      // path=value …
    QTest::addColumn<QString>("changes");  // paths
    QTest::addColumn<QString>("problem");  // path of the first
    QTest::newRow("one setting") << "{}"
                                 << "batcher.timeout_ms=5"
                                 << "batcher.timeout_ms"
                                 << "";
    QTest::newRow("what it is already") << R"({"batcher":{"timeout_ms":5}})"
                                        << "batcher.timeout_ms=5"
                                        << ""
                                        << "";
    QTest::newRow("out of range") << "{}"
                                  << "batcher.size_max=0"
                                  << "batcher.size_max"
                                  << "batcher.size_max";
    QTest::newRow("unknown") << "{}"
                             << "batcher.sizes=3"
                             << ""
                             << "batcher.sizes";
    QTest::newRow("given by a flag") << "{}"
                                     << "loader.queue_max=7"
                                     << ""
                                     << "loader.queue_max";
    QTest::newRow("the value of the flag") << "{}"
                                           << "loader.queue_max=9"
                                           << ""
                                           << "";
    QTest::newRow("refused here and now") << "{}"
                                          << "limits.requests_max=13"
                                          << "limits.requests_max"
                                          << "limits.requests_max";
}

void TestConfigPlan::saysWhatARequestWouldComeTo()
{
    QFETCH(QString, stored);
    QFETCH(QString, set);
    QFETCH(QString, changes);
    QFETCH(QString, problem);
    ConfigPlanner planner({*config::fromFlag("loader.queue_max=9")});
    planner.setCheck([](const config::Config& inForce) {
        std::vector<config::FieldProblem> problems;
        if (inForce.limits().requests_max() == 13) problems.push_back({"limits.requests_max", "brings bad luck"});
        return problems;
    });
    const auto before = config::parseJson(stored.toStdString()).value();
    const auto inForce = config::effective(planner.withOverrides(before).value());
    v1::ApplyConfigRequest request;
    for (const QString& word : set.split(' '))
        (*request.mutable_set())[word.section('=', 0, 0).toStdString()] = word.section('=', 1).toStdString();
    const ConfigPlan plan = planner.plan({before, inForce}, request);
    QStringList changed;
    for (const auto& change : plan.changes) changed << QString::fromStdString(change.path);
    QCOMPARE(changed.join(' '), changes);
    QCOMPARE(QString::fromStdString(plan.problems.empty() ? "" : plan.problems.front().path), problem);
}

void TestConfigPlan::whatAnOverrideSaysIsNotStored()
{
    const ConfigPlanner planner({*config::fromFlag("loader.queue_max=9")});
    const config::Config before;
    const auto inForce = config::effective(planner.withOverrides(before).value());
    // The console sends back all that is in force, with one change.
    config::Config wanted = inForce;
    wanted.mutable_batcher()->set_timeout_ms(5);
    const ConfigPlan plan = planner.plan({before, inForce}, wanted, {});
    QVERIFY(plan.problems.empty());
    QCOMPARE(config::toJson(plan.stored), config::toJson(config::parseJson(R"({"batcher":{"timeout_ms":5}})").value()));
    QCOMPARE(plan.inForce.loader().queue_max(), 9u);
}

void TestConfigPlan::theFileWinsOnlyWhereItHasChanged_data()
{
    QTest::addColumn<QString>("applied");
    QTest::addColumn<QString>("before");  // the file, as it was read last
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("merged");
    const QString small = R"({"batcher":{"timeout_ms":5}})", large = R"({"batcher":{"timeout_ms":7}})";
    QTest::newRow("new in the file") << "{}"
                                     << "{}" << small << small;
    QTest::newRow("changed in the file") << small << small << large << large;
    QTest::newRow("removed from the file") << small << small << "{}"
                                           << "{}";
    QTest::newRow("removed from the file, but applied otherwise since") << large << small << "{}" << large;
    QTest::newRow("nothing of the file's") << large << "{}"
                                           << "{}" << large;
}

void TestConfigPlan::theFileWinsOnlyWhereItHasChanged()
{
    QFETCH(QString, applied);
    QFETCH(QString, before);
    QFETCH(QString, file);
    QFETCH(QString, merged);
    const auto read = [](const QString& json) { return config::parseJson(json.toStdString()).value(); };
    QCOMPARE(config::toJson(config::sparse(mergeFile(read(applied), read(before), read(file)))),
             config::toJson(read(merged)));
}

QTEST_GUILESS_MAIN(TestConfigPlan)
#include "tst_config_plan.moc"
