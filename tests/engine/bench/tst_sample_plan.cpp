// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/sample_plan.h"

#include <QtTest>

#include <map>
#include <set>

using namespace millrace;
using namespace millrace::bench;
using Kind = SampleAction::Kind;

namespace {

constexpr std::uint64_t kSeed = 20261128;

const SampleProgram& named(const std::vector<SampleProgram>& programs, const std::string& name)
{
    for (const auto& program : programs)
        if (program.name.starts_with(name)) return program;
    qFatal("no program %s", name.c_str());
}

/// Actions of one instance within a span, were each done at once.
std::vector<SampleAction> actionsOf(const SampleProgram& program, Duration span, std::uint64_t seed = kSeed)
{
    SamplePlan plan(program, 0, seed);
    std::vector<SampleAction> out;
    for (Duration at{}; at < span;) {
        out.push_back(plan.next());
        at += out.back().after;
    }
    return out;
}

}  // namespace

class TestSamplePlan : public QObject {
    Q_OBJECT

private:
    const std::vector<SampleProgram> programs_ = samplePrograms();

private Q_SLOTS:
    void isTheSameForTheSameSeed()
    {
        for (const auto& program : programs_) {
            const auto one = actionsOf(program, 120s), other = actionsOf(program, 120s);
            QCOMPARE(one.size(), other.size());
            for (std::size_t i = 0; i < one.size(); ++i) {
                QVERIFY(one[i].after == other[i].after);
                QVERIFY(one[i].model == other[i].model);
            }
            const auto third = actionsOf(program, 120s, kSeed + 1);
            QVERIFY2(third.back().after != one.back().after, program.name.c_str());
        }
    }

    void eachKindOfActionOccursEarly_data()
    {
        QTest::addColumn<int>("kind");
        QTest::addColumn<int>("withinSeconds");
        QTest::newRow("tensors") << static_cast<int>(Kind::Infer) << 5;
        QTest::newRow("texts") << static_cast<int>(Kind::Embed) << 5;
        QTest::newRow("chat") << static_cast<int>(Kind::Chat) << 5;
        QTest::newRow("many small requests at once") << static_cast<int>(Kind::Burst) << 8;
        QTest::newRow("an answer that is read slowly") << static_cast<int>(Kind::SlowRead) << 8;
        QTest::newRow("a model that does not exist") << static_cast<int>(Kind::UnknownModel) << 12;
        QTest::newRow("a body that is too large") << static_cast<int>(Kind::TooLarge) << 40;
    }
    void eachKindOfActionOccursEarly()
    {
        QFETCH(int, kind);
        QFETCH(int, withinSeconds);
        bool found = false;
        for (const auto& program : programs_)
            for (const auto& action : actionsOf(program, std::chrono::seconds(withinSeconds)))
                found = found || action.kind == static_cast<Kind>(kind);
        QVERIFY(found);
    }

    void theAgentsChainCanBeLearned()
    {
        const auto& agent = named(programs_, "code-agent");
        std::map<std::string, std::map<std::string, int>> followed;
        std::string last;
        int changes = 0, usual = 0;
        for (const auto& action : actionsOf(agent, 10min)) {
            if (!last.empty() && action.model != last) ++followed[last][action.model], ++changes;
            last = action.model;
        }
        for (const auto& [model, next] : followed)
            usual += std::max_element(next.begin(), next.end(), [](const auto& one, const auto& other) {
                         return one.second < other.second;
                     })->second;
        QVERIFY(followed.size() >= 3);
        QVERIFY2(usual * 100 >= changes * 85, qPrintable(QStringLiteral("%1 of %2").arg(usual).arg(changes)));
    }

    void theAgentThinksBetweenRequests()
    {
        const auto actions = actionsOf(named(programs_, "code-agent"), 5min);
        for (std::size_t i = 1; i < actions.size(); ++i) {
            QVERIFY(actions[i].after >= 300ms);
            QVERIFY(actions[i].after <= 500ms);
        }
    }

    void sevenModelsAreUsedAndFiveAtATime()
    {
        std::map<std::string, std::set<std::string>> users;  // of a model: programs
        std::set<std::string> inTurns;
        for (const auto& program : programs_)
            for (const auto& stage : program.stages) {
                if (stage.action.kind == Kind::UnknownModel) continue;
                users[stage.action.model].insert(program.name);
                if (program.name.starts_with("code-agent")) inTurns.insert(stage.action.model);
            }
        QCOMPARE(users.size(), std::size_t(7));
        QCOMPARE(inTurns.size(), std::size_t(3));
        for (const auto& model : inTurns) QCOMPARE(users[model].size(), std::size_t(1));
        // The one it is at and the next one loaded; and one model is used seldom.
        QCOMPARE(users.size() - inTurns.size() + 2 - 1, std::size_t(5));
    }

    void burstsDoNotBeatWithSecondsAndRest()
    {
        const auto& sensors = named(programs_, "sensor-hub");
        int bursts = 0, pauses = 0;
        bool quiet = false;
        std::set<int> phases;  // tenths of a second
        Duration at{};
        for (const auto& action : actionsOf(sensors, 10min)) {
            at += action.after;
            pauses += !quiet && action.kind != Kind::Burst ? 1 : 0;
            quiet = action.kind != Kind::Burst;
            if (quiet) continue;
            ++bursts;
            QCOMPARE(action.parallel, 128u);
            phases.insert(static_cast<int>(at / 100ms % 10));
        }
        QCOMPARE(phases.size(), std::size_t(10));
        QVERIFY(pauses >= 30);
        QVERIFY(bursts >= 200);
    }

    void refusalsAreFew()
    {
        double all = 0, refused = 0;
        for (const auto& program : programs_)
            for (const auto& action : actionsOf(program, 10min)) {
                const bool bad = action.kind == Kind::UnknownModel || action.kind == Kind::TooLarge;
                (bad ? refused : all) += bad ? 1 : action.parallel * program.instances;
            }
        QVERIFY(refused >= 10);
        QVERIFY2(refused < all * 0.01, qPrintable(QStringLiteral("%1 of %2").arg(refused).arg(all)));
    }

    void staysGentle()
    {
        double rate = 0;
        unsigned connections = 0;
        for (const auto& program : programs_) {
            // As if each were answered at once.
            double requests = 0;
            for (const auto& action : actionsOf(program, 10min)) requests += action.parallel;
            rate += program.instances * requests / 600;
            unsigned parallel = 1;
            for (const auto& stage : program.stages) parallel = std::max(parallel, stage.action.parallel);
            connections += program.instances * parallel;
        }
        QVERIFY2(rate < 300, qPrintable(QString::number(rate)));
        QVERIFY(connections < 200);
    }
};

QTEST_GUILESS_MAIN(TestSamplePlan)
#include "tst_sample_plan.moc"
