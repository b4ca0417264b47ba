// SPDX-License-Identifier: GPL-3.0-or-later
#include "telemetry/series_store.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace millrace::telemetry {

namespace {

constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();

std::int64_t alignDown(std::int64_t time, std::int64_t span)
{
    const std::int64_t rest = time % span;
    return rest < 0 ? time - rest - span : time - rest;
}

}  // namespace

std::optional<std::uint16_t> SeriesNames::number(const std::string& name)
{
    if (const auto known = find(name)) return known;
    if (names_.size() >= kSeriesMax) return std::nullopt;
    const auto fresh = static_cast<std::uint16_t>(names_.size());
    names_.push_back(name);
    numbers_.emplace(name, fresh);
    return fresh;
}

std::optional<std::uint16_t> SeriesNames::find(const std::string& name) const
{
    const auto found = numbers_.find(name);
    return found == numbers_.end() ? std::nullopt : std::optional(found->second);
}

Row SeriesNames::row(const Sample& sample)
{
    Row row;
    row.timeMs = sample.timeMs;
    row.values.assign(names_.size(), kNothing);
    for (const auto& [name, value] : sample.values) {
        const auto at = number(name);
        if (!at) continue;
        if (*at >= row.values.size()) row.values.resize(*at + 1U, kNothing);
        row.values[*at] = value;
    }
    return row;
}

std::optional<Row> Downsampler::add(const Row& row, double weight)
{
    const std::int64_t start = alignDown(row.timeMs, spanMs_);
    std::optional<Row> closed;
    if (!empty_ && start != start_) {
        closed = open();
        sums_.clear();
    }
    empty_ = false;
    start_ = start;
    if (sums_.size() < row.values.size()) sums_.resize(row.values.size());
    for (std::size_t i = 0; i < row.values.size(); ++i) {
        if (std::isnan(row.values[i])) continue;
        sums_[i].total += row.values[i] * weight;
        sums_[i].weight += weight;
    }
    return closed;
}

std::optional<Row> Downsampler::open() const
{
    if (empty_) return std::nullopt;
    Row row;
    row.timeMs = start_;
    for (const auto& sum : sums_) row.values.push_back(sum.weight > 0 ? sum.total / sum.weight : kNothing);
    return row;
}

std::int64_t stepFor(std::int64_t fromMs, std::int64_t toMs, std::int64_t resolutionMs, std::size_t pointsMax)
{
    const auto most = static_cast<std::int64_t>(std::max<std::size_t>(pointsMax, 1));
    std::int64_t step = resolutionMs;
    const std::int64_t span = std::max<std::int64_t>(toMs - fromMs, 0);
    if (span / step >= most) step = (span / most / resolutionMs + 1) * resolutionMs;
    // Aligning the ends outwards may need one more.
    while ((alignDown(toMs, step) - alignDown(fromMs, step)) / step + 1 > most && most > 1) step += resolutionMs;
    return step;
}

PointsBuilder::PointsBuilder(std::int64_t fromMs, std::int64_t toMs, std::int64_t stepMs,
                             std::vector<std::uint16_t> series)
    : start_(alignDown(fromMs, stepMs)),
      stepMs_(stepMs),
      series_(std::move(series)),
      count_(static_cast<std::size_t>((alignDown(std::max(fromMs, toMs), stepMs) - start_) / stepMs + 1)),
      totals_(series_.size(), std::vector<double>(count_, 0)),
      weights_(totals_)
{}

void PointsBuilder::add(const Row& row, std::int64_t spanMs)
{
    if (row.timeMs < start_) return;
    const auto at = static_cast<std::size_t>((row.timeMs - start_) / stepMs_);
    if (at >= count_) return;
    const auto weight = static_cast<double>(spanMs);
    for (std::size_t i = 0; i < series_.size(); ++i) {
        if (series_[i] >= row.values.size() || std::isnan(row.values[series_[i]])) continue;
        totals_[i][at] += row.values[series_[i]] * weight;
        weights_[i][at] += weight;
    }
}

Points PointsBuilder::finish(const std::vector<std::string>& names)
{
    Points out;
    for (std::size_t at = 0; at < count_; ++at) out.timesMs.push_back(start_ + static_cast<std::int64_t>(at) * stepMs_);
    for (std::size_t i = 0; i < series_.size(); ++i) {
        out.names.push_back(names[series_[i]]);
        for (std::size_t at = 0; at < count_; ++at)
            totals_[i][at] = weights_[i][at] > 0 ? totals_[i][at] / weights_[i][at] : kNothing;
        out.values.push_back(std::move(totals_[i]));
    }
    return out;
}

std::string packRow(const Row& row)
{
    std::string out;
    for (std::size_t i = 0; i < row.values.size(); ++i) {
        if (std::isnan(row.values[i])) continue;
        const auto number = static_cast<std::uint16_t>(i);
        char bytes[sizeof number + sizeof(double)];
        std::memcpy(bytes, &number, sizeof number);
        std::memcpy(bytes + sizeof number, &row.values[i], sizeof(double));
        out.append(bytes, sizeof bytes);
    }
    return out;
}

std::vector<double> unpackRow(const void* data, std::size_t size)
{
    std::vector<double> values;
    constexpr std::size_t kEntry = sizeof(std::uint16_t) + sizeof(double);
    const auto* bytes = static_cast<const char*>(data);
    for (std::size_t at = 0; at + kEntry <= size; at += kEntry) {
        std::uint16_t number = 0;
        double value = 0;
        std::memcpy(&number, bytes + at, sizeof number);
        std::memcpy(&value, bytes + at + sizeof number, sizeof value);
        if (number >= SeriesNames::kSeriesMax) continue;  // bytes from disk are not to be trusted
        if (number >= values.size()) values.resize(number + 1U, kNothing);
        values[number] = value;
    }
    return values;
}

}  // namespace millrace::telemetry
