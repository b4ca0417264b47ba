// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "telemetry/telemetry.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace millrace::telemetry {

/// Values by series number; NaN: nothing was measured.
struct Row {
    std::int64_t timeMs = 0;
    std::vector<double> values;
};

/// Numbers for names, from 0, in the order they came.
/// Bound: kSeriesMax; a further name is not kept.
class SeriesNames {
public:
    static constexpr std::size_t kSeriesMax = 512;
    std::optional<std::uint16_t> number(const std::string& name);
    std::optional<std::uint16_t> find(const std::string& name) const;
    const std::vector<std::string>& names() const { return names_; }
    Row row(const Sample& sample);

private:
    std::vector<std::string> names_;
    std::unordered_map<std::string, std::uint16_t> numbers_;
};

/// Means of what falls into each span of `spanMs`, aligned to it. Pure core.
class Downsampler {
public:
    explicit Downsampler(std::int64_t spanMs) : spanMs_(spanMs) {}
    /// The mean of the span before, when this row begins another one. `row` counts `weight` times.
    std::optional<Row> add(const Row& row, double weight = 1);
    /// The unfinished span.
    std::optional<Row> open() const;
    std::int64_t spanMs() const { return spanMs_; }

private:
    struct Sum {
        double total = 0;
        double weight = 0;
    };
    std::int64_t spanMs_;
    std::int64_t start_ = 0;
    bool empty_ = true;
    std::vector<Sum> sums_;
};

/// A table of times and series, evenly spaced; NaN where there is no data.
struct Points {
    std::vector<std::int64_t> timesMs;
    std::vector<std::string> names;
    std::vector<std::vector<double>> values;  ///< [series][time]
};

/// Spacing in which from..to fits into `pointsMax`, a multiple of `resolutionMs`.
std::int64_t stepFor(std::int64_t fromMs, std::int64_t toMs, std::int64_t resolutionMs, std::size_t pointsMax);

/// Gathers rows, oldest first, into even points.
class PointsBuilder {
public:
    PointsBuilder(std::int64_t fromMs, std::int64_t toMs, std::int64_t stepMs, std::vector<std::uint16_t> series);
    /// `spanMs`: what the row stands for; a row of 10 s counts ten times one of 1 s.
    void add(const Row& row, std::int64_t spanMs);
    Points finish(const std::vector<std::string>& names);

private:
    std::int64_t start_;
    std::int64_t stepMs_;
    std::vector<std::uint16_t> series_;
    std::size_t count_;
    std::vector<std::vector<double>> totals_;   // [series][point]
    std::vector<std::vector<double>> weights_;  // [series][point]
};

/// How a row lies on disk: number and value of each series that has one.
std::string packRow(const Row& row);
std::vector<double> unpackRow(const void* data, std::size_t size);

}  // namespace millrace::telemetry
