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

/// beginLoad() on a thread of its own.
struct Load {
    Load(ComputeSlots& slots, bool isUrgent) : slots_(slots)
    {
        control.urgent = isUrgent;
        thread_ = std::thread([this] { state = slots_.beginLoad(control) ? 1 : 2; });
    }
    ~Load()
    {
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
        ComputeSlots slots(2);
        slots.beginRun();
        slots.beginRun();
        Load load(slots, true);
        std::atomic<bool> third{false};
        std::thread run([&] {
            slots.beginRun();
            third = true;
            slots.endRun();
        });
        QVERIFY(becomes([&] { return slots.waiting() == 2; }));
        QVERIFY(load.state == 0 && !third);
        slots.endRun();
        QVERIFY(becomes([&] { return load.state == 1; }));
        QVERIFY(!third);  // one run and the load: both slots
        slots.endRun();
        run.join();
        QVERIFY(third);
    }

    void loadsLeaveASlotToRuns()
    {
        ComputeSlots slots(2);
        LoadControl first;
        QVERIFY(slots.beginLoad(first));
        {
            Load second(slots, true);
            slots.beginRun();
            slots.endRun();
            QVERIFY(becomes([&] { return slots.waiting() == 1; }));
            QVERIFY(second.state == 0);
            slots.endLoad();
            QVERIFY(becomes([&] { return second.state == 1; }));
        }
        slots.beginRun();
        slots.endRun();
    }

    void aPreloadTakesWhatIsFreeAndGivesWay()
    {
        ComputeSlots slots(2);
        slots.beginRun();
        LoadControl preload;
        preload.urgent = false;
        QVERIFY(slots.beginLoad(preload));
        QVERIFY(slots.pauseLoad(preload));  // nobody waits
        std::atomic<int> began{0};
        std::thread run([&] {
            slots.beginRun();
            ++began;
        });
        std::thread step([&] {
            while (began == 0) {
                static_cast<void>(slots.pauseLoad(preload));
                std::this_thread::yield();
            }
        });
        QVERIFY(becomes([&] { return began == 1; }));
        run.join();
        slots.endRun();
        step.join();
        slots.endRun();
        slots.endLoad();
    }

    void aPreloadThatSomebodyWaitsForGivesWayNoMore()
    {
        ComputeSlots slots(2);
        slots.beginRun();
        slots.beginRun();
        Load load(slots, false);
        load.control.urgent = true;
        slots.recheck();
        slots.endRun();
        QVERIFY(becomes([&] { return load.state == 1; }));
        std::thread run([&] {
            slots.beginRun();
            slots.endRun();
        });
        QVERIFY(becomes([&] { return slots.waiting() == 1; }));
        QVERIFY(slots.pauseLoad(load.control));
        slots.endRun();
        run.join();
    }

    /// Runs that never end are followed by others at once; after a while it has its turn nevertheless.
    void aPreloadDoesNotWaitForEver()
    {
        ComputeSlots slots(2);
        std::atomic<bool> stop{false};
        std::vector<std::thread> runs;
        for (int i = 0; i < 4; ++i)
            runs.emplace_back([&] {
                while (!stop) {
                    slots.beginRun();
                    std::this_thread::sleep_for(1ms);
                    slots.endRun();
                }
            });
        QVERIFY(becomes([&] { return slots.waiting() >= 2; }));  // both slots are taken
        const auto began = std::chrono::steady_clock::now();
        {
            Load load(slots, false);
            QVERIFY(becomes([&] { return load.state == 1; }));
        }
        QVERIFY(std::chrono::steady_clock::now() - began < ComputeSlots::kPreloadPatience + 5s);
        stop = true;
        for (auto& run : runs) run.join();
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
        std::vector<std::thread> loads;
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
