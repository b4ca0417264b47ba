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

/// Values by series number; NaN: no data.
struct Row {
    std::int64_t timeMs = 0;
    std::vector<double> values;
};

/// Maps names of series to numbers, from 0 in order of appearance. Thread: one.
/// Bound: kSeriesMax; further names get no number.
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

/// Averages rows over aligned spans of `spanMs`. Pure.
class Downsampler {
public:
    explicit Downsampler(std::int64_t spanMs) : spanMs_(spanMs) {}
    /// Returns the mean of the previous span when `row` begins a new one. REQUIRES: rows in order of time.
    std::optional<Row> add(const Row& row, double weight = 1);
    /// The mean of the unfinished span so far; empty: no rows.
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

/// The step, a multiple of `resolutionMs`, with which from..to has at most `pointsMax` points.
std::int64_t stepFor(std::int64_t fromMs, std::int64_t toMs, std::int64_t resolutionMs, std::size_t pointsMax);

/// Resamples rows to evenly spaced points. Pure.
class PointsBuilder {
public:
    PointsBuilder(std::int64_t fromMs, std::int64_t toMs, std::int64_t stepMs, std::vector<std::uint16_t> series);
    /// `spanMs`: the time that the row covers, which is its weight. REQUIRES: oldest first.
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

/// The form of a row on disk: number and value of each series with data.
std::string packRow(const Row& row);
std::vector<double> unpackRow(const void* data, std::size_t size);

}  // namespace millrace::telemetry
