// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <vector>

namespace millrace::bench {

/// The median of those that are finite; of an even number the mean of the middle two. NaN: none.
double median(std::vector<double> values);

/// The quantile `share` (0..1) by nearest rank; NaN: none. Reorders.
double quantile(std::span<float> values, double share);

}  // namespace millrace::bench
