// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/micro/suites.h"
#include "pool/breaker.h"
#include "pool/idle_limit.h"
#include "pool/ledger.h"

#include <benchmark/benchmark.h>
#include <vector>

namespace millrace::bench::micro {

namespace {

using namespace millrace::pool;

constexpr TimePoint kStart = TimePoint{} + 1h;
constexpr Duration kStep = 1us;  ///< between two operations: no limit of time is met

/// A ledger with this many open connections, all idle.
struct OpenLedger {
    explicit OpenLedger(std::uint32_t connections) : ledger(limits(connections), [] { return 0.5; })
    {
        ledger.tick(now);
        while (ledger.hasEffects()) {
            ledger.takeEffects(effects);
            for (const Ledger::Effect& effect : effects)
                if (effect.kind == Ledger::Effect::Kind::Dial) ledger.connected(effect.connection, now);
        }
    }
    static LedgerLimits limits(std::uint32_t connections)
    {
        LedgerLimits out;
        out.sizeMin = out.sizeMax = out.dialsMax = connections;
        out.waitersMax = 10'000;
        out.ageMax = 100h;
        return out;
    }

    TimePoint now = kStart;
    std::vector<Ledger::Effect> effects;
    Ledger ledger;
};

void acquireRelease(benchmark::State& state)
{
    OpenLedger open(static_cast<std::uint32_t>(state.range(0)));
    for (auto _ : state) {
        const Ledger::Acquired got = open.ledger.acquire(open.now);
        open.ledger.release(got.connection, open.now);
        open.now += kStep;
    }
}

/// All connections are in use and others wait: one comes, and the one who has waited longest is served.
void acquireReleaseWithWaiters(benchmark::State& state)
{
    OpenLedger open(8);
    std::vector<ConnectionId> leased;
    for (int i = 0; i < 8; ++i) leased.push_back(open.ledger.acquire(open.now).connection);
    for (std::int64_t i = 0; i < state.range(0); ++i) open.ledger.acquire(open.now);
    std::size_t next = 0;
    for (auto _ : state) {
        benchmark::DoNotOptimize(open.ledger.acquire(open.now));
        open.ledger.release(leased[next], open.now);
        open.ledger.takeEffects(open.effects);
        leased[next] = open.effects.front().connection;
        next = (next + 1) % leased.size();
        open.now += kStep;
    }
}

void cancelWaiter(benchmark::State& state)
{
    OpenLedger open(1);
    open.ledger.acquire(open.now);
    for (std::int64_t i = 0; i < state.range(0); ++i) open.ledger.acquire(open.now);
    for (auto _ : state) {
        const Ledger::Acquired got = open.ledger.acquire(open.now);
        open.ledger.cancelWaiter(got.waiter, open.now);
    }
}

void tick(benchmark::State& state)
{
    OpenLedger open(static_cast<std::uint32_t>(state.range(0)));
    for (auto _ : state) {
        open.ledger.tick(open.now);
        benchmark::DoNotOptimize(open.ledger.wakeAt(open.now));
        open.now += kStep;
    }
}

void breakerSuccess(benchmark::State& state)
{
    Breaker breaker(3, 1s);
    for (auto _ : state) {
        benchmark::DoNotOptimize(breaker.passes());
        benchmark::DoNotOptimize(breaker.succeeded());
    }
}

/// Out, probed and in again.
void breakerCycle(benchmark::State& state)
{
    Breaker breaker(3, 1s);
    const std::string why = "connection refused";
    TimePoint now = kStart;
    for (auto _ : state) {
        for (int i = 0; i < 3; ++i) breaker.failed(now, why);
        now = *breaker.probeAt();
        breaker.tryStartProbe(now);
        breaker.succeeded(true);
    }
}

void idleLimit(benchmark::State& state)
{
    IdleLimit limit(5min);
    limit.announced(60s);
    limit.seenClosed(30s, kStart);
    limit.seenClosed(31s, kStart + 1min);
    for (auto _ : state) benchmark::DoNotOptimize(limit.limit(kStart + 2min));
}

}  // namespace

void addPool()
{
    benchmark::RegisterBenchmark("pool/ledger/acquire_release", acquireRelease)->Arg(1)->Arg(10)->Arg(100);
    benchmark::RegisterBenchmark("pool/ledger/acquire_release_waiters", acquireReleaseWithWaiters)->Arg(1)->Arg(1000);
    benchmark::RegisterBenchmark("pool/ledger/cancel_waiter", cancelWaiter)->Arg(1)->Arg(1000);
    benchmark::RegisterBenchmark("pool/ledger/tick", tick)->Arg(10)->Arg(100);
    benchmark::RegisterBenchmark("pool/breaker/success", breakerSuccess);
    benchmark::RegisterBenchmark("pool/breaker/eject_and_restore", breakerCycle);
    benchmark::RegisterBenchmark("pool/idle_limit/limit", idleLimit);
}

}  // namespace millrace::bench::micro
