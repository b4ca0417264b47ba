// SPDX-License-Identifier: GPL-3.0-or-later
#include "batch/cost_model.h"
#include "batch/size_controller.h"

#include <QTest>

#include <cmath>
#include <random>

using namespace millrace;
using namespace millrace::batch;

namespace {

/// Windows of batches of a model whose runs cost base + perRow · rows, all full at the limit.
struct Model {
    double baseMs;
    double perRowMs;
    double queueMs = 0;  ///< members wait this long besides
    double noise = 0;    ///< share of the run
    std::mt19937 random{7};

    void window(SizeController& size, int batches = SizeController::kWindow + 2, bool filled = true,
                std::uint32_t rows = 0)
    {
        for (int i = 0; i < batches; ++i) {
            const std::uint32_t each = rows == 0 ? size.limit() : rows;
            double run = baseMs + perRowMs * each;
            run *= 1 + noise * std::uniform_real_distribution<double>(-1, 1)(random);
            cost.add(each, fromMs(run));
            SizeController::Batch batch;
            batch.rows = each;
            batch.filled = filled;
            batch.run = fromMs(run);
            batch.latency = fromMs(run * 1.5 + queueMs);
            size.add(batch, cost.fit());
        }
    }
    CostModel cost{};
};

bool says(const SizeController& size, const char* words)
{
    return size.why().english().find(words) != std::string::npos;
}

}  // namespace

