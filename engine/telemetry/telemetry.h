// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

/// Derived from the registry: Prometheus text, a sample of all series each second, and their history on disk. Only
/// observes: nothing here is on the path of a request. Not here: declaring metrics (each module does).
namespace millrace::telemetry {

/// The values of all series for one second. A series without data is absent, not zero.
struct Sample {
    std::int64_t timeMs = 0;  ///< Unix
    std::map<std::string, double> values;
    /// For series that are pooled over several seconds: the value of this second alone; empty: no data.
    std::map<std::string, std::optional<double>> unpooled{};
};
/// The values of this second alone, to compare before and after a change.
std::map<std::string, double> unpooledValues(const Sample& sample);

}  // namespace millrace::telemetry
