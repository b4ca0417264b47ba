// SPDX-License-Identifier: GPL-3.0-or-later
#include "pool/ledger.h"

#include "base/check.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace millrace::pool {

namespace {

/// Which changes of state there are. A connection begins Connecting and ends by leaving the ledger.
constexpr bool kAllowed[kStates][kStates] = {
    // to: Connecting, Idle, Active, Draining
    {false, true, false, false},  // Connecting
    {false, false, true, false},  // Idle
    {false, true, true, true},    // Active (to itself: moved to the front)
    {false, false, false, true},  // Draining
};

}  // namespace

std::string_view stateName(State state)
{
    switch (state) {
        case State::Connecting:
            return "connecting";
        case State::Idle:
            return "idle";
        case State::Active:
            return "active";
        case State::Draining:
            return "draining";
    }
    return "?";
}

std::string_view reasonName(CloseReason reason)
{
    switch (reason) {
        case CloseReason::Idle:
            return "idle";
        case CloseReason::Age:
            return "age";
        case CloseReason::Shrink:
            return "shrink";
        case CloseReason::ServerClosed:
            return "server_closed";
        case CloseReason::Error:
            return "error";
        case CloseReason::Evicted:
            return "evicted";
        case CloseReason::Drain:
            return "drain";
        case CloseReason::Unhealthy:
            return "unhealthy";
        case CloseReason::OneShot:
            return "one_shot";
        case CloseReason::Cancelled:
            return "cancelled";
        case CloseReason::Moved:
            return "moved";
    }
    return "?";
}

std::uint64_t Ledger::Totals::closedAll() const
{
    return std::accumulate(closed.begin(), closed.end(), std::uint64_t{0});
}

Ledger::Ledger(LedgerLimits limits, std::function<double()> uniform) : limits_(limits), uniform_(std::move(uniform)) {}

// ---- questions ----

std::uint32_t Ledger::count(State state) const
{
    return static_cast<std::uint32_t>(entries(state).size());
}

std::uint32_t Ledger::open() const
{
    return count(State::Idle) + count(State::Active) + count(State::Draining);
}

std::uint32_t Ledger::total() const
{
    return static_cast<std::uint32_t>(places_.size());
}

double Ledger::utilisation() const
{
    return static_cast<double>(count(State::Active)) / static_cast<double>(std::max(1u, limits_.sizeMax));
}

std::uint64_t Ledger::headroom() const
{
    if (draining_) return 0;
    const std::uint64_t leaving = count(State::Draining);  // each holds its place under the cap
    std::uint64_t room = 0;
    if (limits_.reuse && limits_.callsMax > 1) {
        for (const Entry& entry : entries(State::Idle)) room += callsMax(entry);
        // Where the limit of calls was lowered, a connection that still carries more takes no other's room.
        for (const Entry& entry : entries(State::Active))
            room += callsMax(entry) - std::min(entry.calls, callsMax(entry));
    } else {
        room = count(State::Idle);  // one call each: told after every call, whatever the number of connections
    }
    // A cap that was lowered lets what is open and does not drain go on.
    const std::uint64_t below = limits_.sizeMax - std::min<std::uint64_t>(limits_.sizeMax, leaving);
    const std::uint64_t open = count(State::Idle) + count(State::Active);
    room += (below - std::min(below, open)) * (limits_.reuse ? std::min(limits_.callsMax, callsAllowed_) : 1);
    return room - std::min<std::uint64_t>(room, waiters_.size());
}

std::optional<TimePoint> Ledger::oldestWaiter() const
{
    if (waiters_.empty()) return std::nullopt;
    return waiters_.front().since;
}

const Ledger::Entry* Ledger::find(ConnectionId id) const
{
    const auto found = places_.find(id);
    return found == places_.end() ? nullptr : &*found->second;
}

std::uint32_t Ledger::wanted(std::uint64_t calls) const
{
    return static_cast<std::uint32_t>((calls + callsAim() - 1) / callsAim());
}

bool Ledger::mayDial() const
{
    return !draining_ && total() < limits_.sizeMax && count(State::Connecting) < limits_.dialsMax;
}

/// How many idle ones surplus is counted from: those that are there need not be closed only because no further ones
/// may be opened.
std::uint32_t Ledger::kept() const
{
    if (!limits_.reuse || limits_.idleLimit < kFloorIdleMin) return 0;
    const std::uint32_t configured = std::min(limits_.sizeMin, limits_.sizeMax);
    if (!floorByDemand_) return configured;
    return std::min(configured, std::max(1u, static_cast<std::uint32_t>(std::ceil(highWater_ - 0.05))));
}

