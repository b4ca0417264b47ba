// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"

#include <boost/asio/awaitable.hpp>

#include <map>
#include <string>

namespace millrace::bench {

/// Figures of an engine's /metrics: metric with its labels as printed -> value.
using Figures = std::map<std::string, double>;

boost::asio::awaitable<StatusOr<Figures>> scrape(std::string address);
/// Sum over all label sets of a metric that contain `label` (such as `outcome="ok"`; empty: all).
double sum(const Figures& figures, const std::string& metric, const std::string& label = {});

struct BatchCount {
    double batches = 0;
    double requests = 0;
};
boost::asio::awaitable<StatusOr<BatchCount>> scrapeBatches(std::string address);

}  // namespace millrace::bench
