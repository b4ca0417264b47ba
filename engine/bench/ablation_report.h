// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "bench/mix.h"
#include "bench/statistics.h"

#include <map>
#include <string>
#include <vector>

namespace millrace::bench {

/// A row of the tables: which optimisations are on, and what was asked for.
struct AblationRow {
    const char* name;
    bool pool, batcher, streamer, loader;
    double gainMin;  ///< requests a second over the baseline's that were asked for; 0: none
};
inline constexpr AblationRow kAblationRows[] = {
    {"baseline", false, false, false, false, 0},  {"pool", true, false, false, false, 1.10},
    {"batcher", false, true, false, false, 1.20}, {"streamer", false, false, true, false, 1.05},
    {"loader", false, false, false, true, 1.30},  {"+pool", true, false, false, false, 1.10},
    {"+batcher", true, true, false, false, 1.20}, {"+streamer", true, true, true, false, 1.26},
    {"+loader", true, true, true, true, 6.0},
};

/// What one run of a row gave.
struct AblationRun {
    double rps = 0, p50 = 0, p99 = 0;
    double kibPerRequest = 0;  ///< mean growth of the engine over idle, by the requests in flight
    double kibPerRequestPeak = 0;
    double steps = 0, demandLoads = 0, preloads = 0, loadMs = 0;  ///< of the agent; of models, and what they took
    double ratio = 1;                                             ///< to the baseline of the same round
    std::uint64_t requests = 0, failed = 0;
};

/// A quantile of a histogram in seconds, as milliseconds, between two looks; NaN: it has seen nothing.
double histogramMs(const MetricValues& before, const MetricValues& after, const std::string& metric, double share);

/// The upper bound of the highest bucket that grew between two looks; 0: none did.
double histogramMax(const MetricValues& before, const MetricValues& after, const std::string& metric);

using AblationFigures = std::map<std::string, std::vector<double>>;  ///< name: one value a round

/// What the engine's own metrics say of a run with everything on.
void addMixFigures(const MixResult& result, AblationFigures& figures);

struct AblationReport {
    MixOptions mix;
    bool quick = false;
    int rounds = 0;
    double seconds = 0, warmupSeconds = 0;
    double beside = 0, besideUsed = 0;  ///< shares of a core that another program was to use, and used
    std::map<std::string, std::vector<AblationRun>> runs;  ///< by row
    AblationFigures figures;
    std::map<std::string, std::uint64_t> errors;  ///< of all runs, by reason

    AblationRun middle(const std::string& row) const;  ///< medians over the rounds
    std::string workload() const;                      ///< in words
    std::string text() const;
    std::string json() const;
    std::string markdown() const;  ///< its tables as docs/bench.md has them

private:
    std::string rowsTable(bool added) const;
};

}  // namespace millrace::bench
