// SPDX-License-Identifier: GPL-3.0-or-later
#include "runtime/compute_slots.h"
#include "runtime/lowered_thread.h"
#include "runtime/workers.h"

#include <QtTest>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

using namespace millrace;
using namespace millrace::runtime;
using namespace std::chrono_literals;

namespace {

/// Whether it becomes true; other threads decide.
bool becomes(const std::function<bool()>& what)
{
    const auto until = std::chrono::steady_clock::now() + 20s;
    while (!what()) {
        if (std::chrono::steady_clock::now() > until) return false;
        std::this_thread::sleep_for(1ms);
    }
    return true;
}

/// Slots, runs of the test's own thread, and threads of others, which end with it even when the test fails on its way.
struct Stage {
    ~Stage()
    {
        stop = true;
        while (held > 0) endRun();
        threads.clear();
    }
    void beginRun()
    {
        slots.beginRun();
        ++held;
    }
    void endRun()
    {
        --held;
        slots.endRun();
    }
    template <typename Work>
    void start(Work work)
    {
        threads.emplace_back(std::move(work));
    }

    ComputeSlots slots{2};
    int held = 0;
    std::atomic<bool> stop{false};
    std::vector<std::jthread> threads;
};

/// beginLoad() on a thread of its own.
struct Load {
    Load(ComputeSlots& slots, bool isUrgent) : slots_(slots)
    {
        control.urgent = isUrgent;
        thread_ = std::thread([this] { state = slots_.beginLoad(control) ? 1 : 2; });
    }
    ~Load()
    {
        control.stop = true;  // it may still wait
        slots_.recheck();
        thread_.join();
        if (state == 1) slots_.endLoad();
    }
    LoadControl control;
    std::atomic<int> state{0};  // 1: it computes, 2: it was stopped

private:
    ComputeSlots& slots_;
    std::thread thread_;
};

}  // namespace

