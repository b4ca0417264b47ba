// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/statistics.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

namespace millrace::bench {

namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

/// By nearest rank; reorders.
template <typename Value>
double nearestRank(std::span<Value> values, double share)
{
    if (values.empty()) return kNone;
    const double size = static_cast<double>(values.size());
    const auto place = values.begin() + static_cast<std::ptrdiff_t>(std::clamp(std::ceil(share * size), 1.0, size)) - 1;
    std::nth_element(values.begin(), place, values.end());
    return static_cast<double>(*place);
}

}  // namespace

double median(std::vector<double> values)
{
    std::erase_if(values, [](double value) { return !std::isfinite(value); });
    if (values.empty()) return kNone;
    std::sort(values.begin(), values.end());
    const std::size_t middle = values.size() / 2;
    return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

std::pair<double, double> quartiles(std::vector<double> values)
{
    std::erase_if(values, [](double value) { return !std::isfinite(value); });
    const double low = nearestRank(std::span(values), 0.25);
    return {low, nearestRank(std::span(values), 0.75)};
}

double medianError(std::vector<double> values)
{
    std::erase_if(values, [](double value) { return !std::isfinite(value); });
    constexpr std::size_t kFew = 6;  // of fewer the interval is wider than all of them
    if (values.size() < kFew) return kNone;
    std::sort(values.begin(), values.end());
    const auto size = static_cast<double>(values.size());
    const double half = 0.98 * std::sqrt(size);
    const auto below = static_cast<std::size_t>(std::max(0.0, std::floor(size / 2 - half)));
    const auto above = std::min(values.size() - 1, static_cast<std::size_t>(std::ceil(size / 2 + half)));
    return (values[above] - values[below]) / 2;
}

double quantile(std::span<float> values, double share)
{
    return nearestRank(values, share);
}

}  // namespace millrace::bench
