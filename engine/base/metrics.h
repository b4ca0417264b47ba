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

/// The one registry of figures. A module declares its metrics once, here; Prometheus, the live stream and the
/// history all read them from here. Names follow Prometheus' conventions: millrace_<module>_<what>_<unit>[_total].
namespace millrace {

/// Sorted by key, so that equal sets compare equal.
using Labels = std::map<std::string, std::string>;

/// Only grows. Thread: any.
class Counter {
public:
    void add(std::uint64_t amount = 1) { value_.fetch_add(amount, std::memory_order_relaxed); }
    std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> value_{0};
};

/// Goes up and down. Thread: any.
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

/// What a histogram held at a moment. counts has one entry more than bounds: the last is beyond all.
struct HistogramData {
    std::vector<double> bounds;
    std::vector<std::uint64_t> counts;
    double sum = 0;
    std::uint64_t count = 0;

    /// Interpolated within its bucket; empty when nothing was observed. `share` 0..1.
    std::optional<double> quantile(double share) const;
    std::optional<double> mean() const;
    /// What came since `before` (an earlier reading of the same histogram; an empty one counts as zero).
    HistogramData since(const HistogramData& before) const;
    /// Adds another one with the same bounds.
    void merge(const HistogramData& other);
};

/// Counts observations in fixed buckets. Thread: any.
class Histogram {
public:
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
std::vector<double> bytes();           ///< 64 B … 1 GB, times 4
}  // namespace buckets

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

    /// The metric of that name and labels, made at the first call; the reference stays good as long as the registry.
    /// A name keeps its kind: another one is a broken invariant.
    Counter& counter(const std::string& name, const std::string& help, const Labels& labels = {});
    Gauge& gauge(const std::string& name, const std::string& help, const Labels& labels = {});
    Histogram& histogram(const std::string& name, const std::string& help, const std::vector<double>& bounds,
                         const Labels& labels = {});

    /// Everything, by name. Thread: any.
    std::vector<Family> collect() const;

    /// Sums over all label sets that carry `match`; 0 or empty when the name is unknown.
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
