// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QString>

/// What was promised, as figures: the goals that pages show beside what is measured. Nowhere else.
namespace millrace::desktop::goals {

inline constexpr double kReuseMin = 0.95;            // share of exchanges on a connection used before
inline constexpr double kCreateMsMax = 50;           // opening a connection
inline constexpr double kHealthMsMax = 10;           // a health check
inline constexpr double kBatchEfficiencyMin = 0.95;  // share of batches that left by size or idle backend
inline constexpr double kBatchRowsLow = 100;         // average batch, from
inline constexpr double kBatchRowsHigh = 150;        // to
inline constexpr double kPreloadHitsMin = 0.80;
inline constexpr double kPredictionMin = 0.85;
inline constexpr double kLoadMsMax = 200;  // average load
inline constexpr double kLoadQueueMax = 5;
inline constexpr double kBackpressureMax = 0.01;        // share of chunks that met a pause
inline constexpr double kChunkMsMax = 5;                // processing a chunk
inline constexpr double kMemoryPerRequestMax = 45'000;  // bytes, all four optimisations on
inline constexpr double kThroughputMin = 2'500;         // requests per second
inline constexpr double kLatencyP99MsMax = 10;          // all four optimisations on

}  // namespace millrace::desktop::goals
