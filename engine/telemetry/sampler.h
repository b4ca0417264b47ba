// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "telemetry/reading.h"
#include "telemetry/recent_answers.h"
#include "telemetry/telemetry.h"

#include <deque>
#include <map>
#include <optional>
#include <string>

namespace millrace::telemetry {

/// Derives every series of engine/docs/metrics.md from the registry, once a second.
///
///     Sampler sampler(registry);
///     const Sample sample = sampler.take(clock.now(), clock.unixMs());     // each second
///     sample.values.find("batch_rows_average");                            // absent, not 0, without data
///
/// Pure. Thread: one. Bound: the readings of the longest window (5 min).
/// Rates and quantiles cover the time since the previous take(), percentiles per request class RecentAnswers; the first
/// sample has only states.
class Sampler {
public:
    explicit Sampler(const Registry& registry) : registry_(registry) {}

    Sample take(TimePoint now, std::int64_t unixMs);
    /// Resident bytes before the first request, the base for memory per request; empty: unknown.
    std::optional<double> idleResidentBytes() const { return idleResident_; }

private:
    struct Window {  // totals for series over several minutes
        TimePoint time;
        double preloadHits = 0;
        double preloadsLate = 0;
        double demandLoads = 0;
        double predictedRight = 0;
        double predicted = 0;
        double warm = 0;
        double acquired = 0;
        double lruWarm = 0;
        double changesRight = 0;
        double changes = 0;
        double waitedLoads = 0;
        HistogramData health;
    };
    static Window windowOf(const Reading& reading, TimePoint now);
    const Window& before(TimePoint now, Duration span) const;

    void requests(Sample& sample, double seconds, TimePoint now);
    void latencies(Sample& sample, TimePoint now);
    void connections(Sample& sample, double seconds, TimePoint now);
    void batches(Sample& sample, double seconds);
    void models(Sample& sample, double seconds, TimePoint now);
    void streams(Sample& sample, double seconds);
    void process(Sample& sample, double seconds);

    /// The increase since the previous reading.
    std::optional<double> grown(const std::string& name, const Labels& match = {}) const;
    HistogramData observed(const std::string& name, const Labels& match = {}) const;
    void rate(Sample& sample, const std::string& series, double seconds, const std::string& name,
              const Labels& match = {}) const;
    void state(Sample& sample, const char* series, const std::string& name, const Labels& match = {}) const;
    void quantileMs(Sample& sample, const std::string& series, const HistogramData& data, double share) const;

    const Registry& registry_;
    bool first_ = true;
    TimePoint lastTime_{};
    Reading last_;
    Reading now_;
    std::deque<Window> windows_;
    std::map<std::string, RecentAnswers> recent_;  // by family of series
    std::optional<double> idleResident_, idleAnonymous_;
};

}  // namespace millrace::telemetry
