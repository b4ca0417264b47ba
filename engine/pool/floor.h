// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "pool/high_water.h"
#include "pool/ledger_limits.h"

#include <cstdint>
#include <functional>
#include <optional>

namespace millrace::pool {

/// The warm floor: how many connections are opened before they are needed, and when. Normally sizeMin. When an unused
/// one ends (closed by the upstream or idle), the floor follows the recent demand instead, and opening more is delayed,
/// longer each time another ends unused. An outage (failed dials) does not count: after it the whole floor is restored
/// at once.
///
/// Owner: Ledger.   Thread: one.
class Floor {
public:
    static constexpr Duration kPauseFirst = 1min;  ///< doubled with each connection of the floor that ends unused
    static constexpr Duration kPauseMax = 1h;
    static constexpr Duration kIdleMin = 2s;  ///< no floor for upstreams that close idle connections sooner
    static constexpr double kJitter = 0.1;

    /// Idle connections beyond this number are surplus. May exceed wanted(): a pause prevents opening connections, but
    /// does not close existing ones.
    std::uint32_t kept(const LedgerLimits& limits, const HighWater& needed) const;
    /// How many connections to have without any demand.
    std::uint32_t wanted(const LedgerLimits& limits, const HighWater& needed) const;
    /// Caps the floor; empty: only sizeMin counts. False: unchanged.
    bool cap(std::optional<std::uint32_t> most);
    TimePoint notBefore() const { return notBefore_; }  ///< end of the pause
    /// A connection is being opened for the floor.
    void tried() { tried_ = true; }
    /// A connection of the floor was used.
    void needed() { pause_ = {}; }
    /// A connection of the floor ended unused. `uniform` returns numbers in [0, 1).
    void endedUnused(TimePoint now, const std::function<double()>& uniform);
    /// Forgets what speaks against the floor: the setting changed, or there was an outage.
    void trust();

private:
    std::optional<std::uint32_t> cap_;
    bool byDemand_ = false;  ///< connections ended unused: follows the high-water mark
    bool tried_ = false;     ///< one was opened since, to tell the upstream's policy from an outage
    Duration pause_{};
    TimePoint notBefore_ = TimePoint::min();
};

}  // namespace millrace::pool
