// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

/// What is made of the registry: Prometheus text, a sample of derived series each second, and their history on disk.
/// Looks on from the side: nothing here is on a request's way. Not here: declaring metrics (each module does).
namespace millrace::telemetry {

/// The derived series of one second. A series that had nothing to measure is absent.
struct Sample {
    std::int64_t timeMs = 0;  ///< Unix
    std::map<std::string, double> values;
    /// Of series that are pooled over several seconds: what this one would be by itself; empty: nothing.
    std::map<std::string, std::optional<double>> unpooled{};
};
/// The values of this second and no other, for comparing what was before a moment with what came after it.
std::map<std::string, double> unpooledValues(const Sample& sample);

}  // namespace millrace::telemetry
