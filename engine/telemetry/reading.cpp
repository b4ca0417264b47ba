// SPDX-License-Identifier: GPL-3.0-or-later
#include "telemetry/reading.h"

#include <algorithm>

namespace millrace::telemetry {

namespace {

bool carries(const Labels& labels, const Labels& match)
{
    return std::all_of(match.begin(), match.end(), [&labels](const auto& wanted) {
        const auto found = labels.find(wanted.first);
        return found != labels.end() && found->second == wanted.second;
    });
}

}  // namespace

Reading::Reading(const Registry& registry)
{
    for (auto& family : registry.collect()) {
        std::string name = family.name;
        families_.emplace(std::move(name), std::move(family));
    }
}

std::optional<double> Reading::counter(const std::string& name, const Labels& match) const
{
    const auto found = families_.find(name);
    if (found == families_.end()) return std::nullopt;
    std::uint64_t total = 0;
    for (const auto& metric : found->second.metrics)
        if (carries(metric.labels, match)) total += metric.counter;
    return static_cast<double>(total);
}

std::optional<double> Reading::gauge(const std::string& name, const Labels& match) const
{
    const auto found = families_.find(name);
    if (found == families_.end()) return std::nullopt;
    double total = 0;
    for (const auto& metric : found->second.metrics)
        if (carries(metric.labels, match)) total += metric.gauge;
    return total;
}

std::optional<HistogramData> Reading::histogram(const std::string& name, const Labels& match) const
{
    const auto found = families_.find(name);
    if (found == families_.end()) return std::nullopt;
    HistogramData total;
    for (const auto& metric : found->second.metrics)
        if (carries(metric.labels, match)) total.merge(metric.histogram);
    return total;
}

std::map<std::string, double> Reading::byLabel(const std::string& name, const std::string& label) const
{
    std::map<std::string, double> out;
    const auto found = families_.find(name);
    if (found == families_.end()) return out;
    for (const auto& metric : found->second.metrics) {
        const auto value = metric.labels.find(label);
        if (value != metric.labels.end()) out[value->second] += static_cast<double>(metric.counter);
    }
    return out;
}

std::optional<double> Reading::gaugeOf(const std::string& name, const std::string& label,
                                       const std::string& value) const
{
    const auto found = families_.find(name);
    if (found == families_.end()) return std::nullopt;
    for (const auto& metric : found->second.metrics) {
        const auto place = metric.labels.find(label);
        if (place != metric.labels.end() && place->second == value) return metric.gauge;
    }
    return std::nullopt;
}

}  // namespace millrace::telemetry
