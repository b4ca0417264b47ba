// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/metrics.h"

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

/// Text exposition format 0.0.4, as /metrics serves it.
std::string prometheusText(const Registry& registry);
inline constexpr const char* kPrometheusContentType = "text/plain; version=0.0.4; charset=utf-8";

/// What Linux says of this process.
struct ProcessFigures {
    double residentBytes = 0;
    double anonymousBytes = 0;  ///< of these, what no file is behind: neither code nor constants
    double cpuSeconds = 0;
    double threads = 0;
};
/// Of /proc/self/stat's text; all 0 when it is none.
ProcessFigures parseProcStat(const std::string& stat, double ticksPerSecond, double pageBytes);
/// Of /proc/self/statm's.
double parseAnonymous(const std::string& statm, double pageBytes);
ProcessFigures readProcess();
/// Sets the millrace_engine_ gauges.
void noteProcess(Registry& registry, const ProcessFigures& figures);

}  // namespace millrace::telemetry
