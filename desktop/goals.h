// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QCoreApplication>
#include <QtCore/QString>

/// What was promised, as figures: the goals that pages show beside what is measured. Nowhere else.
namespace millrace::desktop::goals {

/// A promise about one series, and when it is meant: most of them say what holds under load.
struct Goal {
    const char* series;
    double bound;
    bool atLeast;            ///< else at most
    const char* load = "";   ///< the series that says how much load there is; empty: always meant
    double loadMin = 0;      ///< meant only while there is at least so much of it
    const char* needs = "";  ///< what is missing below that, in words

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

// Throughput and memory are promised for 64 clients that send without a pause.
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
// Where everything fits into memory nothing has to be preloaded; and what was never seen before cannot be: the first
// load of each model and the first turns of a pattern count as misses. What is promised is promised of a loader that
// has its history, which is of a hundred loads.
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
// Of fewer than a hundred the 99th percentile is the slowest of all.
inline constexpr Goal kHealth{"health_p99_ms", kHealthMsMax, false,
                              "health_checks", 100,          QT_TRANSLATE_NOOP("Goals", "needs 100 checks in 5 min")};
inline constexpr Goal kBatchEfficiency{"batch_efficiency", kBatchEfficiencyMin, true};
inline constexpr Goal kBackpressure{"backpressure_rate", kBackpressureMax, false};

}  // namespace millrace::desktop::goals