std::uint32_t Ledger::floor() const
{
    return std::min(kept(), floorCap_.value_or(kept()));
}

bool Ledger::wantsFloor(TimePoint now) const
{
    const std::uint32_t held = total() - count(State::Draining);
    return held < floor() && now >= floorNotBefore_;
}

/// A connection that had been opened for nobody has ended without having been needed.
void Ledger::endedUnused(TimePoint now)
{
    if (!floorByDemand_) {
        floorByDemand_ = true;
        floorTried_ = false;  // one is tried at once: if that fails, it was an outage
        return;
    }
    // All that were opened together end together: one occasion.
    if (!floorTried_ || now < floorNotBefore_) return;
    floorPause_ = std::clamp<Duration>(floorPause_ * 2, kFloorPauseFirst, kFloorPauseMax);
    const double share = 1.0 + kJitter * uniform_();  // never sooner
    floorNotBefore_ = now + std::chrono::duration_cast<Duration>(floorPause_ * share);
}

void Ledger::trustFloor()
{
    floorByDemand_ = floorTried_ = false;
    floorPause_ = {};
    floorNotBefore_ = TimePoint::min();
}

void Ledger::capFloor(std::optional<std::uint32_t> most, TimePoint now)
{
    if (floorCap_ == most) return;
    floorCap_ = most;
    replenish(now, false);
}

bool Ledger::wantsForWaiters() const
{
    return count(State::Connecting) < wanted(waiters_.size());
}

// ---- changes of one connection ----

void Ledger::transition(Place entry, State to)
{
    const State from = entry->state;
    MR_CHECK_MSG(kAllowed[static_cast<std::size_t>(from)][static_cast<std::size_t>(to)],
                 std::string(stateName(from)) + " to " + std::string(stateName(to)));
    entry->state = to;
    list(to).splice(list(to).begin(), list(from), entry);
}

void Ledger::close(Place entry, CloseReason reason)
{
    MR_CHECK(entry->state != State::Connecting);
    calls_ -= entry->calls;
    ++totals_.closed[static_cast<std::size_t>(reason)];
    effects_.push_back({.kind = Effect::Kind::Close, .connection = entry->id, .reason = reason});
    places_.erase(entry->id);
    list(entry->state).erase(entry);
}

void Ledger::abortDial(Place entry)
{
    ++totals_.aborted;
    effects_.push_back({.kind = Effect::Kind::AbortDial, .connection = entry->id});
    places_.erase(entry->id);
    list(State::Connecting).erase(entry);
}

void Ledger::dial(TimePoint now)
{
    auto& connecting = list(State::Connecting);
    connecting.emplace_front();
    const Place entry = connecting.begin();
    entry->id = connectionIds_.next();
    entry->opened = now;
    places_.emplace(entry->id, entry);
    effects_.push_back({.kind = Effect::Kind::Dial, .connection = entry->id});
}

/// Of the upstream's doing or of idleness.
void Ledger::closeEnded(Place entry, CloseReason reason, TimePoint now)
{
    const bool unused = entry->uses == 0;
    close(entry, reason);
    if (unused) endedUnused(now);
}

