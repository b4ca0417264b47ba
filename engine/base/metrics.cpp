// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/metrics.h"

#include "base/check.h"

#include <algorithm>
#include <cmath>

namespace millrace {

std::optional<double> HistogramData::quantile(double share) const
{
    if (count == 0) return std::nullopt;
    const double wanted = share * static_cast<double>(count);
    double seen = 0;
    for (std::size_t i = 0; i < counts.size(); ++i) {
        const auto here = static_cast<double>(counts[i]);
        if (here > 0 && seen + here >= wanted) {
            if (i == bounds.size()) return bounds.empty() ? sum / static_cast<double>(count) : bounds.back();
            const double low = i == 0 ? 0 : bounds[i - 1];
            return low + (bounds[i] - low) * std::clamp((wanted - seen) / here, 0.0, 1.0);
        }
        seen += here;
    }
    return bounds.empty() ? std::nullopt : std::optional(bounds.back());
}

std::optional<double> HistogramData::mean() const
{
    if (count == 0) return std::nullopt;
    return sum / static_cast<double>(count);
}

HistogramData HistogramData::since(const HistogramData& before) const
{
    if (before.counts.empty()) return *this;
    HistogramData out = *this;
    out.count = 0;
    for (std::size_t i = 0; i < out.counts.size() && i < before.counts.size(); ++i) {
        out.counts[i] -= std::min(out.counts[i], before.counts[i]);
        out.count += out.counts[i];
    }
    out.sum = sum - before.sum;
    return out;
}

void HistogramData::merge(const HistogramData& other)
{
    if (counts.empty()) {
        *this = other;
        return;
    }
    MR_CHECK(bounds == other.bounds || other.counts.empty());
    for (std::size_t i = 0; i < other.counts.size(); ++i) counts[i] += other.counts[i];
    sum += other.sum;
    count += other.count;
}

Histogram::Histogram(std::vector<double> bounds) : bounds_(std::move(bounds)), counts_(bounds_.size() + 1)
{
    MR_CHECK(std::is_sorted(bounds_.begin(), bounds_.end()));
}

void Histogram::observe(double value)
{
    const auto place = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
    counts_[static_cast<std::size_t>(place)].fetch_add(1, std::memory_order_relaxed);
    double seen = sum_.load(std::memory_order_relaxed);
    while (!sum_.compare_exchange_weak(seen, seen + value, std::memory_order_relaxed)) {
    }
}

HistogramData Histogram::read() const
{
    HistogramData out;
    out.bounds = bounds_;
    out.counts.reserve(counts_.size());
    for (const auto& count : counts_) {
        out.counts.push_back(count.load(std::memory_order_relaxed));
        out.count += out.counts.back();
    }
    out.sum = sum_.load(std::memory_order_relaxed);
    return out;
}

namespace buckets {

std::vector<double> latencySeconds()
{
    std::vector<double> out;
    for (double bound = 20e-6; bound < 100; bound *= 1.3) out.push_back(bound);
    return out;
}

std::vector<double> rows()
{
    return {1, 2, 4, 8, 16, 24, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 256, 512, 1024, 4096};
}

std::vector<double> depth()
{
    return {0, 1, 2, 3, 4, 5, 6, 7, 8, 16, 32, 64, 128, 256, 512, 1024};
}

std::vector<double> bytes()
{
    std::vector<double> out;
    for (double bound = 64; bound <= 1073741824.0; bound *= 4) out.push_back(bound);
    return out;
}

}  // namespace buckets

Registry::FamilyState& Registry::family(const std::string& name, const std::string& help, Kind kind)
{
    auto [place, fresh] = families_.try_emplace(name);
    if (fresh) {
        place->second.help = help;
        place->second.kind = kind;
    }
    MR_CHECK_MSG(place->second.kind == kind, name);
    return place->second;
}

Counter& Registry::counter(const std::string& name, const std::string& help, const Labels& labels)
{
    const MutexLock lock(mutex_);
    auto& slot = family(name, help, Kind::Counter).counters[labels];
    if (!slot) slot = std::make_unique<Counter>();
    return *slot;
}

Gauge& Registry::gauge(const std::string& name, const std::string& help, const Labels& labels)
{
    const MutexLock lock(mutex_);
    auto& slot = family(name, help, Kind::Gauge).gauges[labels];
    if (!slot) slot = std::make_unique<Gauge>();
    return *slot;
}

Histogram& Registry::histogram(const std::string& name, const std::string& help, const std::vector<double>& bounds,
                               const Labels& labels)
{
    const MutexLock lock(mutex_);
    auto& slot = family(name, help, Kind::Histogram).histograms[labels];
    if (!slot) slot = std::make_unique<Histogram>(bounds);
    return *slot;
}

std::vector<Registry::Family> Registry::collect() const
{
    const MutexLock lock(mutex_);
    std::vector<Family> out;
    out.reserve(families_.size());
    for (const auto& [name, state] : families_) {
        Family family{name, state.help, state.kind, {}};
        for (const auto& [labels, counter] : state.counters)
            family.metrics.push_back({labels, counter->value(), 0, {}});
        for (const auto& [labels, gauge] : state.gauges) family.metrics.push_back({labels, 0, gauge->value(), {}});
        for (const auto& [labels, histogram] : state.histograms)
            family.metrics.push_back({labels, 0, 0, histogram->read()});
        out.push_back(std::move(family));
    }
    return out;
}

namespace {

bool carries(const Labels& labels, const Labels& match)
{
    return std::all_of(match.begin(), match.end(), [&](const auto& wanted) {
        const auto found = labels.find(wanted.first);
        return found != labels.end() && found->second == wanted.second;
    });
}

template <typename Value, typename Metrics>
Value sumOf(const Metrics& metrics, const Labels& match)
{
    Value sum = 0;
    for (const auto& [labels, metric] : metrics)
        if (carries(labels, match)) sum += metric->value();
    return sum;
}

}  // namespace

std::uint64_t Registry::counterTotal(const std::string& name, const Labels& match) const
{
    const MutexLock lock(mutex_);
    const auto found = families_.find(name);
    return found == families_.end() ? 0 : sumOf<std::uint64_t>(found->second.counters, match);
}

double Registry::gaugeTotal(const std::string& name, const Labels& match) const
{
    const MutexLock lock(mutex_);
    const auto found = families_.find(name);
    return found == families_.end() ? 0 : sumOf<double>(found->second.gauges, match);
}

HistogramData Registry::histogramTotal(const std::string& name, const Labels& match) const
{
    const MutexLock lock(mutex_);
    HistogramData total;
    const auto found = families_.find(name);
    if (found == families_.end()) return total;
    for (const auto& [labels, histogram] : found->second.histograms)
        if (carries(labels, match)) total.merge(histogram->read());
    return total;
}

}  // namespace millrace
