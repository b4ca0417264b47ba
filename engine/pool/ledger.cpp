// SPDX-License-Identifier: GPL-3.0-or-later
#include "pool/ledger.h"

#include <algorithm>
#include <iterator>

namespace millrace::pool {

void Ledger::apply(LedgerLimits limits, TimePoint now)
{
    const bool reused = limits_.reuse;
    if (limits.sizeMin != limits_.sizeMin) floor_.trust();                 // the operator wants it
    if (limits.ageMax != limits_.ageMax && limits_.ageMax > Duration{}) {  // for open ones, too
        const double factor = toMs(limits.ageMax) / toMs(limits_.ageMax);
        for (const State state : {State::Idle, State::Active})
            for (Entry& entry : list(state))
                entry.ageEnd =
                    entry.opened + std::chrono::duration_cast<Duration>((entry.ageEnd - entry.opened) * factor);
    }
    limits_ = limits;
    limits_.callsAim = std::max(1u, limits_.callsAim);
    limits_.callsMax = std::max(limits_.callsAim, limits_.callsMax);
    if (reused && !limits_.reuse) evictIdle(now);
    shrinkToCap();
    while (waiters_.size() > limits_.waitersMax + std::uint64_t{count(State::Connecting)} * callsAim())
        refuse(waiters_.popBack(), Refusal::WaitersFull);
    serveWaiters(now);
    replenish(now, true);
}

void Ledger::evictOne(Place entry, CloseReason reason)
{
    switch (entry->state) {
        case State::Connecting:
            abortDial(entry);
            break;
        case State::Idle:
            close(entry, reason);
            break;
        case State::Active:
            connections_.drain(entry, reason);
            break;
        case State::Draining:
            break;
    }
}

std::uint32_t Ledger::evict(const std::vector<ConnectionId>& ids, TimePoint now, CloseReason reason)
{
    std::uint32_t evicted = 0;
    for (const ConnectionId id : ids) {
        const Place* const found = connections_.find(id);
        if (!found || (*found)->state == State::Draining) continue;
        evictOne(*found, reason);
        ++evicted;
    }
    replenish(now, true);
    return evicted;
}

std::uint32_t Ledger::evictIdle(TimePoint now)
{
    auto& idle = list(State::Idle);
    const auto evicted = static_cast<std::uint32_t>(idle.size());
    while (!idle.empty()) close(idle.begin(), CloseReason::Evicted);
    replenish(now, true);
    return evicted;
}

std::uint32_t Ledger::evictAll(CloseReason reason, TimePoint now)
{
    std::uint32_t evicted = 0;
    for (const State state : {State::Connecting, State::Idle, State::Active}) {
        auto& entries = list(state);
        while (!entries.empty()) {
            evictOne(entries.begin(), reason);
            ++evicted;
        }
    }
    replenish(now, true);
    return evicted;
}

void Ledger::setDraining(bool draining, TimePoint now, CloseReason reason)
{
    if (draining_ == draining) return;
    draining_ = draining;
    if (draining) {
        evictAll(reason, now);
        refuseWaiters(Refusal::Draining);
    } else {
        retryNow(now);
    }
}

void Ledger::retryNow(TimePoint now)
{
    backoff_.reset();
    floor_.trust();
    replenish(now, true);
}

}  // namespace millrace::pool
