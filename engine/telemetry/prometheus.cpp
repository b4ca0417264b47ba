// SPDX-License-Identifier: GPL-3.0-or-later
#include "telemetry/prometheus.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <limits>

namespace millrace::telemetry {

namespace {

bool endsWith(const std::string& text, const std::string& end)
{
    return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

prometheus::ClientMetric::Histogram histogramOf(const HistogramData& data)
{
    prometheus::ClientMetric::Histogram out;
    out.sample_count = data.count;
    out.sample_sum = data.sum;
    std::uint64_t cumulated = 0;
    for (std::size_t i = 0; i < data.counts.size(); ++i) {
        cumulated += data.counts[i];
        const double bound = i < data.bounds.size() ? data.bounds[i] : std::numeric_limits<double>::infinity();
        out.bucket.push_back({cumulated, bound});
    }
    return out;
}

}  // namespace

std::string prometheusText(const Registry& registry)
{
    std::vector<prometheus::MetricFamily> families;
    for (const auto& family : registry.collect()) {
        prometheus::MetricFamily out;
        out.name = family.name;
        out.help = family.help;
        // A running sum that is not a whole number lives in a gauge here; to Prometheus it is a counter.
        const bool counted = family.kind == Registry::Kind::Counter || endsWith(family.name, "_total");
        out.type = family.kind == Registry::Kind::Histogram ? prometheus::MetricType::Histogram
                   : counted                                ? prometheus::MetricType::Counter
                                                            : prometheus::MetricType::Gauge;
        for (const auto& metric : family.metrics) {
            prometheus::ClientMetric sample;
            for (const auto& [name, value] : metric.labels) sample.label.push_back({name, value});
            if (family.kind == Registry::Kind::Histogram)
                sample.histogram = histogramOf(metric.histogram);
            else if (family.kind == Registry::Kind::Counter)
                sample.counter.value = static_cast<double>(metric.counter);
            else if (counted)
                sample.counter.value = metric.gauge;
            else
                sample.gauge.value = metric.gauge;
            out.metric.push_back(std::move(sample));
        }
        families.push_back(std::move(out));
    }
    return prometheus::TextSerializer().Serialize(families);
}

}  // namespace millrace::telemetry
