// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "bench/compare_report.h"

#include <cstddef>
#include <utility>
#include <vector>

/// What `compare` measures, and how the results are reported.
namespace millrace::bench {

inline constexpr double kFrontierMs[] = {1, 5, 10, 50};
inline constexpr unsigned kInFlight[] = {1, 16, 64, 256};
inline constexpr std::pair<const char*, std::size_t> kBodies[] = {
    {"1 KiB", 1u << 10}, {"64 KiB", 64u << 10}, {"1 MiB", 1u << 20}, {"10 MiB", 10u << 20}};

/// How many streams, of how many events, with what between them, begun within how long.
struct StreamKind {
    const char* key;
    const char* title;
    unsigned streams, tokens, gapMs;
    double openWithinMs;
};
inline constexpr StreamKind kStreams[] = {
    {"stream.1", "one at a time", 200, 3, 2, 2000},
    {"stream.64", "64 open", 64, 80, 20, 200},
    {"stream.512", "512 open", 512, 20, 100, 500},
    {"stream.burst", "1,000 within a second", 1000, 15, 200, 1000},
};

/// The rows of the report, by the keys that Compare gives its figures.
std::vector<CompareTable> compareTables();

}  // namespace millrace::bench
