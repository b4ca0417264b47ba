// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace millrace::load {

using EntryId = std::uint32_t;  ///< a model of a backend, in the scheduler's table

/// How reluctantly a model is evicted; chooseVictims() goes no further than necessary.
enum class EvictionTier : std::uint8_t {
    Asked,    ///< is being unloaded already
    Idle,     ///< not in use
    Young,    ///< not in use, but loaded very recently
    Loading,  ///< being preloaded, without waiters
    Leased,   ///< in use: can only be closed to new leases until the existing ones end
};

/// A model that could be evicted, and what this would cost.
struct EvictionCandidate {
    EntryId entry = 0;
    std::uint64_t bytes = 0;
    double reuse = 0;     ///< how likely it is requested again soon
    double reloadMs = 0;  ///< time to load it again
    EvictionTier tier = EvictionTier::Idle;
    TimePoint used{};  ///< last use; of equals the least recently used is evicted

    double lossMs() const { return reuse * reloadMs; }
    double score() const { return lossMs() / static_cast<double>(bytes > 0 ? bytes : 1); }
};

/// What must be freed.
struct CapacityNeeded {
    std::uint64_t bytes = 0;
    std::uint32_t models = 0;

    bool met() const { return bytes == 0 && models == 0; }
    CapacityNeeded without(std::uint64_t freed) const
    {
        return {bytes > freed ? bytes - freed : 0, models > 0 ? models - 1 : 0};
    }
};

/// The cheapest set that frees enough: the least reluctant first, among these the lowest score (reuse x reload time /
/// bytes; where only the number of models is short, reuse x reload time), without any that is not needed, and none more
/// reluctant than `most`. Empty if even all of them do not suffice: evicting some would gain nothing.
std::optional<std::vector<EvictionCandidate>> chooseVictims(std::vector<EvictionCandidate> candidates,
                                                            CapacityNeeded needed, EvictionTier most);

}  // namespace millrace::load
