// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/metrics.h"

#include <map>
#include <optional>
#include <string>
#include <unordered_map>

namespace millrace::telemetry {

/// A snapshot of the registry, for queries. An undeclared metric is empty, not zero.
///
///     const Reading now(registry);
///     now.counter("millrace_pool_acquired_total", {{"backend", "a"}});     // sum over all protocols
///
/// Thread: any; independent of the registry once constructed.
class Reading {
public:
    Reading() = default;
    explicit Reading(const Registry& registry);

    bool declared(const std::string& name) const { return families_.count(name) != 0; }
    /// Sums over all label sets that contain `match`; empty: all.
    std::optional<double> counter(const std::string& name, const Labels& match = {}) const;
    std::optional<double> gauge(const std::string& name, const Labels& match = {}) const;
    std::optional<HistogramData> histogram(const std::string& name, const Labels& match = {}) const;
    /// A counter's sums by the value of one label.
    std::map<std::string, double> byLabel(const std::string& name, const std::string& label) const;
    /// The gauge with exactly this label.
    std::optional<double> gaugeOf(const std::string& name, const std::string& label, const std::string& value) const;

private:
    std::unordered_map<std::string, Registry::Family> families_;
};

}  // namespace millrace::telemetry
