// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/scrape.h"

#include "bench/http_client.h"

#include <cstdlib>

namespace millrace::bench {

boost::asio::awaitable<StatusOr<MetricValues>> scrape(std::string address)
{
    HttpClient client(address);
    const auto head = requestHead("GET", "/metrics", address, 0, {});
    auto answer = co_await client.call(head, {});
    if (!answer.ok()) co_return answer.status();
    if (answer->status != 200)
        co_return fromHttp(answer->status, "/metrics answered " + std::to_string(answer->status));
    MetricValues figures;
    const auto& body = answer->body;
    for (std::size_t begin = 0; begin < body.size();) {
        const auto end = std::min(body.find('\n', begin), body.size());
        const auto line = body.substr(begin, end - begin);
        begin = end + 1;
        const auto space = line.rfind(' ');
        if (line.empty() || line[0] == '#' || space == std::string::npos) continue;
        figures[line.substr(0, space)] = std::strtod(line.c_str() + space + 1, nullptr);
    }
    co_return figures;
}

double sum(const MetricValues& figures, const std::string& metric, const std::string& label)
{
    double total = 0;
    for (auto it = figures.lower_bound(metric); it != figures.end() && it->first.starts_with(metric); ++it) {
        const bool whole = it->first.size() == metric.size() || it->first[metric.size()] == '{';
        if (whole && it->first.find(label) != std::string::npos) total += it->second;
    }
    return total;
}

boost::asio::awaitable<StatusOr<BatchCount>> scrapeBatches(std::string address)
{
    auto figures = co_await scrape(std::move(address));
    if (!figures.ok()) co_return figures.status();
    co_return BatchCount{sum(*figures, "millrace_batch_batches_total"), sum(*figures, "millrace_batch_requests_total")};
}

}  // namespace millrace::bench
