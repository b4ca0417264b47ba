// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/mutex.h"

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The engine's metrics. A module declares its own at construction and keeps the references; updates are single atomic
/// operations. Prometheus' text, the console's live stream and the history read everything from the registry.
///
///     Counter& reused = registry.counter("millrace_pool_connections_reused_total", help, {{"pool", name}});
///     Histogram& wait = registry.histogram("millrace_pool_wait_seconds", help, buckets::latencySeconds());
///     reused.add();
///     wait.observe(toMs(span) / 1000);
///
/// Names follow Prometheus' conventions: millrace_<module>_<what>_<unit>[_total], in base units (seconds, bytes). Why
/// not prometheus-cpp: engine/docs/adr/0015-a-registry-of-metrics.md.
namespace millrace {

/// Label names and values. REQUIRES: values from a bounded set, never a client's text: each set of labels is kept for
/// the life of the registry.
using Labels = std::map<std::string, std::string>;

/// A monotonic count. Thread: any.
class Counter {
public:
    void add(std::uint64_t amount = 1) { value_.fetch_add(amount, std::memory_order_relaxed); }
    std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> value_{0};
};

/// A value that goes up and down. Thread: any.
class Gauge {
public:
    void set(double value) { value_.store(value, std::memory_order_relaxed); }
    void add(double amount)
    {
        double seen = value_.load(std::memory_order_relaxed);
        while (!value_.compare_exchange_weak(seen, seen + amount, std::memory_order_relaxed)) {
        }
    }
    double value() const { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<double> value_{0};
};

/// A snapshot of a histogram. `counts` has one entry more than `bounds`: the last is for values above all bounds.
struct HistogramData {
    std::vector<double> bounds;
    std::vector<std::uint64_t> counts;
    double sum = 0;
    std::uint64_t count = 0;

    /// Interpolated linearly within its bucket; empty if nothing was observed. `share` from 0 to 1: 0.99 is p99.
    std::optional<double> quantile(double share) const;
    std::optional<double> mean() const;
    /// The difference to `before`, an earlier snapshot of the same histogram; a default one counts as zero.
    HistogramData since(const HistogramData& before) const;
    /// Adds `other`. REQUIRES: the same bounds, or either is empty; otherwise aborts.
    void merge(const HistogramData& other);
};

/// Counts observations in fixed buckets. Thread: any; a snapshot may lag by observations in progress.
class Histogram {
public:
    /// `bounds`: inclusive upper bounds. REQUIRES: ascending; otherwise aborts.
    explicit Histogram(std::vector<double> bounds);
    void observe(double value);
    HistogramData read() const;

private:
    std::vector<double> bounds_;
    std::vector<std::atomic<std::uint64_t>> counts_;
    std::atomic<double> sum_{0};
};

namespace buckets {
std::vector<double> latencySeconds();  ///< 20 µs … 100 s, each 1.3 times the one before
std::vector<double> rows();            ///< 1 … 4096
std::vector<double> depth();           ///< 0, 1, 2 … 8, then doubling to 1024
std::vector<double> bytes();           ///< 64 B … 1 GiB, times 4
}  // namespace buckets

/// Owner: Engine; outlives everything that has one of its references. Thread: any.
class Registry {
public:
    enum class Kind { Counter, Gauge, Histogram };

    struct Metric {
        Labels labels;
        std::uint64_t counter = 0;
        double gauge = 0;
        HistogramData histogram;
    };
    struct Family {
        std::string name;
        std::string help;
        Kind kind;
        std::vector<Metric> metrics;
    };

    /// The metric with that name and those labels, created at the first call. The reference is valid as long as the
    /// registry: take it once, at construction, since each call locks and allocates.
    /// REQUIRES: a name is used for one kind only; otherwise aborts. `help` and `bounds` of the first call count.
    Counter& counter(const std::string& name, const std::string& help, const Labels& labels = {});
    Gauge& gauge(const std::string& name, const std::string& help, const Labels& labels = {});
    Histogram& histogram(const std::string& name, const std::string& help, const std::vector<double>& bounds,
                         const Labels& labels = {});

    /// A snapshot of everything, sorted by name.
    std::vector<Family> collect() const;

    /// Sums over all label sets that contain `match` (empty: all); zero if the name is unknown.
    std::uint64_t counterTotal(const std::string& name, const Labels& match = {}) const;
    double gaugeTotal(const std::string& name, const Labels& match = {}) const;
    HistogramData histogramTotal(const std::string& name, const Labels& match = {}) const;

private:
    struct FamilyState {
        std::string help;
        Kind kind;
        std::map<Labels, std::unique_ptr<Counter>> counters;
        std::map<Labels, std::unique_ptr<Gauge>> gauges;
        std::map<Labels, std::unique_ptr<Histogram>> histograms;
    };
    FamilyState& family(const std::string& name, const std::string& help, Kind kind) MILLRACE_REQUIRES(mutex_);

    mutable Mutex mutex_;  // declaring and reading only; a request never takes it
    std::map<std::string, FamilyState> families_ MILLRACE_GUARDED_BY(mutex_);
};

}  // namespace millrace
