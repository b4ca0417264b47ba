// SPDX-License-Identifier: GPL-3.0-or-later
#include "load/eviction.h"

#include <algorithm>
#include <iterator>

namespace millrace::load {
namespace {

/// Each gives back one place, however small it is; only where bytes are short does it matter how many it has.
double scoreOf(const EvictionCandidate& candidate, const CapacityNeeded& needed)
{
    return needed.bytes > 0 ? candidate.score() : candidate.lossMs();
}

}  // namespace

std::optional<std::vector<EvictionCandidate>> chooseVictims(std::vector<EvictionCandidate> candidates,
                                                            CapacityNeeded needed, EvictionTier most)
{
    std::vector<EvictionCandidate> chosen;
    if (needed.met()) return chosen;
    std::erase_if(candidates, [&](const EvictionCandidate& candidate) { return candidate.tier > most; });
    std::stable_sort(candidates.begin(), candidates.end(),
                     [&needed](const EvictionCandidate& a, const EvictionCandidate& b) {
                         if (a.tier != b.tier) return a.tier < b.tier;
                         const double loss = scoreOf(a, needed), otherLoss = scoreOf(b, needed);
                         return loss != otherLoss ? loss < otherLoss : a.used < b.used;
                     });

    CapacityNeeded left = needed;
    for (const EvictionCandidate& candidate : candidates) {
        if (left.met()) break;
        left = left.without(candidate.bytes);
        chosen.push_back(candidate);
    }
    if (!left.met()) return std::nullopt;

    // A later, larger one may have made earlier ones needless: spare the most valuable of those first.
    std::vector<std::size_t> byLoss(chosen.size());
    for (std::size_t index = 0; index < byLoss.size(); ++index) byLoss[index] = index;
    std::stable_sort(byLoss.begin(), byLoss.end(),
                     [&](std::size_t a, std::size_t b) { return chosen[a].lossMs() > chosen[b].lossMs(); });
    std::vector<std::size_t> spared;
    for (std::size_t index : byLoss) {
        CapacityNeeded rest = needed;
        for (std::size_t other = 0; other < chosen.size(); ++other)
            if (other != index && std::find(spared.begin(), spared.end(), other) == spared.end())
                rest = rest.without(chosen[other].bytes);
        if (rest.met()) spared.push_back(index);
    }
    std::sort(spared.rbegin(), spared.rend());
    for (std::size_t index : spared) chosen.erase(std::next(chosen.begin(), static_cast<std::ptrdiff_t>(index)));
    return chosen;
}

}  // namespace millrace::load
