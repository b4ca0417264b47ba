// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <utility>
#include <vector>

namespace millrace::bench {

/// The median of those that are finite; of an even number the mean of the middle two. NaN: none.
double median(std::vector<double> values);
/// Those a quarter and three quarters of the way up, by nearest rank, of the values that are finite; NaN: none.
std::pair<double, double> quartiles(std::vector<double> values);
/// How far the median of what they are a sample of may be from theirs, at 95 %: half of the distance between the
/// values at 0.98 · √n places below and above the middle (the binomial's 2.5 and 97.5 %). NaN: too few.
double medianError(std::vector<double> values);

/// The quantile `share` (0..1) by nearest rank; NaN: none. Reorders.
double quantile(std::span<float> values, double share);

}  // namespace millrace::bench
