// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

/// Two results of the bench beside each other: figures that were kept (a baseline) and those of now. Pure.
namespace millrace::bench {

/// Which way a figure is better, by its name; Neither: it describes the run.
enum class Better { Neither, More, Less };
Better betterOf(std::string_view name);

/// The figures of a result (`--json` of ablation, compare and micro) by their places: "peers.nginx.http.64.rps",
/// "rows.pool.ratio", "benchmarks.parse.cpu_time". Elements of arrays go by their "name"; single rounds are left out.
/// InvalidArgument: it is not valid JSON, or holds no figures.
StatusOr<std::map<std::string, double>> figuresOf(std::string_view json);

struct Difference {
    std::string name;
    double before = 0, after = 0;
    double ratio = 0;    ///< after ÷ before; NaN: before is 0
    bool worse = false;  ///< by more than the tolerance, the way that its name says
};

/// Of the figures that both have. `peer`, of results of compare: figures of the others are divided by this peer's own
/// first, so that results of two machines compare. `tolerance`: share, 0.1 for a tenth.
std::vector<Difference> differences(std::map<std::string, double> before, std::map<std::string, double> after,
                                    const std::string& peer, double tolerance);

}  // namespace millrace::bench
