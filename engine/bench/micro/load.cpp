// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/check.h"
#include "bench/micro/suites.h"
#include "load/load_core.h"

#include <benchmark/benchmark.h>
#include <random>
#include <string>
#include <variant>
#include <vector>

namespace millrace::bench::micro {

namespace {

using namespace millrace::load;

constexpr TimePoint kStart = TimePoint{} + 1h;
constexpr std::size_t kSequence = 4096;

/// Mostly in turn, now and then elsewhere: there is something to learn, and it is not certain.
std::vector<std::uint32_t> sequence(std::size_t models)
{
    std::mt19937 random(7);
    std::vector<std::uint32_t> out;
    for (std::size_t i = 0; i < kSequence; ++i)
        out.push_back(static_cast<std::uint32_t>((random() % 5 == 0 ? random() : i) % models));
    return out;
}

struct Core {
    Core(std::size_t models, bool loaded, std::uint32_t residentMax) : core(options(residentMax))
    {
        std::vector<EntrySpec> specs;
        for (std::size_t i = 0; i < models; ++i)
            specs.push_back(
                {"model-" + std::to_string(i), "runtime", backend::ModelKind::Classifier, true, loaded, 1 << 20});
        core.setCatalogue(specs, now);
        for (const EntrySpec& spec : specs) entries.push_back(*core.find(spec.model, spec.backend));
        core.takeEffects();
    }
    static Options options(std::uint32_t residentMax)
    {
        Options out;
        out.residentMax = residentMax;
        out.residencyMin = Duration::zero();
        out.preload = residentMax == 0;
        return out;
    }

    TimePoint now = kStart;
    LoadCore core;
    std::vector<EntryId> entries;
};

/// All models are in memory; a request finds its model, is learned from and gives it back.
void requestWarm(benchmark::State& state, Duration gap)
{
    const auto models = static_cast<std::size_t>(state.range(0));
    Core world(models, true, 0);
    const std::vector<std::uint32_t> order = sequence(models);
    std::size_t at = 0;
    for (auto _ : state) {
        const EntryId entry = world.entries[order[at++ % kSequence]];
        MR_CHECK(world.core.request(entry, "openai-python · 51422", world.now));
        world.core.scheduler().release(entry, world.now);
        if (world.core.scheduler().hasEffects()) world.core.takeEffects();
        world.now += gap;
    }
}

/// Two models fit: each request for another one evicts, loads and answers.
void requestCold(benchmark::State& state)
{
    const auto models = static_cast<std::size_t>(state.range(0));
    Core world(models, false, 2);
    LoadScheduler& scheduler = world.core.scheduler();
    IdSource<WaiterId> waiters;
    std::size_t at = 0;
    std::int64_t loads = 0;
    for (auto _ : state) {
        const EntryId entry = world.entries[at++ % models];
        world.now += 10ms;
        if (!world.core.request(entry, "openai-python · 51422", world.now)) {
            MR_CHECK(scheduler.ask(entry, waiters.next(), Ask{}, world.now).ok());
            while (scheduler.hasEffects()) {
                for (const Effect& effect : world.core.takeEffects()) {
                    if (const auto* unload = std::get_if<StartUnload>(&effect)) {
                        scheduler.unloadEnded(unload->entry, unload->unload, absl::OkStatus(), world.now);
                    } else if (const auto* load = std::get_if<StartLoad>(&effect)) {
                        world.now += 5ms;
                        scheduler.loadEnded(load->entry, load->load, absl::OkStatus(), 1 << 20, world.now);
                        ++loads;
                    }
                }
            }
        }
        scheduler.release(entry, world.now);
    }
    state.counters["loads"] = benchmark::Counter(static_cast<double>(loads), benchmark::Counter::kAvgIterations);
}

void observe(benchmark::State& state)
{
    const auto models = static_cast<std::size_t>(state.range(0));
    Predictor predictor;
    std::vector<Symbol> symbols;
    for (std::size_t i = 0; i < models; ++i) symbols.push_back(predictor.symbol("model-" + std::to_string(i)));
    const std::vector<std::uint32_t> order = sequence(models);
    const ClientKey client = clientKey("openai-python · 51422");
    TimePoint now = kStart;
    std::size_t at = 0;
    for (auto _ : state) {
        benchmark::DoNotOptimize(predictor.observe(symbols[order[at++ % kSequence]], client, now));
        now += 10ms;
    }
}

}  // namespace

void addLoad()
{
    using benchmark::RegisterBenchmark;
    // 100 a second are learned from; of a flood only a few hundred a second.
    RegisterBenchmark("load/core/request_warm", [](benchmark::State& state) { requestWarm(state, 10ms); })
        ->Arg(2)
        ->Arg(20)
        ->Arg(100);
    RegisterBenchmark("load/core/request_warm_flood", [](benchmark::State& state) { requestWarm(state, 1us); })
        ->Arg(2)
        ->Arg(20)
        ->Arg(100);
    RegisterBenchmark("load/core/request_cold", requestCold)->Arg(20);
    RegisterBenchmark("load/predictor/observe", observe)->Arg(2)->Arg(20)->Arg(100);
}

}  // namespace millrace::bench::micro
