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

/// The bookkeeping of a pool: which connections there are, who waits, and what is to be opened and closed.
/// Decides; the shell dials, closes and resumes, by the effects it takes after each call.
///
/// Owner:  a pool.            Thread: its strand.
/// Bound:  sizeMax connections, dialling ones and draining ones counted; waitersMax waiters.
/// Held always: opened == closed + open, each with one reason; no waiter while a connection could serve it;
///         LIFO reuse, those that have carried a call before those that have not; what runs is never cut. Lowering a
///         limit drains.
/// Parts:  LedgerCalls is what calls and time do, the rest what is ordered. ConnectionTable counts, WaiterQueue queues,
///         Floor says how many are opened before they are needed.
/// Source: PROTOCOLS.md 3.
class Ledger final : public LedgerCalls {
public:
    using LedgerCalls::LedgerCalls;

    void apply(LedgerLimits limits, TimePoint now);
    /// Idle ones close, active ones close after their calls, dials are given up. Returns how many.
    std::uint32_t evict(const std::vector<ConnectionId>& ids, TimePoint now, CloseReason reason = CloseReason::Evicted);
    std::uint32_t evictIdle(TimePoint now);
    std::uint32_t evictAll(CloseReason reason, TimePoint now);
    /// Nothing is given out while draining; what is open closes for `reason`, the floor is left alone.
    void setDraining(bool draining, TimePoint now, CloseReason reason = CloseReason::Drain);
    /// Forgets the back-off of failed dials and of the floor: the upstream is known to be back, or another one.
    void retryNow(TimePoint now);

private:
    void evictOne(Place entry, CloseReason reason);
};

}  // namespace millrace::pool
