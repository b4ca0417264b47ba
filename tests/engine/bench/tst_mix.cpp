// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/mix_sequence.h"

#include <QTest>

#include <algorithm>
#include <array>
#include <vector>

using namespace millrace::bench;
using Program = MixSequence::Program;
using Item = MixSequence::Item;

namespace {

constexpr unsigned kNone = ~0u;

/// Clients in a closed loop; answers come in an order of chance.
class Clients {
public:
    explicit Clients(const MixOptions& options, unsigned seed) : options_(options), sequence(options), random_(seed) {}

    /// One request or one answer. False: nobody can go on.
    bool step()
    {
        while (inFlight.size() < options_.clients) {
            const auto item = sequence.next();
            if (!item) break;
            asked.push_back(*item);
            if (item->program == Program::Agent && item->model != model_) {
                others = std::count_if(inFlight.begin(), inFlight.end(), [&](const Item& each) {
                    return each.program == Program::Agent || (item->turns && each.program == Program::Editor);
                });
                overlaps = overlaps || (model_ != kNone && others > 0);
                model_ = item->model;
            }
            inFlight.push_back(*item);
        }
        if (inFlight.empty()) return false;
        const auto which = static_cast<std::ptrdiff_t>(random_() % inFlight.size());
        const Item item = inFlight[static_cast<std::size_t>(which)];
        inFlight.erase(inFlight.begin() + which);
        sequence.answered(item);
        return true;
    }

private:
    const MixOptions options_;

public:
    MixSequence sequence;
    std::vector<Item> asked, inFlight;
    std::ptrdiff_t others = 0;
    bool overlaps = false;  ///< a model's first request was sent while the agent waited for answers of another

private:
    std::mt19937 random_;
    unsigned model_ = kNone;
};

std::vector<Item> of(const std::vector<Item>& items, Program program)
{
    std::vector<Item> found;
    std::copy_if(items.begin(), items.end(), std::back_inserter(found),
                 [&](const Item& item) { return item.program == program; });
    return found;
}

}  // namespace

class TestMix : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aStepBeginsOnceTheAnswersOfTheOneBeforeAreThere()
    {
        for (const unsigned seed : {1u, 2u, 3u}) {
            Clients clients(MixOptions{}, seed);
            while (clients.sequence.steps() < 60) QVERIFY2(clients.step(), "everybody waits, and nothing is in flight");
            QVERIFY(!clients.overlaps);
        }
    }

    void theAgentGoesOnOnceTheEditorHasItsTexts()
    {
        MixOptions options;
        MixSequence sequence(options);
        std::vector<Item> texts;
        bool turned = false;
        // The editor's answers do not come: the agent finishes its stay, and does not begin anew.
        for (int count = 0; count < 100'000 && !turned; ++count) {
            const auto item = sequence.next();
            if (!item) break;
            turned = item->turns && texts.size() >= options.editorTexts;
            if (item->program == Program::Editor)
                texts.push_back(*item);
            else
                sequence.answered(*item);
        }
        QVERIFY(!turned);
        QCOMPARE(texts.size(), std::size_t{options.editorTexts});
        // Others ask on meanwhile; then it goes on.
        for (std::size_t at = 0; at < texts.size(); ++at)
            QCOMPARE(sequence.answered(texts[at]), at + 1 == texts.size());
        std::optional<Item> item;
        while (!item || item->program != Program::Agent) item = sequence.next();
        QVERIFY(item->turns);
    }

    void isTheSameForASeed()
    {
        std::array<std::vector<Item>, 2> asked;
        for (auto& each : asked) {
            Clients clients(MixOptions{}, 5);
            for (int count = 0; count < 20'000; ++count) clients.step();
            each = clients.asked;
        }
        QCOMPARE(asked[0].size(), asked[1].size());
        for (std::size_t at = 0; at < asked[0].size(); ++at) {
            QCOMPARE(asked[0][at].program, asked[1][at].program);
            QCOMPARE(asked[0][at].model, asked[1][at].model);
        }
    }

    void theSharesAreThoseOfTheOptions()
    {
        const MixOptions options;
        Clients clients(options, 9);
        while (clients.sequence.steps() < 400) clients.step();
        const auto all = static_cast<double>(clients.asked.size());
        const auto share = [&](Program program) {
            return static_cast<double>(of(clients.asked, program).size()) / all;
        };
        QVERIFY(std::abs(share(Program::Sorter) - options.sorterShare) < 0.003);
        QVERIFY(std::abs(share(Program::Indexer) - options.indexerShare) < 0.005);
        const auto turns =
            std::count_if(clients.asked.begin(), clients.asked.end(), [](const Item& item) { return item.turns; });
        QCOMPARE(turns, 400 / options.burstSteps);
        const auto texts = static_cast<std::ptrdiff_t>(of(clients.asked, Program::Editor).size());
        QVERIFY(std::abs(texts - turns * options.editorTexts) <= options.editorTexts);
        // One step more or less is all that a loop's strays differ by, wherever a run ends.
        const auto agent = of(clients.asked, Program::Agent);
        unsigned strays = 0;
        for (std::size_t at = 1; at < agent.size(); ++at) {
            const unsigned from = agent[at - 1].model, to = agent[at].model;
            strays += to != from && to != (from + 1) % options.agentModels ? 1 : 0;
        }
        // Away and back again, unless it leads to a neighbour.
        QVERIFY2(strays >= 400 * options.strayShare && strays <= 800 * options.strayShare + 2,
                 std::to_string(strays).c_str());
    }
};

QTEST_GUILESS_MAIN(TestMix)
#include "tst_mix.moc"
