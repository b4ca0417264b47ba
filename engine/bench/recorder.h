// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "bench/statistics.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace millrace::bench {

/// What a run measured. Latencies are exact up to kSamplesMax, then every further one is left out and counted.
/// Thread: one.
class Recorder {
public:
    static constexpr std::size_t kSamplesMax = 20'000'000;

    void ok(Duration latency)
    {
        ++requests_;
        keep(latencies_, latency);
    }
    void firstByte(Duration latency) { keep(firstBytes_, latency); }
    void error(const std::string& reason)
    {
        ++failed_;
        ++errors_[reason];
    }

    std::uint64_t requests() const { return requests_; }
    std::uint64_t failed() const { return failed_; }
    const std::map<std::string, std::uint64_t>& errors() const { return errors_; }
    /// Milliseconds; NaN when nothing was measured. `share` 0..1. Reorders the samples.
    double latencyMs(double share) { return quantile(latencies_, share); }
    double firstByteMs(double share) { return quantile(firstBytes_, share); }
    void merge(const Recorder& other);

private:
    static void keep(std::vector<float>& into, Duration latency)
    {
        if (into.size() < kSamplesMax) into.push_back(static_cast<float>(toMs(latency)));
    }

    std::uint64_t requests_ = 0;
    std::uint64_t failed_ = 0;
    std::vector<float> latencies_;
    std::vector<float> firstBytes_;
    std::map<std::string, std::uint64_t> errors_;
};

}  // namespace millrace::bench
