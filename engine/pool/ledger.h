// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/ids.h"
#include "pool/ledger_calls.h"
#include "pool/ledger_limits.h"
#include "pool/snapshot.h"

#include <cstdint>
#include <vector>

namespace millrace::pool {

/// The pure core of a pool: which connections exist, who waits, what to open and what to close. It only decides; the
/// pool takes the effects after each call and dials, closes and resumes waiters accordingly.
///
///     Ledger ledger(limits, uniform);
///     const auto acquired = ledger.acquire(now, deadline);     // a connection, or a waiter, or a refusal
///     ledger.takeEffects(effects);                             // Dial, Close, Grant … to be carried out in order
///     ledger.release(acquired.connection, now);
///
/// Owner:  a pool.            Thread: its strand.
/// Bound:  sizeMax connections, including connecting and draining ones; waitersMax waiters.
/// Always: opened == closed + open, each close with one reason; no waiter while a connection could serve it (audit()).
///         LIFO reuse, proven connections before unproven ones. Calls in flight are never cut: lowering a limit drains.
/// Parts:  LedgerCalls handles calls and time, this class orders from outside; ConnectionTable, WaiterQueue, Floor.
/// Source: the rules are in engine/docs/pool.md.
class Ledger final : public LedgerCalls {
public:
    using LedgerCalls::LedgerCalls;

    void apply(LedgerLimits limits, TimePoint now);
    /// Closes idle connections, drains active ones, aborts dials. Returns how many. Unknown ids are ignored.
    std::uint32_t evict(const std::vector<ConnectionId>& ids, TimePoint now, CloseReason reason = CloseReason::Evicted);
    std::uint32_t evictIdle(TimePoint now);
    std::uint32_t evictAll(CloseReason reason, TimePoint now);
    /// While draining nothing is granted, open connections close for `reason`, and the floor is not maintained.
    void setDraining(bool draining, TimePoint now, CloseReason reason = CloseReason::Drain);
    /// Cancels the back-off of failed dials and the pause of the floor: the upstream is back, or was replaced.
    void retryNow(TimePoint now);

private:
    void evictOne(Place entry, CloseReason reason);
};

}  // namespace millrace::pool
