// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/recorder.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace millrace::bench {

double Recorder::quantile(std::vector<float>& samples, double share)
{
    if (samples.empty()) return std::numeric_limits<double>::quiet_NaN();
    const double rank = std::ceil(share * static_cast<double>(samples.size()));
    const auto place = static_cast<std::ptrdiff_t>(std::clamp(rank, 1.0, static_cast<double>(samples.size()))) - 1;
    std::nth_element(samples.begin(), samples.begin() + place, samples.end());
    return static_cast<double>(samples[static_cast<std::size_t>(place)]);
}

void Recorder::merge(const Recorder& other)
{
    requests_ += other.requests_;
    failed_ += other.failed_;
    const auto append = [](std::vector<float>& into, const std::vector<float>& from) {
        const auto room = std::min(from.size(), kSamplesMax - std::min(kSamplesMax, into.size()));
        into.insert(into.end(), from.begin(), from.begin() + static_cast<std::ptrdiff_t>(room));
    };
    append(latencies_, other.latencies_);
    append(firstBytes_, other.firstBytes_);
    for (const auto& [reason, count] : other.errors_) errors_[reason] += count;
}

}  // namespace millrace::bench
