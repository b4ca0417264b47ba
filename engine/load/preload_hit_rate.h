// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

namespace millrace::load {

/// The preload hit rate, wherever it is shown: hits / (hits + loads on demand + late preloads), that is, the share of
/// needed loads that no request had to wait for. Wasted preloads do not count, since no request needed them. Empty: no
/// load was needed. Pure.
inline std::optional<double> preloadHitRate(double hits, double demandLoads, double late)
{
    const double all = hits + demandLoads + late;
    return all > 0 ? std::optional(hits / all) : std::nullopt;
}

}  // namespace millrace::load
