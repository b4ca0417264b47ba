// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/recorder.h"

#include <algorithm>

namespace millrace::bench {

void Recorder::merge(const Recorder& other)
{
    requests_ += other.requests_;
    failed_ += other.failed_;
    const auto append = [](std::vector<float>& into, const std::vector<float>& from) {
        const auto free = std::min(from.size(), kSamplesMax - std::min(kSamplesMax, into.size()));
        into.insert(into.end(), from.begin(), from.begin() + static_cast<std::ptrdiff_t>(free));
    };
    append(latencies_, other.latencies_);
    append(firstBytes_, other.firstBytes_);
    for (const auto& [reason, count] : other.errors_) errors_[reason] += count;
}

}  // namespace millrace::bench
