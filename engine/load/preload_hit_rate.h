// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

namespace millrace::load {

/// The share of preloads that were there in time, of all loads that requests would have had to wait for: a preload that
/// came late was waited for, as a load on demand is. Wasted ones were requested by nobody and are counted separately.
/// Empty: nothing was to be loaded. The one definition of what is called preload hit rate.
inline std::optional<double> preloadHitRate(double hits, double demandLoads, double late)
{
    const double all = hits + demandLoads + late;
    return all > 0 ? std::optional(hits / all) : std::nullopt;
}

}  // namespace millrace::load
