// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"

#include <boost/asio/awaitable.hpp>

#include <map>
#include <string>

namespace millrace::bench {

/// MetricValues of an engine's /metrics: metric with its labels as printed -> value.
using MetricValues = std::map<std::string, double>;

boost::asio::awaitable<StatusOr<MetricValues>> scrape(std::string address);
/// Sum over all label sets of a metric that contain `label` (such as `outcome="ok"`; empty: all).
double sum(const MetricValues& figures, const std::string& metric, const std::string& label = {});

struct BatchCount {
    double batches = 0;
    double requests = 0;
};
boost::asio::awaitable<StatusOr<BatchCount>> scrapeBatches(std::string address);

}  // namespace millrace::bench
