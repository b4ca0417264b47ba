// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "pool/high_water.h"
#include "pool/ledger_limits.h"

#include <cstdint>
#include <functional>
#include <optional>

namespace millrace::pool {

/// How many connections are opened before they are needed, and when: sizeMin of them, as long as that is known to do no
/// harm. When one that nobody had needed ends (by the upstream or of idleness), the floor follows what was needed
/// lately instead; what is opened for it then waits, longer each time that one ends unneeded again. An outage (dials
/// fail) is no such end: after it the whole floor is back at once.
///
/// Owner: Ledger.   Thread: one.
class Floor {
public:
    static constexpr Duration kPauseFirst = 1min;  ///< doubled each time that a connection of the floor ends unused
    static constexpr Duration kPauseMax = 1h;
    static constexpr Duration kIdleMin = 2s;  ///< of an upstream that keeps idle ones for less there is no floor
    static constexpr double kJitter = 0.1;

    /// Surplus idle ones are counted from this: those that are there need not be closed only because no further ones
    /// may be opened.
    std::uint32_t kept(const LedgerLimits& limits, const HighWater& needed) const;
    /// How many there are to be without anybody asking for one.
    std::uint32_t wanted(const LedgerLimits& limits, const HighWater& needed) const;
    /// At most this, until said otherwise; empty: sizeMin alone counts. False: it was so already.
    bool cap(std::optional<std::uint32_t> most);
    TimePoint notBefore() const { return notBefore_; }  ///< nothing is opened for it until then
    /// One is opened for it.
    void tried() { tried_ = true; }
    /// A connection that had been opened for nobody was needed.
    void needed() { pause_ = {}; }
    /// Or has ended without. `uniform` gives numbers in [0, 1).
    void endedUnused(TimePoint now, const std::function<double()>& uniform);
    /// Nothing is known against it any more: somebody wants it so, or there was an outage.
    void trust();

private:
    std::optional<std::uint32_t> cap_;
    bool byDemand_ = false;  ///< connections nobody needed have ended: it follows the high-water mark
    bool tried_ = false;     ///< one has been opened since, to tell a habit of the upstream from an outage
    Duration pause_{};
    TimePoint notBefore_ = TimePoint::min();
};

}  // namespace millrace::pool
