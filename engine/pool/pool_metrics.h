// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/metrics.h"
#include "pool/ledger.h"

#include <array>
#include <string>

namespace millrace::pool {

/// The metrics of one pool (engine/docs/metrics.md). Thread: the strand.
class PoolMetrics {
public:
    PoolMetrics(Registry& registry, const std::string& backend, const std::string& protocol);

    /// Publishes the ledger's counters and gauges, and the pool's headroom.
    void update(const Ledger& ledger, std::uint64_t headroom);

    Histogram& createSeconds;
    Histogram& waitSeconds;
    Histogram& healthSeconds;
    Counter& healthPassed;
    Counter& healthFailed;
    Gauge& http2;

private:
    Counter& created_;
    Counter& reused_;
    Counter& failed_;
    Counter& acquired_;
    std::array<Counter*, kCloseReasons> closed_;
    std::array<Gauge*, kStates> states_;
    Gauge& sizeMax_;
    Gauge& waiters_;
    Gauge& utilisation_;
    Gauge& headroom_;
    Ledger::Totals seen_;
};

}  // namespace millrace::pool