bool Ledger::expired(Place entry, TimePoint now)
{
    // An upstream's limit is for after an answer; one that has carried nothing is good for one call in any case.
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

// ---- giving out ----

Ledger::Place Ledger::pick(TimePoint now)
{
    auto& idle = list(State::Idle);
    auto& active = list(State::Active);
    // Looked at again here: the tick may be late, and an upstream closes at its own time.
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

void Ledger::grant(Place entry, Acquired* out, WaiterId waiter)
{
    const bool reused = entry->uses > 0;
    transition(entry, State::Active);
    if (!reused) floorPause_ = {};  // it was needed
    ++entry->uses;
    ++entry->calls;
    ++calls_;
    ++totals_.acquired;
    if (reused) ++totals_.reused;
    highWater_ = std::max(highWater_, static_cast<double>(wanted(calls_)));
    if (out) {
        out->connection = entry->id;
        out->reused = reused;
    } else {
        effects_.push_back({.kind = Effect::Kind::Grant, .connection = entry->id, .waiter = waiter, .reused = reused});
    }
}

bool Ledger::take(ConnectionId id, TimePoint now)
{
    const auto found = places_.find(id);
    if (draining_ || found == places_.end() || found->second->state != State::Idle) return false;
    if (expired(found->second, now)) return false;
    Acquired out;
    grant(found->second, &out, {});
    return true;
}

Ledger::Acquired Ledger::acquire(TimePoint now, TimePoint deadline)
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
            // Calls share a connection at once, and another one is opened for those that come after them.
            if (limits_.callsMax > 1 && limits_.reuse &&
                open() - count(State::Draining) + count(State::Connecting) < wanted(calls_) && mayDial() &&
                now >= dialNotBefore_)
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
    Waiter waiter;
    waiter.id = waiterIds_.next();
    waiter.since = now;
    waiter.deadline = deadlines_.emplace(std::min(deadline, now + limits_.waitTimeout), waiter.id);
    waiters_.push_back(waiter);
    waiterPlaces_.emplace(waiter.id, std::prev(waiters_.end()));
    out.waiter = waiter.id;
    replenish(now, true);
    return out;
}

void Ledger::dropWaiter(std::list<Waiter>::iterator waiter)
{
    deadlines_.erase(waiter->deadline);
    waiterPlaces_.erase(waiter->id);
    waiters_.erase(waiter);
}

bool Ledger::cancelWaiter(WaiterId waiter, TimePoint now)
{
    const auto found = waiterPlaces_.find(waiter);
    if (found == waiterPlaces_.end()) return false;
    dropWaiter(found->second);
    replenish(now, false);
    return true;
}

void Ledger::serveWaiters(TimePoint now)
{
    while (!waiters_.empty() && !draining_) {
        const Place entry = pick(now);
        if (entry == list(State::Idle).end()) return;
        const WaiterId waiter = waiters_.front().id;
        dropWaiter(waiters_.begin());
        grant(entry, nullptr, waiter);
    }
}

void Ledger::refuseWaiters(Refusal refusal)
{
    while (!waiters_.empty()) {
        ++totals_.refused;
        effects_.push_back({.kind = Effect::Kind::Refuse, .waiter = waiters_.front().id, .refusal = refusal});
        dropWaiter(waiters_.begin());
    }
}

// ---- coming and going ----

bool Ledger::connected(ConnectionId id, TimePoint now)
{
    const auto found = places_.find(id);
    if (found == places_.end() || found->second->state != State::Connecting) return false;
    const Place entry = found->second;
    dialFailures_ = 0;
    dialNotBefore_ = TimePoint::min();
    ++totals_.opened;
    entry->opened = now;
    entry->since = now;
    const double share = 1.0 - kJitter + 2.0 * kJitter * uniform_();
    entry->ageEnd = now + std::chrono::duration_cast<Duration>(limits_.ageMax * share);
    transition(entry, State::Idle);
    auto& idle = list(State::Idle);
    idle.splice(idle.end(), idle, entry);  // those that have proved themselves go first
    serveWaiters(now);
    if (!limits_.reuse)
        while (!list(State::Idle).empty()) close(list(State::Idle).begin(), CloseReason::OneShot);
    replenish(now, true);
    return true;
}

void Ledger::dialFailed(ConnectionId id, TimePoint now)
{
    const auto found = places_.find(id);
    if (found == places_.end() || found->second->state != State::Connecting) return;
    list(State::Connecting).erase(found->second);
    places_.erase(found);
    ++totals_.failed;
    const auto doubled = kBackoffFirst * (1u << std::min(dialFailures_, 10u));
    ++dialFailures_;
    const double share = 1.0 - kJitter * uniform_();  // never beyond the maximum
    dialNotBefore_ = now + std::chrono::duration_cast<Duration>(std::min<Duration>(doubled, kBackoffMax) * share);
    trustFloor();  // an outage: when it is over, all of the floor comes back
    // Those who wait would only meet the same fate one by one.
    if (total() == count(State::Draining)) refuseWaiters(Refusal::NoConnection);
    replenish(now, false);
}

void Ledger::release(ConnectionId id, TimePoint now, std::optional<CloseReason> broken)
{
    const auto found = places_.find(id);
    if (found == places_.end() || found->second->calls == 0) return;  // lost meanwhile
    const Place entry = found->second;
    --entry->calls;
    --calls_;
    entry->since = now;
    if (broken) {
        close(entry, *broken);
    } else if (entry->calls == 0) {
        if (entry->state == State::Draining)
            close(entry, entry->drainReason);
        else if (!limits_.reuse)
            close(entry, CloseReason::OneShot);
        else if (limits_.idleLimit <= Duration::zero())
            close(entry, CloseReason::Idle);  // the upstream keeps none
        else if (now >= entry->ageEnd)
            close(entry, CloseReason::Age);
        else
            transition(entry, State::Idle);
    }
    if (waiters_.empty() && !broken) return;
    serveWaiters(now);
    replenish(now, broken.has_value());
}

void Ledger::reject(ConnectionId id, CloseReason reason, TimePoint now)
{
    const auto found = places_.find(id);
    if (found == places_.end() || found->second->calls == 0) return;
    --totals_.acquired;
    if (found->second->uses > 1) --totals_.reused;
    release(id, now, reason);
}

void Ledger::allows(ConnectionId id, std::uint32_t calls, TimePoint now)
{
    const auto found = places_.find(id);
    if (found == places_.end()) return;
    found->second->callsMax = callsAllowed_ = std::max(1u, calls);
    serveWaiters(now);
    replenish(now, false);
}

void Ledger::leaves(ConnectionId id, CloseReason reason, TimePoint now)
{
    const auto found = places_.find(id);
    if (found == places_.end()) return;
    const Place entry = found->second;
    switch (entry->state) {
        case State::Connecting:
            dialFailed(id, now);
            return;
        case State::Idle:
            closeEnded(entry, reason, now);
            break;
        case State::Active:
            entry->drainReason = reason;
            transition(entry, State::Draining);
            break;
        case State::Draining:
            return;
    }
    replenish(now, false);
}

void Ledger::lost(ConnectionId id, CloseReason reason, TimePoint now)
{
    const auto found = places_.find(id);
    if (found == places_.end()) return;
    if (found->second->state == State::Connecting) {
        dialFailed(id, now);
        return;
    }
    if (reason == CloseReason::ServerClosed)
        closeEnded(found->second, reason, now);
    else
        close(found->second, reason);
    replenish(now, false);
}

void Ledger::replenish(TimePoint now, bool demandNow)
{
    while (mayDial()) {
        const bool ready = now >= dialNotBefore_;
        // Somebody who has just come is worth an attempt although the last one failed; the rest waits its turn.
        if (wantsForWaiters() && (ready || (demandNow && count(State::Connecting) == 0)))
            dial(now);
        else if (wantsFloor(now) && ready) {
            floorTried_ = true;
            dial(now);
        } else
            return;
    }
}

void Ledger::shrinkToCap()
{
    auto& idle = list(State::Idle);
    auto& active = list(State::Active);
    auto& connecting = list(State::Connecting);
    const auto surplus = [&] { return total() - count(State::Draining) > limits_.sizeMax; };
    while (surplus() && !connecting.empty()) abortDial(connecting.begin());
    while (surplus() && !idle.empty()) close(std::prev(idle.end()), CloseReason::Shrink);
    while (surplus() && !active.empty()) {
        const Place oldest = std::prev(active.end());
        oldest->drainReason = CloseReason::Shrink;
        transition(oldest, State::Draining);
    }
}

void Ledger::tick(TimePoint now)
{
    while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
        const WaiterId waiter = deadlines_.begin()->second;
        ++totals_.refused;
        effects_.push_back({.kind = Effect::Kind::Refuse, .waiter = waiter, .refusal = Refusal::WaitedTooLong});
        dropWaiter(waiterPlaces_.at(waiter));
    }
    auto& idle = list(State::Idle);
    for (Place entry = idle.begin(); entry != idle.end();) {
        const Place here = entry++;
        expired(here, now);
    }
    auto& active = list(State::Active);
    for (Place entry = active.begin(); entry != active.end();) {
        const Place here = entry++;
        if (now < here->ageEnd) continue;
        here->drainReason = CloseReason::Age;
        transition(here, State::Draining);
    }
    if (!shrunkAt_) shrunkAt_ = now;
    if (now - *shrunkAt_ >= kShrinkEvery) {
        const double needed = static_cast<double>(wanted(calls_));
        const double halves = std::chrono::duration<double>(now - *shrunkAt_) / kHighWaterHalfLife;
        highWater_ = needed + std::max(0.0, highWater_ - needed) * std::exp2(-halves);
        shrunkAt_ = now;
        const auto keep = std::max(kept(), static_cast<std::uint32_t>(std::ceil(highWater_ - 0.05)));
        while (!idle.empty() && count(State::Idle) + count(State::Active) > keep)
            close(std::prev(idle.end()), CloseReason::Shrink);
    }
    shrinkToCap();
    serveWaiters(now);
    replenish(now, false);
}

