// SPDX-License-Identifier: GPL-3.0-or-later
#include "batch/slot_map.h"
#include "support/seed.h"

#include <QTest>

#include <map>
#include <memory>
#include <random>

using namespace millrace;
using batch::SlotMap;

class TestSlotMap : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aNumberFindsItsValueOnce();
    void aNumberOfAPlaceUsedAgainFindsNothing();
    void endsWhatItHolds();
    void agreesWithAMap();
};

void TestSlotMap::aNumberFindsItsValueOnce()
{
    SlotMap<int> map;
    QVERIFY(!map.take(0) && !map.take(1ull << 32) && !map.take(UINT64_MAX));
    const auto a = map.insert(1), b = map.insert(2);
    QVERIFY(a != 0 && b != 0 && a != b);
    QCOMPARE(map.take(b), std::optional(2));
    QCOMPARE(map.take(a), std::optional(1));
    QVERIFY(!map.take(a) && !map.take(b));
    QCOMPARE(map.size(), std::size_t(0));
}

void TestSlotMap::aNumberOfAPlaceUsedAgainFindsNothing()
{
    SlotMap<int> map;
    const auto old = map.insert(1);
    map.take(old);
    for (int round = 0; round < 3; ++round) {
        // Also after a burst, when the places themselves were given back.
        std::vector<SlotMap<int>::Id> burst;
        for (std::size_t i = 0; i < 2 * SlotMap<int>::kPlacesKept; ++i) burst.push_back(map.insert(7));
        QVERIFY(!map.take(old));
        for (const auto id : burst) QCOMPARE(map.take(id), std::optional(7));
        QVERIFY(!map.take(burst.front()));
    }
}

void TestSlotMap::endsWhatItHolds()
{
    const auto held = std::make_shared<int>(1);
    {
        SlotMap<std::shared_ptr<int>> map;
        map.insert(held);
        const auto taken = map.insert(held);
        QCOMPARE(held.use_count(), 3L);
        map.take(taken);
        QCOMPARE(held.use_count(), 2L);
    }
    QCOMPARE(held.use_count(), 1L);
}

void TestSlotMap::agreesWithAMap()
{
    std::mt19937 random(testSeed());
    SlotMap<unsigned> map;
    std::map<SlotMap<unsigned>::Id, unsigned> known;
    for (unsigned step = 0; step < 20000; ++step) {
        if (random() % 5 < 3) {
            const auto id = map.insert(step);
            QVERIFY(known.emplace(id, step).second);
        } else if (!known.empty()) {
            const auto place = std::next(known.begin(), static_cast<std::ptrdiff_t>(random() % known.size()));
            QCOMPARE(map.take(place->first), std::optional(place->second));
            known.erase(place);
        }
        QCOMPARE(map.size(), known.size());
    }
}

QTEST_GUILESS_MAIN(TestSlotMap)
#include "tst_slot_map.moc"
