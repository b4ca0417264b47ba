// SPDX-License-Identifier: GPL-3.0-or-later
#include "control.pb.h"
#include "format/series_words.h"
#include "series/goal_evaluator.h"

#include <QtCore/QDirIterator>
#include <QtCore/QRegularExpression>
#include <QtTest/QTest>

using namespace millrace::desktop;

/// When a goal is met, missed, or not meant.
class TestGoals : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void judges_data()
    {
        QTest::addColumn<QList<double>>("values");  // newest last; -1: nothing measured
        QTest::addColumn<QList<double>>("loads");   // the last one goes on
        QTest::addColumn<int>("state");
        const auto row = [](const char* name, const QList<double>& values, const QList<double>& loads,
                            GoalState state) { QTest::newRow(name) << values << loads << int(state); };
        const QList<double> bad(10, 99), good(10, 5), none(10, -1);
        row("no seconds yet", {}, {}, GoalState::None);
        row("in goal", good, {50}, GoalState::Met);
        row("out of goal for ten seconds", bad, {50}, GoalState::Missed);
        row("out of goal for nine", QList<double>(9, 99), {50}, GoalState::None);
        row("one good second in ten", {99, 99, 99, 5, 99, 99, 99, 99, 99, 99}, {50}, GoalState::Met);
        row("one bad second", {5, 5, 5, 5, 5, 5, 5, 5, 5, 99}, {50}, GoalState::Met);
        row("only the last ten count", QList<double>{5, 5, 5} + bad, {50}, GoalState::Missed);
        row("nobody asks", bad, {0}, GoalState::NeedsLoad);
        row("too little load", bad, {31}, GoalState::NeedsLoad);
        row("nothing measured, no load", none, {-1}, GoalState::NeedsLoad);
        row("under load, nothing measured", none, {50}, GoalState::None);
        row("load has only begun", bad, {0, 0, 0, 0, 0, 0, 0, 50}, GoalState::None);
        row("load has just ended", bad, {50, 50, 50, 50, 50, 50, 50, 50, 0}, GoalState::None);
        row("four measured seconds are no ten", {-1, -1, 99, -1, 99, -1, 99, -1, -1, 99}, {50}, GoalState::None);
        row("five are enough", {-1, 99, 99, -1, 99, -1, 99, -1, -1, 99}, {50}, GoalState::Missed);
        row("at the bound", QList<double>(10, 10), {32}, GoalState::Met);
    }
    void judges()
    {
        QFETCH(QList<double>, values);
        QFETCH(QList<double>, loads);
        QFETCH(int, state);
        const goals::Goal goal{"latency_tensor_p99_ms", 10, false, "requests_in_flight", 32, "needs load"};
        QList<GoalSecond> seconds;
        for (int i = 0; i < values.size(); ++i) {
            const double load = loads.isEmpty() ? -1 : loads.at(std::min<qsizetype>(i, loads.size() - 1));
            seconds.append(
                {values.at(i) < 0 ? std::optional<double>() : values.at(i), load < 0 ? std::optional<double>() : load});
        }
        QCOMPARE(int(evaluate(goal, seconds)), state);
    }

    void aGoalWithoutConditionIsAlwaysMeant()
    {
        const goals::Goal goal{"connection_reuse", 0.95, true};
        QCOMPARE(evaluate(goal, QList<GoalSecond>(10, {0.5, {}})), GoalState::Missed);
        QCOMPARE(evaluate(goal, QList<GoalSecond>(10, {0.95, {}})), GoalState::Met);
    }

    /// The first minute of a healthy engine used to be red: what was never seen before cannot be foreseen.
    void theLoaderIsJudgedOnceItHasItsHistory_data()
    {
        QTest::addColumn<bool>("hits");  // else accuracy
        QTest::addColumn<double>("value");
        QTest::addColumn<double>("seen");
        QTest::addColumn<int>("state");
        for (const bool hits : {true, false}) {
            const auto row = [&](const char* name, double value, double seen, GoalState state) {
                QTest::addRow("%s, %s", hits ? "hits" : "accuracy", name) << hits << value << seen << int(state);
            };
            row("few seen", 0.4, 40, GoalState::NeedsLoad);
            row("one too few", 0.4, 99, GoalState::NeedsLoad);
            row("out of goal", 0.4, 100, GoalState::Missed);
            row("in goal", 0.9, 100, GoalState::Met);
        }
    }
    void theLoaderIsJudgedOnceItHasItsHistory()
    {
        QFETCH(bool, hits);
        QFETCH(double, value);
        QFETCH(double, seen);
        QFETCH(int, state);
        const auto& goal = hits ? goals::kPreloadHits : goals::kPrediction;
        QCOMPARE(int(evaluate(goal, QList<GoalSecond>(10, {value, seen}))), state);
        if (state == int(GoalState::NeedsLoad)) QVERIFY(goal.needsText().contains(QStringLiteral("100")));
    }

    /// One slow check of thirty made the first minutes red: of so few the 99th percentile is the slowest.
    void healthChecksAreJudgedByAHundred()
    {
        const auto of = [](double ms, double checks) {
            return evaluate(goals::kHealth, QList<GoalSecond>(10, {ms, checks}));
        };
        QCOMPARE(of(49, 30), GoalState::NeedsLoad);
        QCOMPARE(of(49, 99), GoalState::NeedsLoad);
        QCOMPARE(of(49, 100), GoalState::Missed);
        QCOMPARE(of(9, 100), GoalState::Met);
        QVERIFY(goals::kHealth.needsText().contains(QStringLiteral("100")));
    }

    /// The window of a month has a mean of 20 s in place of seconds: a goal that was missed read "needs load" beside a
    /// health line that said so.
    void meansOfTheHistoryStandForTheirSeconds()
    {
        const qint64 start = 1'700'000'000'000;
        const auto state = [&](double value, double load) {
            millrace::control::v1::History history;
            auto& values = *history.add_series();
            values.set_name("preload_hit_rate");
            auto& loads = *history.add_series();
            loads.set_name(goals::kPreloadHits.load);
            for (int i = 0; i < 12; ++i) {
                history.add_times_ms(start + 20'000 * i);
                values.add_values(value);
                loads.add_values(load);
            }
            SeriesStore store;
            store.replaceBy(history);
            return evaluate(goals::kPreloadHits, store, start + 11 * 20'000 + 13'000);
        };
        QCOMPARE(state(0.3, 5000), GoalState::Missed);
        QCOMPARE(state(0.9, 5000), GoalState::Met);
        QCOMPARE(state(0.3, 10), GoalState::NeedsLoad);
    }

    void seriesAreReadUpToTheMoment()
    {
        SeriesStore store;
        const qint64 start = 1'700'000'000'000;
        for (int second = 0; second < 60; ++second) {
            millrace::control::v1::Sample sample;
            sample.set_time_ms(start + second * 1000 + second % 7);
            auto& values = *sample.mutable_values();
            values["latency_tensor_p99_ms"] = second < 30 ? 5 : 99;
            values["requests_in_flight"] = second < 50 ? 64 : 1;
            store.append(sample);
        }
        const goals::Goal goal{"latency_tensor_p99_ms", 10, false, "requests_in_flight", 32, "needs load"};
        const auto at = [&](int second) { return evaluate(goal, store, start + second * 1000 + 3); };
        QCOMPARE(at(-5), GoalState::None);
        QCOMPARE(at(3), GoalState::Met);
        QCOMPARE(at(29), GoalState::Met);
        QCOMPARE(at(35), GoalState::Met);  // some of the ten were good
        QCOMPARE(at(45), GoalState::Missed);
        QCOMPARE(at(55), GoalState::None);  // the load ended amid the ten
        QCOMPARE(at(59), GoalState::NeedsLoad);
    }

    /// Chats had no latency anywhere: tensor calls, embeddings and texts are never mixed, and each of them is shown.
    void everyClassHasItsCurve()
    {
        QFile page(QStringLiteral(MILLRACE_SOURCE_DIR "/qml/pages/FlowPage.qml"));
        QVERIFY(page.open(QIODevice::ReadOnly));
        const QString text = QString::fromUtf8(page.readAll());
        for (const QString& name : millrace::desktop::format::seriesNames()) {
            static const QRegularExpression kLatency(QStringLiteral("^latency_[a-z]+_p99_ms$"));
            if (kLatency.match(name).hasMatch()) QVERIFY2(text.contains(u'"' + name + u'"'), qPrintable(name));
        }
    }

    /// A page that asks for a series the engine does not have shows a dash indefinitely.
    void everySeriesThatIsShownExists()
    {
        const QStringList known = millrace::desktop::format::seriesNames();
        QVERIFY(known.size() > 60);
        int seen = 0;
        const auto look = [&](const QString& folder, const QString& pattern, const QRegularExpression& use) {
            QDirIterator it(QStringLiteral(MILLRACE_SOURCE_DIR "/") + folder, {pattern}, QDir::Files,
                            QDirIterator::Subdirectories);
            while (it.hasNext()) {
                QFile file(it.next());
                QVERIFY(file.open(QIODevice::ReadOnly));
                const QString text = QString::fromUtf8(file.readAll());
                for (auto found = use.globalMatch(text); found.hasNext();) {
                    const QString name = found.next().captured(1);
                    ++seen;
                    QVERIFY2(known.contains(name), qPrintable(file.fileName() + ": " + name));
                }
            }
        };
        look(QStringLiteral("qml"), QStringLiteral("*.qml"),
             QRegularExpression(QStringLiteral("\\bseries: *\"([a-z0-9_]+)\"")));
        look(QStringLiteral("desktop/viewmodels"), QStringLiteral("*.cpp"),
             QRegularExpression(QStringLiteral("\\b(?:at|figure|text|whole|percent|lately|latest)\\((?:"
                                               "QStringLiteral\\()?\"([a-z0-9]+(?:_[a-z0-9]+)+)\"")));
        look(QStringLiteral("desktop"), QStringLiteral("goals.h"),
             QRegularExpression(QStringLiteral("Goal k[A-Za-z]+\\{\"([a-z0-9_]+)\"")));
        QVERIFY2(seen > 40, qPrintable(QString::number(seen)));
    }
};

QTEST_GUILESS_MAIN(TestGoals)
#include "tst_goals.moc"