class TestSizeController : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void startsWhereTheSettingsSay()
    {
        const SizeController size({});
        QCOMPARE(size.limit(), 100U);
        QCOMPARE(size.why().english(), std::string("started at 100 rows"));
    }

    void growsBySteadyStepsWhileTheGoalIsHeld()
    {
        SizeController size({});
        Model model{1, 0.01};
        model.window(size);
        QCOMPARE(size.limit(), 110U);
        QVERIFY(says(size, "increased from 100 to 110 rows: 16 of 16 batches were full and requests take"));
        model.window(size);
        QCOMPARE(size.limit(), 120U);
        for (int i = 0; i < 20; ++i) model.window(size);
        QCOMPARE(size.limit(), 200U);  // and not beyond
    }

    void doesNotGrowWithoutNeed()
    {
        SizeController size({});
        Model model{1, 0.01};
        for (int i = 0; i < 10; ++i) model.window(size, 18, false, 30);
        QCOMPARE(size.limit(), 100U);
    }

    void isCutByATenthOnABreach()
    {
        SizeController size({});
        Model model{1, 0.5};
        model.window(size);
        QCOMPARE(size.limit(), 90U);
        QVERIFY2(says(size, "reduced from 100 to 90 rows: requests take 76 ms, the goal is 25 ms"),
                 size.why().english().c_str());
        for (int i = 0; i < 100; ++i) model.window(size);
        QVERIFY2(size.limit() >= 28 && size.limit() <= 36,
                 size.why().english().c_str());  // (1 + 32 · 0.5) · 1.5 = 25.5
    }

    void cutsFromWhatIsUsedNotFromTheLimit()
    {
        SizeController size({});
        Model model{1, 0.5};
        model.window(size, 9, false, 60);
        model.window(size, 9, false, 50);
        QCOMPARE(size.limit(), 54U);
    }

    void doesNotCutWhenTheQueueIsTheReason()
    {
        SizeController size({});
        Model model{1, 0.05, 60};
        model.window(size, 18, false, 40);
        QCOMPARE(size.limit(), 100U);
        QVERIFY2(says(size, "queueing is the reason"), size.why().english().c_str());
        // Full batches and a queue: larger ones carry more, as long as two runs hold the goal.
        for (int i = 0; i < 30; ++i) model.window(size);
        QCOMPARE(size.limit(), 200U);
        SizeController slower({});
        Model slow{1, 0.1, 60};
        for (std::uint32_t rows = 10; rows < 100; rows += 10) slow.cost.add(rows, fromMs(1 + 0.1 * rows));
        slow.queueMs = 8;  // with its own run and half of the one before it: less than two runs and a bit
        for (int i = 0; i < 30; ++i) slow.window(slower);
        QVERIFY2(slower.limit() >= 100 && slower.limit() <= 115,
                 slower.why().english().c_str());  // 2 · (1 + 11.5) = 25
    }

    /// 256 requests in flight whose runs of 100 take more than half of the goal used to be cut to ever smaller batches.
    void aQueueIsNotShortenedByCutting()
    {
        SizeController size({});
        Model model{1, 0.12, 20};
        for (std::uint32_t rows = 10; rows < 100; rows += 10) model.cost.add(rows, fromMs(1 + 0.12 * rows));
        model.window(size);
        QCOMPARE(size.limit(), 110U);
        QVERIFY2(says(size, "requests take 40 ms"), size.why().english().c_str());
        for (int i = 0; i < 30; ++i) model.window(size);
        QCOMPARE(size.limit(), 200U);  // 1 + 200 · 0.12 = 25: a run of its own still holds the goal
        // Once nobody waits for more than two runs, the size is what can be cut.
        model.queueMs = 0;
        model.window(size);
        QCOMPARE(size.limit(), 180U);
    }

    void doesNotCutWhatWouldNotGetFaster()
    {
        SizeController size({});
        Model model{20, 0.01, 10};
        model.window(size, 9, true, 100);
        model.window(size, 9, true, 20);
        QCOMPARE(size.limit(), 100U);
        QVERIFY2(says(size, "do not depend on its size"), size.why().english().c_str());
    }

    void doesNotCutForAGoalThatNoSizeHolds()
    {
        SizeController size({});
        Model model{10, 20};
        model.window(size, 9, true, 10);
        model.window(size, 9, true, 5);
        QCOMPARE(size.limit(), 100U);
        QVERIFY2(says(size, "no size meets the goal"), size.why().english().c_str());
    }

    void takesBackAStepThatMakesRowsDearer()
    {
        SizeController size({});
        Model cheap{1, 0.05};
        cheap.window(size);
        QCOMPARE(size.limit(), 110U);
        Model dear{1, 0.06};
        dear.window(size);
        QCOMPARE(size.limit(), 100U);
        QVERIFY2(says(size, "reverted from 110 to 100 rows: a row took"), size.why().english().c_str());
        for (int i = 0; i < 20; ++i) cheap.window(size);
        QCOMPARE(size.limit(), 100U);  // not tried again for a while
        for (int i = 0; i < 20; ++i) cheap.window(size);
        QVERIFY(size.limit() > 100);
    }

    void movesOnlyBeyondNoise()
    {
        // Members take the goal on average, give or take 30 %: nothing can be told, nothing moves.
        SizeController size({});
        Model model{0.1, 25.0 / 1.5 / 100};
        model.noise = 0.3;
        int moves = 0;
        for (int i = 0; i < 100; ++i) {
            const auto before = size.limit();
            model.window(size);
            if (size.limit() != before) ++moves;
        }
        QVERIFY2(moves < 15, std::to_string(moves).c_str());
    }

    void fixedWhenNotAdaptive()
    {
        SizeController size({.initial = 64, .adaptive = false});
        Model model{1, 0.5};
        for (int i = 0; i < 10; ++i) model.window(size);
        QCOMPARE(size.limit(), 64U);
        QVERIFY(says(size, "adaptive size is off"));
    }

    void newSettingsKeepWhatWasLearned()
    {
        SizeController size({});
        Model model{1, 0.01};
        model.window(size);
        QCOMPARE(size.limit(), 110U);
        size.apply({.goal = 30ms});
        QCOMPARE(size.limit(), 110U);
        size.apply({.max = 105, .goal = 30ms});
        QCOMPARE(size.limit(), 105U);
        QVERIFY(says(size, "the settings allow 1 to 105"));
        size.apply({.initial = 50, .max = 105});
        QCOMPARE(size.limit(), 50U);
        size.apply({.initial = 300, .min = 400, .max = 105});
        QCOMPARE(size.limit(), 105U);
    }

    // ---- the cost model ----

    void costIsALineThroughTheRuns()
    {
        CostModel cost;
        QVERIFY(!cost.expected(1));
        for (int i = 0; i < 30; ++i) {
            const auto rows = static_cast<std::uint32_t>(1 + i % 10);
            cost.add(rows, fromMs(2 + 0.25 * rows));
        }
        QVERIFY(cost.fit());
        QVERIFY(std::abs(cost.fit()->baseMs - 2) < 1e-6);
        QVERIFY(std::abs(cost.fit()->perRowMs - 0.25) < 1e-6);
        QVERIFY(std::abs(toMs(*cost.expected(100)) - 27) < 1e-3);
    }

    void oneSizeAloneDoesNotTellBaseFromSlope()
    {
        CostModel cost;
        for (int i = 0; i < 30; ++i) cost.add(10, 5ms);
        QVERIFY(!cost.fit());
        QCOMPARE(*cost.expected(10), Duration(5ms));
    }

    void costIsNeverNegative()
    {
        CostModel falling;
        for (int i = 0; i < 20; ++i) falling.add(static_cast<std::uint32_t>(1 + i % 5), fromMs(10 - i % 5));
        QCOMPARE(falling.fit()->perRowMs, 0.0);
        QVERIFY(falling.fit()->baseMs > 0);
        CostModel convex;
        for (int i = 0; i < 20; ++i) {
            const double rows = 1 + i % 5;
            convex.add(static_cast<std::uint32_t>(rows), fromMs(rows * rows));
        }
        QCOMPARE(convex.fit()->baseMs, 0.0);
        QVERIFY(convex.fit()->perRowMs > 0);
    }

    void oneHiccupDoesNotBendTheLine()
    {
        CostModel cost;
        for (int i = 0; i < 40; ++i) {
            const auto rows = static_cast<std::uint32_t>(1 + i % 10);
            cost.add(rows, fromMs(2 + 0.25 * rows));
        }
        cost.add(5, 10s);
        QVERIFY(std::abs(cost.fit()->baseMs - 2) < 1);
        // A lasting change gets through.
        for (int i = 0; i < 200; ++i) {
            const auto rows = static_cast<std::uint32_t>(1 + i % 10);
            cost.add(rows, fromMs(100 + 5 * rows));
        }
        QVERIFY(std::abs(cost.fit()->baseMs - 100) < 1);
        QVERIFY(std::abs(cost.fit()->perRowMs - 5) < 0.2);
    }

    void keepsTheLineWhenAllRunsHaveOneSize()
    {
        CostModel cost;
        for (int i = 0; i < 20; ++i) {
            const auto rows = static_cast<std::uint32_t>(1 + i % 10);
            cost.add(rows, fromMs(2 + 0.25 * rows));
        }
        for (int i = 0; i < 100; ++i) cost.add(8, 8ms);  // twice as slow as before, at one size
        QVERIFY(cost.fit());
        QVERIFY(std::abs(cost.fit()->at(8) - 8) < 0.01);
        QVERIFY(cost.fit()->baseMs >= 0 && cost.fit()->perRowMs > 0);
    }
};

QTEST_GUILESS_MAIN(TestSizeController)
#include "tst_size_controller.moc"