std::optional<TimePoint> Ledger::wakeAt(TimePoint now) const
{
    std::optional<TimePoint> wake;
    const auto at = [&](TimePoint when) { wake = wake ? std::min(*wake, when) : when; };
    if (!deadlines_.empty()) at(deadlines_.begin()->first);
    for (const Entry& entry : entries(State::Idle)) at(std::min(entry.since + limits_.idleLimit, entry.ageEnd));
    for (const Entry& entry : entries(State::Active)) at(entry.ageEnd);
    if (!entries(State::Idle).empty() && count(State::Idle) + count(State::Active) > kept())
        at(shrunkAt_.value_or(now) + kShrinkEvery);
    if (mayDial() && wantsForWaiters()) at(std::max(dialNotBefore_, now));
    if (mayDial() && total() - count(State::Draining) < floor()) at(std::max({dialNotBefore_, floorNotBefore_, now}));
    return wake;
}

// ---- orders from outside ----

void Ledger::apply(LedgerLimits limits, TimePoint now)
{
    const bool reused = limits_.reuse;
    if (limits.sizeMin != limits_.sizeMin) trustFloor();  // somebody wants it so
    limits_ = limits;
    limits_.callsAim = std::max(1u, limits_.callsAim);
    limits_.callsMax = std::max(limits_.callsAim, limits_.callsMax);
    if (reused && !limits_.reuse) evictIdle(now);
    shrinkToCap();
    while (waiters_.size() > limits_.waitersMax + std::uint64_t{count(State::Connecting)} * callsAim()) {
        ++totals_.refused;
        effects_.push_back(
            {.kind = Effect::Kind::Refuse, .waiter = waiters_.back().id, .refusal = Refusal::WaitersFull});
        dropWaiter(std::prev(waiters_.end()));
    }
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
            entry->drainReason = reason;
            transition(entry, State::Draining);
            break;
        case State::Draining:
            break;
    }
}

