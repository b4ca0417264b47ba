// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QCoreApplication>
#include <QtCore/QString>

/// The performance goals that pages show beside measured values; defined here only.
namespace millrace::desktop::goals {

/// A goal for one series, and when it applies: most apply under load only.
struct Goal {
    const char* series;
    double bound;
    bool atLeast;            ///< false: at most
    const char* load = "";   ///< the series that measures the load; empty: always applies
    double loadMin = 0;      ///< applies only from this load on
    const char* needs = "";  ///< what is missing below that

    constexpr bool isMet(double value) const { return atLeast ? value >= bound : value <= bound; }
    QString needsText() const { return QCoreApplication::translate("Goals", needs); }
};

inline constexpr double kReuseMin = 0.95;            // share of exchanges on a connection used before
inline constexpr double kCreateMsMax = 50;           // opening a connection
inline constexpr double kHealthMsMax = 10;           // a health check
inline constexpr double kBatchEfficiencyMin = 0.95;  // share of batches dispatched full or to an idle backend
inline constexpr double kBatchRowsLow = 100;         // average batch, from
inline constexpr double kBatchRowsHigh = 150;        // to
inline constexpr double kPreloadHitsMin = 0.80;
inline constexpr double kPredictionMin = 0.85;
inline constexpr double kLoadMsMax = 200;  // average load
inline constexpr double kLoadQueueMax = 5;
inline constexpr double kBackpressureMax = 0.01;             // share of chunks that met a pause
inline constexpr double kChunkMsMax = 5;                     // processing a chunk
inline constexpr double kMemoryPerRequestMax = 45.0 * 1024;  // bytes, all four optimisations on
inline constexpr double kThroughputMin = 2'500;              // requests per second
inline constexpr double kLatencyP99MsMax = 10;               // tensor calls, all four optimisations on

// Throughput and memory apply to 64 clients that send continuously.
inline constexpr double kInFlightMin = 32;
inline constexpr const char* kNeedsInFlight = QT_TRANSLATE_NOOP("Goals", "needs 32 requests in flight");

inline constexpr Goal kThroughput{"served_per_second",  kThroughputMin, true,
                                  "requests_in_flight", kInFlightMin,   kNeedsInFlight};
inline constexpr Goal kMemoryPerRequest{"memory_per_request_bytes", kMemoryPerRequestMax, false,
                                        "requests_in_flight",       kInFlightMin,         kNeedsInFlight};
inline constexpr Goal kLatency{"latency_tensor_p99_ms",
                               kLatencyP99MsMax,
                               false,
                               "served_tensor_per_second",
                               20,
                               QT_TRANSLATE_NOOP("Goals", "needs 20 tensor calls/s")};
inline constexpr Goal kPrediction{"prediction_accuracy",
                                  kPredictionMin,
                                  true,
                                  "predicted_requests",
                                  100,
                                  QT_TRANSLATE_NOOP("Goals", "needs 100 requests in 5 minutes")};
// If everything fits into memory, nothing has to be preloaded; and the first load of each model and the first
// occurrences of a pattern are necessarily misses. The goal applies to a loader with a history of a hundred loads.
inline constexpr Goal kPreloadHits{"preload_hit_rate",
                                   kPreloadHitsMin,
                                   true,
                                   "lru_waited_loads",
                                   100,
                                   QT_TRANSLATE_NOOP("Goals", "needs 100 loads that LRU alone would wait for")};
inline constexpr Goal kLoadTime{"load_average_ms", kLoadMsMax, false};
inline constexpr Goal kLoadQueue{"load_queue", kLoadQueueMax - 1, false};
inline constexpr Goal kReuse{"connection_reuse", kReuseMin, true};
inline constexpr Goal kCreate{"connection_create_p99_ms", kCreateMsMax, false};
// Below a hundred values, the 99th percentile is the maximum.
inline constexpr Goal kHealth{"health_p99_ms", kHealthMsMax, false,
                              "health_checks", 100,          QT_TRANSLATE_NOOP("Goals", "needs 100 checks in 5 min")};
inline constexpr Goal kBatchEfficiency{"batch_efficiency", kBatchEfficiencyMin, true};
inline constexpr Goal kBackpressure{"backpressure_rate", kBackpressureMax, false};

}  // namespace millrace::desktop::goals
