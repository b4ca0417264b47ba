// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "pool/ledger.h"

#include <cstdint>
#include <utility>
#include <vector>

namespace millrace::testing {

inline constexpr TimePoint kNow = TimePoint{} + 1h;

inline double half()
{
    return 0.5;
}

/// Of a ledger whose dials and waiters nothing else bounds.
inline pool::LedgerLimits limits(std::uint32_t sizeMin, std::uint32_t sizeMax)
{
    pool::LedgerLimits out;
    out.sizeMin = sizeMin;
    out.sizeMax = sizeMax;
    out.dialsMax = 1000;
    out.waitersMax = 1000;
    return out;
}

/// Carries out a ledger's dials, until it wants nothing any more; `other` gets the effects that are none.
template <typename Other>
void carryOut(pool::Ledger& ledger, std::vector<ConnectionId>& dialling, Other other)
{
    std::vector<pool::Ledger::Effect> batch;
    while (ledger.hasEffects()) {
        ledger.takeEffects(batch);
        for (const auto& effect : batch) {
            if (effect.kind == pool::Ledger::Effect::Kind::Dial)
                dialling.push_back(effect.connection);
            else if (effect.kind == pool::Ledger::Effect::Kind::AbortDial)
                std::erase(dialling, effect.connection);
            else
                other(effect);
        }
    }
}

}  // namespace millrace::testing
