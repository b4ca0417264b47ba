// SPDX-License-Identifier: GPL-3.0-or-later
#include "pool/ledger_calls.h"

#include "base/check.h"

#include <algorithm>
#include <numeric>

namespace millrace::pool {

std::uint64_t LedgerCalls::Totals::closedAll() const
{
    return std::accumulate(closed.begin(), closed.end(), std::uint64_t{0});
}

LedgerCalls::LedgerCalls(LedgerLimits limits, std::function<double()> uniform)
    : limits_(limits), uniform_(std::move(uniform))
{}

// ---- queries ----

double LedgerCalls::utilisation() const
{
    return static_cast<double>(count(State::Active)) / static_cast<double>(std::max(1u, limits_.sizeMax));
}

std::uint64_t LedgerCalls::headroom() const
{
    if (draining_) return 0;
    const std::uint64_t leaving = count(State::Draining);  // still count towards the limit
    std::uint64_t calls = 0;
    if (limits_.reuse && limits_.callsMax > 1) {
        for (const Entry& entry : entries(State::Idle)) calls += callsMax(entry);
        // A connection above a lowered limit does not reduce the headroom of others.
        for (const Entry& entry : entries(State::Active))
            calls += callsMax(entry) - std::min(entry.calls, callsMax(entry));
    } else {
        calls = count(State::Idle);  // one call each: O(1) and exact
    }
    // After lowering the limit, open connections that do not drain stay usable.
    const std::uint64_t below = limits_.sizeMax - std::min<std::uint64_t>(limits_.sizeMax, leaving);
    const std::uint64_t open = count(State::Idle) + count(State::Active);
    calls += (below - std::min(below, open)) * (limits_.reuse ? std::min(limits_.callsMax, callsAllowed_) : 1);
    return calls - std::min<std::uint64_t>(calls, waiters_.size());
}

std::uint32_t LedgerCalls::wanted(std::uint64_t calls) const
{
    return static_cast<std::uint32_t>((calls + callsAim() - 1) / callsAim());
}

bool LedgerCalls::mayDial() const
{
    return !draining_ && total() < limits_.sizeMax && count(State::Connecting) < limits_.dialsMax;
}

bool LedgerCalls::wantsFloor(TimePoint now) const
{
    const std::uint32_t held = total() - count(State::Draining);
    return held < floor() && now >= floor_.notBefore();
}

void LedgerCalls::capFloor(std::optional<std::uint32_t> most, TimePoint now)
{
    if (floor_.cap(most)) replenish(now, false);
}

bool LedgerCalls::wantsForWaiters() const
{
    return count(State::Connecting) < wanted(waiters_.size());
}

// ---- transitions of one connection ----

void LedgerCalls::close(Place entry, CloseReason reason)
{
    MR_CHECK(entry->state != State::Connecting);
    ++totals_.closed[static_cast<std::size_t>(reason)];
    effects_.push_back({.kind = Effect::Kind::Close, .connection = entry->id, .reason = reason});
    connections_.erase(entry);
}

void LedgerCalls::abortDial(Place entry)
{
    ++totals_.aborted;
    effects_.push_back({.kind = Effect::Kind::AbortDial, .connection = entry->id});
    connections_.erase(entry);
}

void LedgerCalls::dial(TimePoint now)
{
    effects_.push_back({.kind = Effect::Kind::Dial, .connection = connections_.add(now)->id});
}

/// Closed by the upstream, or idle.
void LedgerCalls::closeEnded(Place entry, CloseReason reason, TimePoint now)
{
    const bool unused = entry->uses == 0;
    close(entry, reason);
    if (unused) floor_.endedUnused(now, uniform_);
}

bool LedgerCalls::expired(Place entry, TimePoint now)
{
    // The upstream's idle time-out runs from an answer on; an unused connection is good for one call in any case.
    const Duration limit = entry->uses == 0 ? std::max<Duration>(limits_.idleLimit, kUnusedMin) : limits_.idleLimit;
    if (now - entry->since >= limit) {
        closeEnded(entry, CloseReason::Idle, now);
        return true;
    }
    if (now >= entry->ageEnd) {
        close(entry, CloseReason::Age);
        return true;
    }
    return false;
}

// ---- granting ----

LedgerCalls::Place LedgerCalls::pick(TimePoint now)
{
    auto& idle = list(State::Idle);
    auto& active = list(State::Active);
    // Checked again here: the tick may be late.
    while (!idle.empty()) {
        const Place newest = idle.begin();
        if (!limits_.reuse && newest->uses > 0) {
            close(newest, CloseReason::OneShot);
            continue;
        }
        if (!expired(newest, now)) return newest;
    }
    Place best = idle.end();
    if (limits_.callsMax < 2 || !limits_.reuse) return best;
    for (Place entry = active.begin(); entry != active.end(); ++entry) {
        if (entry->calls >= callsMax(*entry) || now >= entry->ageEnd) continue;
        if (best == idle.end() || entry->calls < best->calls) best = entry;
    }
    return best;
}

void LedgerCalls::grant(Place entry, Acquired* out, WaiterId waiter)
{
    const bool reused = entry->uses > 0;
    connections_.transition(entry, State::Active);
    if (!reused) floor_.needed();
    connections_.beginCall(entry);
    ++totals_.acquired;
    if (reused) ++totals_.reused;
    needed_.rise(wanted(calls()));
    if (out) {
        out->connection = entry->id;
        out->reused = reused;
    } else {
        effects_.push_back({.kind = Effect::Kind::Grant, .connection = entry->id, .waiter = waiter, .reused = reused});
    }
}

bool LedgerCalls::take(ConnectionId id, TimePoint now)
{
    const Place* const found = connections_.find(id);
    if (draining_ || !found || (*found)->state != State::Idle) return false;
    const Place entry = *found;
    if (expired(entry, now)) return false;
    Acquired out;
    grant(entry, &out, {});
    return true;
}

LedgerCalls::Acquired LedgerCalls::acquire(TimePoint now, TimePoint deadline)
{
    Acquired out;
    if (draining_) {
        ++totals_.refused;
        out.refusal = Refusal::Draining;
        return out;
    }
    if (waiters_.empty()) {
        const Place entry = pick(now);
        if (entry != list(State::Idle).end()) {
            grant(entry, &out, {});
            // Calls share this connection at once, and another one is opened for later calls.
            if (limits_.callsMax > 1 && limits_.reuse &&
                open() - count(State::Draining) + count(State::Connecting) < wanted(calls()) && mayDial() &&
                now >= backoff_.notBefore())
                dial(now);
            return out;
        }
    }
    const bool ownDial = mayDial() && count(State::Connecting) < wanted(waiters_.size() + 1);
    const std::uint64_t covered = count(State::Connecting) + (ownDial ? 1u : 0u);
    if (waiters_.size() + 1 > limits_.waitersMax + covered * callsAim()) {
        ++totals_.refused;
        out.refusal = Refusal::WaitersFull;
        return out;
    }
    out.waiter = waiters_.push(now, std::min(deadline, now + limits_.waitTimeout));
    replenish(now, true);
    return out;
}

bool LedgerCalls::cancelWaiter(WaiterId waiter, TimePoint now)
{
    if (!waiters_.erase(waiter)) return false;
    replenish(now, false);
    return true;
}

void LedgerCalls::serveWaiters(TimePoint now)
{
    while (!waiters_.empty() && !draining_) {
        const Place entry = pick(now);
        if (entry == list(State::Idle).end()) return;
        grant(entry, nullptr, waiters_.popFront());
    }
}

void LedgerCalls::refuseWaiters(Refusal refusal)
{
    while (!waiters_.empty()) refuse(waiters_.popFront(), refusal);
}

void LedgerCalls::refuse(WaiterId waiter, Refusal refusal)
{
    ++totals_.refused;
    effects_.push_back({.kind = Effect::Kind::Refuse, .waiter = waiter, .refusal = refusal});
}

// ---- opening and closing ----

bool LedgerCalls::connected(ConnectionId id, TimePoint now)
{
    const Place* const found = connections_.find(id);
    if (!found || (*found)->state != State::Connecting) return false;
    const Place entry = *found;
    backoff_.reset();
    ++totals_.opened;
    entry->opened = now;
    entry->since = now;
    const double share = 1.0 - kJitter + 2.0 * kJitter * uniform_();
    entry->ageEnd = now + std::chrono::duration_cast<Duration>(limits_.ageMax * share);
    connections_.transition(entry, State::Idle);
    auto& idle = list(State::Idle);
    idle.splice(idle.end(), idle, entry);  // proven connections are reused first
    serveWaiters(now);
    if (!limits_.reuse)
        while (!list(State::Idle).empty()) close(list(State::Idle).begin(), CloseReason::OneShot);
    replenish(now, true);
    return true;
}

void LedgerCalls::dialFailed(ConnectionId id, TimePoint now)
{
    const Place* const found = connections_.find(id);
    if (!found || (*found)->state != State::Connecting) return;
    connections_.erase(*found);
    ++totals_.failed;
    backoff_.failed(now, uniform_());
    floor_.trust();  // an outage: afterwards the whole floor is restored
    // The other waiters would fail the same way, one after the other.
    if (total() == count(State::Draining)) refuseWaiters(Refusal::NoConnection);
    replenish(now, false);
}

void LedgerCalls::release(ConnectionId id, TimePoint now, std::optional<CloseReason> broken)
{
    const Place* const found = connections_.find(id);
    if (!found || (*found)->calls == 0) return;  // lost meanwhile
    const Place entry = *found;
    connections_.endCall(entry);
    entry->since = now;
    if (broken) {
        close(entry, *broken);
    } else if (entry->calls == 0) {
        if (entry->state == State::Draining)
            close(entry, entry->drainReason);
        else if (!limits_.reuse)
            close(entry, CloseReason::OneShot);
        else if (limits_.idleLimit <= Duration::zero())
            close(entry, CloseReason::Idle);  // the upstream does not keep connections
        else if (now >= entry->ageEnd)
            close(entry, CloseReason::Age);
        else
            connections_.transition(entry, State::Idle);
    }
    if (waiters_.empty() && !broken) return;
    serveWaiters(now);
    replenish(now, broken.has_value());
}

void LedgerCalls::reject(ConnectionId id, CloseReason reason, TimePoint now)
{
    const Entry* const found = find(id);
    if (!found || found->calls == 0) return;
    --totals_.acquired;
    if (found->uses > 1) --totals_.reused;
    release(id, now, reason);
}

void LedgerCalls::allows(ConnectionId id, std::uint32_t calls, TimePoint now)
{
    const Place* const found = connections_.find(id);
    if (!found) return;
    (*found)->callsMax = callsAllowed_ = std::max(1u, calls);
    serveWaiters(now);
    replenish(now, false);
}

void LedgerCalls::leaves(ConnectionId id, CloseReason reason, TimePoint now)
{
    const Place* const found = connections_.find(id);
    if (!found) return;
    const Place entry = *found;
    switch (entry->state) {
        case State::Connecting:
            dialFailed(id, now);
            return;
        case State::Idle:
            closeEnded(entry, reason, now);
            break;
        case State::Active:
            connections_.drain(entry, reason);
            break;
        case State::Draining:
            return;
    }
    replenish(now, false);
}

void LedgerCalls::lost(ConnectionId id, CloseReason reason, TimePoint now)
{
    const Place* const found = connections_.find(id);
    if (!found) return;
    const Place entry = *found;
    if (entry->state == State::Connecting) {
        dialFailed(id, now);
        return;
    }
    if (reason == CloseReason::ServerClosed)
        closeEnded(entry, reason, now);
    else
        close(entry, reason);
    replenish(now, false);
}

void LedgerCalls::replenish(TimePoint now, bool demandNow)
{
    while (mayDial()) {
        const bool ready = now >= backoff_.notBefore();
        // A new waiter justifies an attempt although the latest dial failed; otherwise the back-off applies.
        if (wantsForWaiters() && (ready || (demandNow && count(State::Connecting) == 0)))
            dial(now);
        else if (wantsFloor(now) && ready) {
            floor_.tried();
            dial(now);
        } else
            return;
    }
}

void LedgerCalls::shrinkToCap()
{
    auto& idle = list(State::Idle);
    auto& active = list(State::Active);
    auto& connecting = list(State::Connecting);
    const auto surplus = [&] { return total() - count(State::Draining) > limits_.sizeMax; };
    while (surplus() && !connecting.empty()) abortDial(connecting.begin());
    while (surplus() && !idle.empty()) close(std::prev(idle.end()), CloseReason::Shrink);
    while (surplus() && !active.empty()) {
        connections_.drain(std::prev(active.end()), CloseReason::Shrink);
    }
}

void LedgerCalls::tick(TimePoint now)
{
    while (const auto waiter = waiters_.popExpired(now)) refuse(*waiter, Refusal::WaitedTooLong);
    auto& idle = list(State::Idle);
    for (Place entry = idle.begin(); entry != idle.end();) {
        const Place here = entry++;
        expired(here, now);
    }
    auto& active = list(State::Active);
    for (Place entry = active.begin(); entry != active.end();) {
        const Place here = entry++;
        if (now < here->ageEnd) continue;
        connections_.drain(here, CloseReason::Age);
    }
    if (needed_.sink(now, wanted(calls()))) {
        const std::uint32_t keep = std::max(floor_.kept(limits_, needed_), needed_.connections());
        while (!idle.empty() && count(State::Idle) + count(State::Active) > keep)
            close(std::prev(idle.end()), CloseReason::Shrink);
    }
    shrinkToCap();
    serveWaiters(now);
    replenish(now, false);
}

std::optional<TimePoint> LedgerCalls::wakeAt(TimePoint now) const
{
    std::optional<TimePoint> wake;
    const auto at = [&](TimePoint when) { wake = wake ? std::min(*wake, when) : when; };
    if (const auto deadline = waiters_.nextDeadline()) at(*deadline);
    for (const Entry& entry : entries(State::Idle)) at(std::min(entry.since + limits_.idleLimit, entry.ageEnd));
    for (const Entry& entry : entries(State::Active)) at(entry.ageEnd);
    if (!entries(State::Idle).empty() && count(State::Idle) + count(State::Active) > floor_.kept(limits_, needed_))
        at(needed_.sinksAt(now));
    if (mayDial() && wantsForWaiters()) at(std::max(backoff_.notBefore(), now));
    if (mayDial() && total() - count(State::Draining) < floor())
        at(std::max({backoff_.notBefore(), floor_.notBefore(), now}));
    return wake;
}

void LedgerCalls::takeEffects(std::vector<Effect>& into)
{
    into.clear();
    std::swap(into, effects_);
}

std::string LedgerCalls::audit() const
{
    if (auto broken = connections_.audit(limits_.callsMax); !broken.empty()) return broken;
    if (totals_.opened != totals_.closedAll() + open()) return "opened != closed + open";
    if (!waiters_.consistent()) return "waiters are miscounted";
    if (total() - count(State::Draining) > limits_.sizeMax) return "more than the cap";
    if (draining_ && (total() != count(State::Draining) || !waiters_.empty())) return "draining, but gives out";
    if (!limits_.reuse && count(State::Idle) > 0) return "idle connections without reuse";
    if (!waiters_.empty() && count(State::Idle) > 0) return "a waiter beside an idle connection";
    if (!waiters_.empty() && total() == 0 && limits_.sizeMax > 0 && backoff_.notBefore() == TimePoint::min())
        return "a waiter for whom nothing is done";
    return {};
}

}  // namespace millrace::pool
