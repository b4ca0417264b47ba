// SPDX-License-Identifier: GPL-3.0-or-later
#include "pool/ledger_snapshot.h"

#include <algorithm>

namespace millrace::pool {

void describe(const Ledger& ledger, TimePoint now, PoolSnapshot& out)
{
    const Ledger::Totals& totals = ledger.totals();
    out.active = ledger.count(State::Active);
    out.idle = ledger.count(State::Idle);
    out.connecting = ledger.count(State::Connecting);
    out.draining = ledger.count(State::Draining);
    out.sizeMin = ledger.limits().sizeMin;
    out.sizeMax = ledger.limits().sizeMax;
    out.waiters = ledger.waiters();
    out.created = totals.opened;
    out.reused = totals.reused;
    out.failed = totals.failed;
    out.acquired = totals.acquired;
    if (totals.acquired > 0) out.reuseRate = static_cast<double>(totals.reused) / static_cast<double>(totals.acquired);
    out.utilisation = ledger.utilisation();
    for (std::size_t i = 0; i < kCloseReasons; ++i)
        if (totals.closed[i] > 0) out.closed[static_cast<CloseReason>(i)] = totals.closed[i];
    for (const State state : {State::Active, State::Idle, State::Connecting, State::Draining}) {
        for (const Ledger::Entry& entry : ledger.entries(state)) {
            ConnectionSnapshot connection;
            connection.id = entry.id;
            connection.state = state;
            connection.age = now - entry.opened;
            if (state == State::Idle) connection.idle = now - entry.since;
            connection.uses = entry.uses;
            connection.calls = entry.calls;
            out.connections.push_back(std::move(connection));
        }
    }
    std::sort(out.connections.begin(), out.connections.end(),
              [](const ConnectionSnapshot& a, const ConnectionSnapshot& b) { return a.id < b.id; });
}

}  // namespace millrace::pool
