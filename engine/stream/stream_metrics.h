// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/metrics.h"
#include "stream/backpressure.h"

#include <array>

namespace millrace::stream {

/// Why bytes went out as they were.
enum class CompressionSkipReason { Off, Client, Type, Small, Saving, Size };
inline constexpr std::size_t kSkipReasonCount = 6;

const char* textOf(CompressionSkipReason reason);

/// The module's metrics (engine/docs/metrics.md), declared once.
struct StreamMetrics {
    explicit StreamMetrics(Registry& registry);

    /// Brings what the gate counts to the registry.
    void show(const Backpressure& pressure, std::size_t open);

    Counter& chunksSent;
    Counter& events;
    Counter& chunksReceived;
    Counter& bytesIn;
    Counter& bytesOut;
    Counter& compressedRaw;
    Counter& compressedSent;
    std::array<Counter*, kSkipReasonCount> plain;
    Counter& interruptedByClient;
    Counter& interruptedByBackend;
    Histogram& chunkBytes;
    Histogram& chunkSeconds;
    Histogram& gapSeconds;

private:
    Gauge& streaming_;
    Gauge& paused_;
    Gauge& buffered_;
    Gauge& bufferedMax_;
    Counter& pausesByClient_;
    Counter& pausesByLimit_;
    Counter& resumes_;
};

}  // namespace millrace::stream