class TestComputeSlots : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void anUrgentLoadGetsTheNextSlot()
    {
        Stage stage;
        stage.beginRun();
        stage.beginRun();
        std::atomic<bool> third{false}, thirdEnded{false};
        Load load(stage.slots, true);
        stage.start([&] {
            stage.slots.beginRun();
            third = true;
            stage.slots.endRun();
            thirdEnded = true;
        });
        QVERIFY(becomes([&] { return stage.slots.waiting() == 2; }));
        QVERIFY(load.state == 0 && !third);
        stage.endRun();
        QVERIFY(becomes([&] { return load.state == 1; }));
        QVERIFY(!third);  // one run and the load: both slots
        stage.endRun();
        QVERIFY(becomes([&] { return thirdEnded.load(); }));
    }

    void loadsLeaveASlotToRuns()
    {
        Stage stage;
        LoadControl first;
        QVERIFY(stage.slots.beginLoad(first));
        {
            Load second(stage.slots, true);
            stage.beginRun();
            stage.endRun();
            QVERIFY(becomes([&] { return stage.slots.waiting() == 1; }));
            QVERIFY(second.state == 0);
            stage.slots.endLoad();
            QVERIFY(becomes([&] { return second.state == 1; }));
        }
        stage.beginRun();
        stage.endRun();
    }

    void aPreloadTakesWhatIsFreeAndGivesWay()
    {
        Stage stage;
        std::atomic<int> began{0};
        LoadControl preload;
        preload.urgent = false;
        stage.beginRun();
        QVERIFY(stage.slots.beginLoad(preload));
        QVERIFY(stage.slots.pauseLoad(preload));  // nobody waits
        std::atomic<bool> paused{false};
        stage.start([&] {
            stage.slots.beginRun();
            ++began;
            stage.slots.endRun();
        });
        stage.start([&] {
            while (began == 0 && !stage.stop) {
                static_cast<void>(stage.slots.pauseLoad(preload));
                std::this_thread::yield();
            }
            paused = true;
        });
        QVERIFY(becomes([&] { return began == 1; }));
        stage.endRun();
        QVERIFY(becomes([&] { return paused.load(); }));
        stage.slots.endLoad();
    }

    void aPreloadThatSomebodyWaitsForGivesWayNoMore()
    {
        Stage stage;
        stage.beginRun();
        stage.beginRun();
        std::atomic<bool> ran{false};
        Load load(stage.slots, false);
        QVERIFY(becomes([&] { return stage.slots.waiting() == 1; }));  // as a preload
        load.control.urgent = true;
        stage.slots.recheck();
        stage.endRun();
        QVERIFY(becomes([&] { return load.state == 1; }));
        stage.start([&] {
            stage.slots.beginRun();
            stage.slots.endRun();
            ran = true;
        });
        QVERIFY(becomes([&] { return stage.slots.waiting() == 1; }));
        QVERIFY(stage.slots.pauseLoad(load.control));
        QVERIFY(!ran);
        stage.endRun();
        QVERIFY(becomes([&] { return ran.load(); }));
    }

    /// Runs that never end are followed by others at once; after a while it has its turn nevertheless.
    void aPreloadIsNotStarved()
    {
        Stage stage;
        for (int i = 0; i < 4; ++i)
            stage.start([&] {
                while (!stage.stop) {
                    stage.slots.beginRun();
                    std::this_thread::sleep_for(1ms);
                    stage.slots.endRun();
                }
            });
        QVERIFY(becomes([&] { return stage.slots.waiting() >= 2; }));  // both slots are taken
        const auto began = std::chrono::steady_clock::now();
        {
            Load load(stage.slots, false);
            QVERIFY(becomes([&] { return load.state == 1; }));
        }
        QVERIFY(std::chrono::steady_clock::now() - began < ComputeSlots::kPreloadPatience + 5s);
    }

    void aStoppedLoadHoldsNothing()
    {
        ComputeSlots slots(2);
        slots.beginRun();
        slots.beginRun();
        {
            Load load(slots, true);
            QVERIFY(becomes([&] { return slots.waiting() == 1; }));
            load.control.stop = true;
            slots.recheck();
            QVERIFY(becomes([&] { return load.state == 2; }));
        }
        slots.endRun();
        slots.beginRun();
        LoadControl stopped;
        stopped.stop = true;
        QVERIFY(!slots.beginLoad(stopped));
        slots.endRun();
        slots.endRun();
        slots.beginRun();
        slots.beginRun();  // both are there
        slots.endRun();
        slots.endRun();
    }

    void neverMoreThanThereAreCompute()
    {
        ComputeSlots slots(2);
        Workers workers(4, 1000, &slots);
        std::atomic<int> computing{0}, most{0}, done{0};
        const auto compute = [&] {
            const int now = ++computing;
            int seen = most;
            while (now > seen && !most.compare_exchange_weak(seen, now)) {
            }
            std::this_thread::sleep_for(200us);
            --computing;
            ++done;
        };
        for (int i = 0; i < 300; ++i) QVERIFY(workers.submit(compute).ok());
        std::vector<std::jthread> loads;
        for (int i = 0; i < 3; ++i)
            loads.emplace_back([&, urgent = i == 0] {
                for (int turn = 0; turn < 20; ++turn) {
                    LoadControl control;
                    control.urgent = urgent;
                    if (!slots.beginLoad(control)) continue;
                    compute();
                    static_cast<void>(slots.pauseLoad(control));
                    slots.endLoad();
                }
            });
        for (auto& load : loads) load.join();
        QVERIFY(becomes([&] { return done == 360; }));
        QVERIFY2(most <= 2, QByteArray::number(most).constData());
    }

    void aLoweredThreadLowersNobodyElse()
    {
        const int own = ::getpriority(PRIO_PROCESS, 0);
        int within = -100, raised = -100;
        std::atomic<bool> urgent{false};
        runLowered(
            [&] {
                within = ::getpriority(PRIO_PROCESS, 0);
                urgent = true;
                // Where the system does not let us it stays as it is.
                const auto until = std::chrono::steady_clock::now() + (::geteuid() == 0 ? 20s : 100ms);
                while ((raised = ::getpriority(PRIO_PROCESS, 0)) != 0 && std::chrono::steady_clock::now() < until)
                    std::this_thread::sleep_for(1ms);
            },
            urgent);
        QCOMPARE(within, std::max(own, 10));
        QCOMPARE(::getpriority(PRIO_PROCESS, 0), own);
        if (::geteuid() == 0) QCOMPARE(raised, 0);
    }
};

QTEST_GUILESS_MAIN(TestComputeSlots)
#include "tst_compute_slots.moc"
