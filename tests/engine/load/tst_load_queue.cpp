// SPDX-License-Identifier: GPL-3.0-or-later
#include "load/load_queue.h"

#include <QTest>

#include <vector>

using namespace millrace::load;

namespace {

enum class Do { Push, Move, Erase };
struct Step {
    Do what;
    EntryId entry;
    Priority priority = Priority::Demand;
    int rank = 0;
};
using Steps = std::vector<Step>;
using Order = std::vector<EntryId>;

}  // namespace

Q_DECLARE_METATYPE(Steps)
Q_DECLARE_METATYPE(Order)

class TestLoadQueue : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void servesTheMostUrgentFirst_data();
    void servesTheMostUrgentFirst();
};

void TestLoadQueue::servesTheMostUrgentFirst_data()
{
    constexpr auto preload = Priority::Preload, demand = Priority::Demand, manual = Priority::Manual;
    QTest::addColumn<Steps>("steps");
    QTest::addColumn<Order>("order");
    QTest::newRow("first come first served") << Steps{{Do::Push, 3}, {Do::Push, 1}, {Do::Push, 2}} << Order{3, 1, 2};
    QTest::newRow("manual, demand, preload")
        << Steps{{Do::Push, 1, preload}, {Do::Push, 2, demand}, {Do::Push, 3, manual}} << Order{3, 2, 1};
    QTest::newRow("rank counts within the priority only")
        << Steps{{Do::Push, 1, demand, 0}, {Do::Push, 2, demand, 5}, {Do::Push, 3, preload, 9}} << Order{2, 1, 3};
    QTest::newRow("pushed again: behind its equals")
        << Steps{{Do::Push, 1, preload}, {Do::Push, 2, demand}, {Do::Push, 1, demand}} << Order{2, 1};
    QTest::newRow("moved: keeps its turn")
        << Steps{{Do::Push, 1, demand, 3}, {Do::Push, 2, demand}, {Do::Push, 3, demand}, {Do::Move, 1, demand}}
        << Order{1, 2, 3};
    QTest::newRow("moved to the back") << Steps{{Do::Push, 1, manual}, {Do::Push, 2, demand}, {Do::Move, 1, preload}}
                                       << Order{2, 1};
    QTest::newRow("erased, and one that is not there")
        << Steps{{Do::Push, 1}, {Do::Push, 2}, {Do::Erase, 1}, {Do::Erase, 7}} << Order{2};
}

void TestLoadQueue::servesTheMostUrgentFirst()
{
    QFETCH(Steps, steps);
    QFETCH(Order, order);
    LoadQueue queue;
    for (const Step& step : steps) {
        if (step.what == Do::Push) queue.push(step.entry, step.priority, step.rank);
        if (step.what == Do::Move) queue.move(step.entry, step.priority, step.rank);
        if (step.what == Do::Erase) queue.erase(step.entry);
    }
    QCOMPARE(queue.entries(), order);
    QCOMPARE(queue.size(), order.size());
    QCOMPARE(queue.last(), order.back());
    for (std::size_t at = 0; at < order.size(); ++at) QCOMPARE(queue.before(order[at]), at);
    QCOMPARE(queue.before(99), order.size());
}

QTEST_GUILESS_MAIN(TestLoadQueue)
#include "tst_load_queue.moc"
