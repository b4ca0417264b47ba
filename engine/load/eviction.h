// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace millrace::load {

using EntryId = std::uint32_t;  ///< a model of a backend, in the scheduler's table

/// How reluctantly a model is made to leave; chooseVictims() goes no further than it has to.
enum class EvictionTier : std::uint8_t {
    Asked,    ///< is being unloaded already
    Idle,     ///< nobody uses it
    Young,    ///< nobody uses it, but it was loaded only just now
    Loading,  ///< is being preloaded, nobody waits
    Leased,   ///< in use: can only be closed to newcomers and waited for
};

/// A model that could leave, and what its leaving would cost.
struct EvictionCandidate {
    EntryId entry = 0;
    std::uint64_t bytes = 0;
    double reuse = 0;     ///< how likely it is requested again soon
    double reloadMs = 0;  ///< what bringing it back takes
    EvictionTier tier = EvictionTier::Idle;
    TimePoint used{};  ///< last; of equals the longest unused leaves

    double lossMs() const { return reuse * reloadMs; }
    double score() const { return lossMs() / static_cast<double>(bytes > 0 ? bytes : 1); }
};

/// What must leave so that the rest fits.
struct CapacityNeeded {
    std::uint64_t bytes = 0;
    std::uint32_t models = 0;

    bool met() const { return bytes == 0 && models == 0; }
    CapacityNeeded without(std::uint64_t freed) const
    {
        return {bytes > freed ? bytes - freed : 0, models > 0 ? models - 1 : 0};
    }
};

/// The cheapest set that frees enough, the least reluctant and of those the lowest score (reuse x reload time / bytes;
/// where only the number of models is short, reuse x reload time) first, with none that is not needed; nothing more
/// reluctant than `most` leaves. Empty when even all of them would not do: then nothing is to be evicted, as it would
/// gain nothing.
std::optional<std::vector<EvictionCandidate>> chooseVictims(std::vector<EvictionCandidate> candidates,
                                                            CapacityNeeded needed, EvictionTier most);

}  // namespace millrace::load