std::uint32_t Ledger::evict(const std::vector<ConnectionId>& ids, TimePoint now, CloseReason reason)
{
    std::uint32_t evicted = 0;
    for (const ConnectionId id : ids) {
        const auto found = places_.find(id);
        if (found == places_.end() || found->second->state == State::Draining) continue;
        evictOne(found->second, reason);
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
    dialFailures_ = 0;
    dialNotBefore_ = TimePoint::min();
    trustFloor();
    replenish(now, true);
}

void Ledger::takeEffects(std::vector<Effect>& into)
{
    into.clear();
    std::swap(into, effects_);
}

std::string Ledger::audit() const
{
    std::size_t held = 0;
    std::uint64_t calls = 0;
    for (std::size_t i = 0; i < kStates; ++i) {
        for (auto entry = lists_[i].begin(); entry != lists_[i].end(); ++entry) {
            ++held;
            calls += entry->calls;
            if (entry->state != static_cast<State>(i)) return "an entry is in the list of another state";
            const auto place = places_.find(entry->id);
            if (place == places_.end() || &*place->second != &*entry) return "an entry is not found by its id";
            const bool carries = entry->state == State::Active || entry->state == State::Draining;
            if (carries != (entry->calls > 0)) return "calls do not fit the state";
            if (entry->calls > limits_.callsMax && entry->state != State::Draining) return "too many calls";
        }
    }
    if (held != places_.size()) return "index and lists differ";
    if (calls != calls_) return "calls are miscounted";
    if (totals_.opened != totals_.closedAll() + open()) return "opened != closed + open";
    if (waiters_.size() != waiterPlaces_.size() || waiters_.size() != deadlines_.size())
        return "waiters are miscounted";
    if (total() - count(State::Draining) > limits_.sizeMax) return "more than the cap";
    if (draining_ && (total() != count(State::Draining) || !waiters_.empty())) return "draining, but gives out";
    if (!limits_.reuse && count(State::Idle) > 0) return "idle connections without reuse";
    if (!waiters_.empty() && count(State::Idle) > 0) return "a waiter beside an idle connection";
    if (!waiters_.empty() && total() == 0 && limits_.sizeMax > 0 && dialNotBefore_ == TimePoint::min())
        return "a waiter for whom nothing is done";
    return {};
}

}  // namespace millrace::pool
