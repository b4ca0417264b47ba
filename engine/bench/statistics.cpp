// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/statistics.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

namespace millrace::bench {

namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

}  // namespace

double median(std::vector<double> values)
{
    std::erase_if(values, [](double value) { return !std::isfinite(value); });
    if (values.empty()) return kNone;
    std::sort(values.begin(), values.end());
    const std::size_t middle = values.size() / 2;
    return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

double quantile(std::span<float> values, double share)
{
    if (values.empty()) return kNone;
    const double size = static_cast<double>(values.size());
    const auto place = values.begin() + static_cast<std::ptrdiff_t>(std::clamp(std::ceil(share * size), 1.0, size)) - 1;
    std::nth_element(values.begin(), place, values.end());
    return static_cast<double>(*place);
}

}  // namespace millrace::bench
