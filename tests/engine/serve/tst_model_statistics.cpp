// SPDX-License-Identifier: GPL-3.0-or-later
#include "serve/model_statistics.h"

#include <QtTest>

using namespace millrace;
using namespace millrace::serve;

namespace {

constexpr TimePoint t0{1h};

}  // namespace

class TestModelStatistics : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void requestsThatWereMergedShareARun()
    {
        ModelStatisticsTable table;
        Trace merged;
        merged.batchRows = 3;
        const TimePoint begin{1h};
        merged.enter(Phase::Queued, begin);
        merged.enter(Phase::Batching, begin + 1ms);
        merged.enter(Phase::Running, begin + 3ms);
        merged.enter(Phase::Processing, begin + 9ms);
        for (const std::uint64_t batch : {7, 7, 8, 7}) {  // two batches that end at the same time
            merged.batch = BatchId{batch};
            table.add("digits", true, 10ms, merged, t0 + 1s);
        }
        table.add("digits", true, 10ms, Trace(), t0 + 2s);  // alone
        table.add("digits", false, 4ms, Trace(), t0 + 3s);
        const auto known = table.of("digits");
        QCOMPARE(known.succeeded, std::uint64_t(5));
        QCOMPARE(known.executions, std::uint64_t(3));
        QCOMPARE(known.failed, std::uint64_t(1));
        QVERIFY(known.successTime == 50ms && known.failTime == 4ms);
        QVERIFY(known.queueTime == 12ms && known.runTime == 24ms);
        QVERIFY(table.last("digits") == t0 + 3s);
        QVERIFY(!table.last("nobody"));
        QCOMPARE(table.of("nobody").succeeded, std::uint64_t(0));
    }

    void modelsAreBounded()
    {
        ModelStatisticsTable table;
        for (std::size_t i = 0; i <= ModelStatisticsTable::kModelsMax; ++i)
            table.add("m" + std::to_string(i), true, 1ms, Trace(), t0);
        QCOMPARE(table.of("m0").succeeded, std::uint64_t(1));
        QCOMPARE(table.of("m" + std::to_string(ModelStatisticsTable::kModelsMax)).succeeded, std::uint64_t(0));
        table.add("m0", true, 1ms, Trace(), t0);
        QCOMPARE(table.of("m0").succeeded, std::uint64_t(2));
    }
};

QTEST_GUILESS_MAIN(TestModelStatistics)
#include "tst_model_statistics.moc"
