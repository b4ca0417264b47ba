// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/metrics.h"
#include "bench/micro/suites.h"

#include <benchmark/benchmark.h>
#include <memory>
#include <vector>

namespace millrace::bench::micro {

namespace {

// Shared by the threads of a measurement: contention is what is measured.
Counter sharedCounter;
Gauge sharedGauge;

Histogram& sharedHistogram()
{
    static Histogram histogram(buckets::latencySeconds());
    return histogram;
}

void counter(benchmark::State& state)
{
    for (auto _ : state) sharedCounter.add();
}

void gauge(benchmark::State& state)
{
    for (auto _ : state) sharedGauge.add(1);
}

void histogram(benchmark::State& state)
{
    Histogram& shared = sharedHistogram();
    double value = 20e-6;
    for (auto _ : state) {
        shared.observe(value);
        value = value < 10 ? value * 1.1 : 20e-6;  // through all buckets
    }
}

void histogramRead(benchmark::State& state)
{
    for (auto _ : state) benchmark::DoNotOptimize(sharedHistogram().read().quantile(0.99));
}

/// As many as a running engine has, about.
void collect(benchmark::State& state)
{
    Registry registry;
    for (int i = 0; i < 40; ++i) {
        const Labels labels{{"model", "m" + std::to_string(i)}};
        registry.counter("requests_total", "", labels).add();
        registry.gauge("waiting", "", labels).set(1);
        registry.histogram("seconds", "", buckets::latencySeconds(), labels).observe(0.01);
    }
    for (auto _ : state) benchmark::DoNotOptimize(registry.collect());
}

}  // namespace

void addBase()
{
    benchmark::RegisterBenchmark("base/metrics/counter_add", counter)->ThreadRange(1, 2);
    benchmark::RegisterBenchmark("base/metrics/gauge_add", gauge)->ThreadRange(1, 2);
    benchmark::RegisterBenchmark("base/metrics/histogram_observe", histogram)->ThreadRange(1, 2);
    benchmark::RegisterBenchmark("base/metrics/histogram_p99", histogramRead);
    benchmark::RegisterBenchmark("base/metrics/collect_120_metrics", collect);
}

}  // namespace millrace::bench::micro
