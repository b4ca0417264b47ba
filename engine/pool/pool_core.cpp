// SPDX-License-Identifier: GPL-3.0-or-later
#include "pool/pool_core.h"

#include "base/format.h"
#include "phrases.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <algorithm>

namespace millrace::pool {

/// One who waits for a connection; lives in the coroutine's frame.
struct PoolCore::Waiting {
    Notifier signal;
    std::optional<Granted> granted;
    std::optional<Refusal> refused;
};

/// A waiter that is destroyed, with its coroutine or by leaving, takes itself out.
struct PoolCore::WaitingGuard {
    WaitingGuard(std::shared_ptr<PoolCore> givenCore, WaiterId givenId, Waiting* waiting)
        : core(std::move(givenCore)), id(givenId)
    {
        core->waiting_.emplace(id, waiting);
    }
    WaitingGuard(const WaitingGuard&) = delete;
    WaitingGuard& operator=(const WaitingGuard&) = delete;
    ~WaitingGuard() { core->waiting_.erase(id); }
    std::shared_ptr<PoolCore> core;
    WaiterId id;
};

PoolCore::PoolCore(PoolSetup setup, std::string protocol, LedgerLimits limits)
    : strand_(setup.strand),
      clock_(setup.clock),
      backend_(setup.backend),
      protocol_(std::move(protocol)),
      options_(setup.options),
      random_(setup.seed),
      ledger_(limits, [this] { return uniform(); }),
      breaker_(options_.breakerFailures, options_.breakerOpen),
      idle_(options_.idleTimeout),
      metrics_(setup.registry, setup.backend, protocol_),
      timer_(setup.strand, setup.clock, [this] { tick(); })
{
    ledger_.setDraining(true, clock_.now());  // until start()
}

PoolCore::~PoolCore() = default;

double PoolCore::uniform()
{
    return std::uniform_real_distribution<double>(0.0, 1.0)(random_);
}

void PoolCore::close()
{
    stopped_ = true;
    gone_ = true;
    listener_ = nullptr;
    timer_.stop();
    lookup_ = nullptr;
    ledger_.setDraining(true, clock_.now());
    settle();
}

// ---- orders ----

void PoolCore::start()
{
    started_ = true;
    checkAt_ = clock_.now();
    updateAccepting(CloseReason::Drain);
}

net::awaitable<void> PoolCore::stop()
{
    const auto self = shared_from_this();
    stopped_ = true;
    updateAccepting(CloseReason::Drain);
    if (ledger_.total() > 0) {
        OneShot<bool> emptied;
        emptied_ = emptied;
        co_await emptied.wait();
        emptied_.reset();
    }
    timer_.stop();
}

std::optional<std::string> PoolCore::blockedWhy() const
{
    if (stopped_) return "backend " + backend_ + " is stopping";
    if (!started_) return "backend " + backend_ + " has not been started";
    if (!enabled_) return "backend " + backend_ + " is disabled";
    if (draining_) return "backend " + backend_ + " is draining";
    if (down_) return "backend " + backend_ + " is down: " + *down_;
    return std::nullopt;
}

void PoolCore::updateAccepting(CloseReason reason)
{
    const TimePoint now = clock_.now();
    ledger_.setDraining(blockedWhy().has_value(), now, reason);
    settle();
    if (!blockedWhy() && !checking_) {
        checkAt_ = std::min(checkAt_, now);
        tick();
    }
}

void PoolCore::apply(const Options& options)
{
    const TimePoint now = clock_.now();
    options_ = options;
    breaker_.apply(options.breakerFailures, options.breakerOpen);
    idle_.apply(options.idleTimeout);
    applied();
    ledger_.apply(spreadLimits(), now);
    if (name_)
        lookUpAt_ = options.resolveInterval > Duration::zero() ? now + options.resolveInterval : TimePoint::max();
    if (started_) checkAt_ = std::min(checkAt_, now + options.healthInterval);
    settle();
    wellAgain();
    plan(now);
}

std::uint32_t PoolCore::evict(const std::vector<ConnectionId>& ids)
{
    const TimePoint now = clock_.now();
    const std::uint32_t evicted = ids.empty() ? ledger_.evictIdle(now) : ledger_.evict(ids, now);
    settle();
    return evicted;
}

std::uint32_t PoolCore::setDraining(bool draining)
{
    const std::uint32_t open = ledger_.open();
    if (draining_ == draining) return 0;
    draining_ = draining;
    updateAccepting(CloseReason::Drain);
    return draining ? open : 0;
}

void PoolCore::setEnabled(bool enabled)
{
    if (enabled_ == enabled) return;
    enabled_ = enabled;
    updateAccepting(CloseReason::Drain);
}

void PoolCore::setDown(std::optional<std::string> why)
{
    const bool back = down_.has_value() && !why;
    down_ = std::move(why);
    if (down_) {
        up_ = false;
        checkFailure_ = *down_;
    } else if (back) {
        breaker_.reset();
        checkFailure_.clear();
        checked_.reset();
        downReported_ = false;
        ejectedAt_.reset();
        checkAt_ = clock_.now();
    }
    updateAccepting(CloseReason::Unhealthy);
}

// ---- waiting ----

Status PoolCore::refusalStatus(Refusal refusal, TimePoint deadline) const
{
    const TimePoint now = clock_.now();
    const std::string size = std::to_string(ledger_.limits().sizeMax);
    switch (refusal) {
        case Refusal::WaitersFull: {
            const auto oldest = ledger_.oldestWaiter();
            const Duration waited = oldest ? now - *oldest : Duration{};
            const auto after = std::chrono::duration_cast<std::chrono::milliseconds>(waited) + 1ms;
            return withRetryAfter(
                resourceExhausted(std::to_string(ledger_.waiters()) + " requests are waiting for one of " + size + " " +
                                  protocol_ + " connections to " + backend_ + ", the oldest for " + formatMs(waited) +
                                  " (limit pool.waiters_max: " + std::to_string(ledger_.limits().waitersMax) + ")"),
                after);
        }
        case Refusal::WaitedTooLong:
            // Nobody had one: not the limits are what is in the way.
            if (ledger_.open() == 0 && !lastDialError_.empty() && deadline > now)
                return unavailable("no connection to " + backend_ + " within " +
                                   formatMs(ledger_.limits().waitTimeout) + ": " + lastDialError_);
            if (deadline <= now)
                return deadlineExceeded("no connection to " + backend_ + " was free before the deadline");
            return withRetryAfter(
                resourceExhausted("none of " + size + " " + protocol_ + " connections to " + backend_ +
                                  " was free within " + formatMs(ledger_.limits().waitTimeout) +
                                  " (limit pool.wait_timeout_ms)"),
                1s);
        case Refusal::Draining:
            return unavailable(blockedWhy().value_or("backend " + backend_ + " is draining"));
        case Refusal::NoConnection:
            return unavailable("no connection to " + backend_ + ": " + lastDialError_);
    }
    return internal("unknown refusal");
}

PoolCore::Attempt PoolCore::tryAcquire(TimePoint now, TimePoint deadline, bool forCheck)
{
    Attempt attempt;
    if (!forCheck && !breaker_.passes()) {
        const auto at = breaker_.probeAt();
        const auto after = at && *at > now ? std::chrono::duration_cast<std::chrono::milliseconds>(*at - now) : 0ms;
        attempt.status = withRetryAfter(
            unavailable("backend " + backend_ + " is ejected after " + std::to_string(breaker_.failures()) +
                        " consecutive failures: " + breaker_.reason()),
            after + 100ms);
        return attempt;
    }
    const Ledger::Acquired acquired = ledger_.acquire(now, deadline);
    settle();
    if (acquired.refusal) {
        attempt.status = refusalStatus(*acquired.refusal, deadline);
    } else if (acquired.waiter) {
        attempt.waiter = acquired.waiter;
        timer_.at(std::min(deadline, now + ledger_.limits().waitTimeout));
    } else {
        attempt.granted = {acquired.connection, acquired.reused};
        metrics_.waitSeconds.observe(0);
    }
    return attempt;
}

net::awaitable<StatusOr<PoolCore::Granted>> PoolCore::waitFor(std::shared_ptr<PoolCore> core, WaiterId waiter,
                                                              TimePoint began, TimePoint deadline, CancelToken cancel)
{
    Waiting waiting;
    bool cancelledHere = false;
    {
        const WaitingGuard guard(core, waiter, &waiting);
        // Effects of the acquire itself may have come before there was anybody to tell.
        PoolCore* const raw = core.get();
        const auto registration = cancel.onCancel([raw, waiter, &waiting, &cancelledHere] {
            if (!raw->ledger_.cancelWaiter(waiter, raw->clock_.now())) return;
            cancelledHere = true;
            raw->settle();
            waiting.signal.wakeLater(raw->strand_);
        });
        while (!waiting.granted && !waiting.refused && !cancelledHere) co_await waiting.signal.wait();
    }
    core->metrics_.waitSeconds.observe(std::chrono::duration<double>(core->clock_.now() - began).count());
    if (waiting.granted) co_return *waiting.granted;
    if (cancelledHere) co_return cancel.status();
    co_return core->refusalStatus(*waiting.refused, deadline);
}

void PoolCore::release(ConnectionId id, std::optional<CloseReason> broken)
{
    if (gone_) return;  // clock and registry may be as well
    release(id, broken, clock_.now());
}

void PoolCore::release(ConnectionId id, std::optional<CloseReason> broken, TimePoint now)
{
    if (gone_) return;
    ledger_.release(id, now, broken);
    settle();
    timer_.at(now + std::min(ledger_.limits().idleLimit, Ledger::kShrinkEvery));
}

void PoolCore::reject(ConnectionId id, CloseReason reason)
{
    if (gone_) return;
    ledger_.reject(id, reason, clock_.now());
    settle();
}

// ---- effects ----

void PoolCore::settle()
{
    if (settling_) return;  // the loop below takes what comes meanwhile
    settling_ = true;
    while (ledger_.hasEffects()) {
        ledger_.takeEffects(batch_);
        for (const Ledger::Effect& effect : batch_) {
            switch (effect.kind) {
                case Ledger::Effect::Kind::Dial:
                    timer_.at(clock_.now() + options_.connectTimeout);
                    dial(effect.connection);
                    break;
                case Ledger::Effect::Kind::AbortDial:
                    addresses_.ended(effect.connection);
                    abandonDial(effect.connection);
                    break;
                case Ledger::Effect::Kind::Close:
                    addresses_.ended(effect.connection);
                    shut(effect.connection, effect.reason);
                    break;
                case Ledger::Effect::Kind::Grant: {
                    const auto found = waiting_.find(effect.waiter);
                    if (found == waiting_.end()) {
                        // Its coroutine was destroyed without leaving: nobody is there to use it.
                        ledger_.release(effect.connection, clock_.now());
                        break;
                    }
                    found->second->granted = Granted{effect.connection, effect.reused};
                    found->second->signal.wakeLater(strand_);
                    break;
                }
                case Ledger::Effect::Kind::Refuse: {
                    const auto found = waiting_.find(effect.waiter);
                    if (found == waiting_.end()) break;
                    found->second->refused = effect.refusal;
                    found->second->signal.wakeLater(strand_);
                    break;
                }
            }
        }
    }
    settling_ = false;
    metrics_.update(ledger_);
    metrics_.http2.set(static_cast<double>(http2Connections()));
    if (emptied_ && ledger_.total() == 0) emptied_->set(true);
}

void PoolCore::dialed(ConnectionId id)
{
    const TimePoint now = clock_.now();
    const Ledger::Entry* entry = ledger_.find(id);
    if (entry) metrics_.createSeconds.observe(std::chrono::duration<double>(now - entry->opened).count());
    lastDialError_.clear();
    addresses_.reached(id);
    if (breaker_.passes()) ejectedByDials_ = false;
    if (!ledger_.connected(id, now)) shut(id, CloseReason::Drain);
    settle();
    if (!breaker_.passes() && ejectedByDials_) breaker_.probeSoon(now);
    if (!up_ || !breaker_.passes()) {
        checkAt_ = std::min(checkAt_, now);
        tick();
    }
    timer_.at(now + ledger_.limits().idleLimit);
}

void PoolCore::dialFailed(ConnectionId id, const Status& why)
{
    const TimePoint now = clock_.now();
    if (!ledger_.find(id)) return;  // given up by ourselves
    lastDialError_ = text(why);
    addresses_.failed(id, now);
    ledger_.dialFailed(id, now);
    settle();
    // A server that is busy with our requests may be slow to take another connection.
    if (!absl::IsDeadlineExceeded(why) || !(works(now) || mayCompute(now))) {
        ejectedByDials_ = true;
        callFailed(lastDialError_);
    }
    plan(now);
}

void PoolCore::lost(ConnectionId id, CloseReason reason)
{
    const TimePoint now = clock_.now();
    ledger_.lost(id, reason, now);
    settle();
    plan(now);
}

void PoolCore::idleLimitChanged()
{
    const TimePoint now = clock_.now();
    ledger_.setIdleLimit(idle_.limit(now));
    timer_.at(now + ledger_.limits().idleLimit);
}

// ---- time ----

void PoolCore::tick()
{
    const TimePoint now = clock_.now();
    ledger_.setIdleLimit(idle_.limit(now));
    ledger_.tick(now);
    settle();
    if (now >= lookUpAt_) lookUp(now);
    if (!blockedWhy() && !checking_) {
        if (breaker_.tryStartProbe(now))
            startCheck(now, true);
        else if (breaker_.passes() && now >= checkAt_) {
            if (up_ && works(now))
                passedByWork();
            else
                startCheck(now, false);
        }
    }
    plan(now);
}

void PoolCore::plan(TimePoint now)
{
    if (const auto wake = ledger_.wakeAt(now)) timer_.at(*wake);
    if (const auto wake = sweep(now)) timer_.at(*wake);
    timer_.at(lookUpAt_);
    if (blockedWhy() || checking_) return;
    if (const auto at = breaker_.probeAt())
        timer_.at(*at);
    else
        timer_.at(checkAt_);
}

// ---- addresses ----

/// A name with more addresses than the floor has connections would leave some of them without any.
LedgerLimits PoolCore::spreadLimits() const
{
    LedgerLimits limits = limitsOf(options_);
    limits.idleLimit = idle_.limit(clock_.now());
    const auto count = static_cast<std::uint32_t>(addresses_.addresses());
    if (limits.reuse && count > 1) limits.sizeMin = std::max(limits.sizeMin, std::min(count, limits.sizeMax));
    return limits;
}

void PoolCore::forgetAddresses()
{
    addresses_.clear();
    name_.reset();
    lookup_ = nullptr;
    lookUpAt_ = TimePoint::max();
}

void PoolCore::found(const Endpoint& endpoint, std::vector<Address>& addresses)
{
    const TimePoint now = clock_.now();
    const std::size_t before = addresses_.addresses();
    addresses_.found(addresses, now);
    addresses_.order(addresses, now);
    name_ = endpoint;
    if (lookUpAt_ == TimePoint::max() && !lookup_ && options_.resolveInterval > Duration::zero()) {
        lookUpAt_ = now + options_.resolveInterval;
        timer_.at(lookUpAt_);
    }
    if (addresses_.addresses() == before) return;
    ledger_.apply(spreadLimits(), now);
    settle();
}

void PoolCore::tries(ConnectionId id, const Address& address)
{
    addresses_.tries(id, address);
}

void PoolCore::failedAt(const Address& address)
{
    addresses_.failed(address, clock_.now());
}

void PoolCore::dialDueAt(TimePoint when)
{
    timer_.at(when);
}

/// While there are connections: else the next dial does.
void PoolCore::lookUp(TimePoint now)
{
    lookUpAt_ = TimePoint::max();
    if (!name_ || lookup_ || blockedWhy() || ledger_.total() == 0) return;
    auto lookup = Lookup::start(strand_, name_->host, name_->port);
    if (!lookup.ok()) {
        lookUpAt_ = now + options_.resolveInterval;
        return;
    }
    lookup_ = *std::move(lookup);
    lookup_->onDone([this] {  // not called once the lookup is let go
        net::post(strand_, [weak = weak_from_this()] {
            const auto self = weak.lock();
            if (self && self->lookup_ && self->lookup_->done()) self->lookedUp();
        });
    });
}

void PoolCore::lookedUp()
{
    const auto lookup = std::exchange(lookup_, nullptr);
    const TimePoint now = clock_.now();
    const StatusOr<Lookup::Endpoints> answer = lookup->take();
    if (options_.resolveInterval > Duration::zero()) lookUpAt_ = now + options_.resolveInterval;
    if (answer.ok() && !answer->empty()) {  // else those known go on: the name's server may be away
        std::vector<Address> addresses(answer->begin(), answer->end());
        addresses_.found(addresses, now);
        // A turn of the clock is never exact: two answers without it.
        ledger_.evict(addresses_.gone(now, options_.resolveInterval * 3 / 2), now, CloseReason::Moved);
        if (const LedgerLimits limits = spreadLimits(); limits.sizeMin != ledger_.limits().sizeMin)
            ledger_.apply(limits, now);
        ledger_.evict(addresses_.surplus(), now, CloseReason::Moved);
        settle();
    }
    plan(now);
}

// ---- health ----

void PoolCore::publishHealth(HealthChange::Kind kind, const Sentence& reason)
{
    if (!listener_) return;
    // Posted: the listener may ask the pool for anything.
    net::post(strand_, [weak = weak_from_this(), change = HealthChange{kind, reason}] {
        const auto self = weak.lock();
        if (self && self->listener_) self->listener_(change);
    });
}

void PoolCore::ejected(TimePoint now)
{
    ejectedAt_ = now;
    if (up_)
        publishHealth(HealthChange::Kind::Ejected, breaker_.reason());
    else if (!downReported_)
        publishHealth(HealthChange::Kind::Down, breaker_.reason());
    downReported_ = true;
    up_ = false;
    lastDialError_ = breaker_.reason();
    ledger_.evictAll(CloseReason::Unhealthy, now);
    ledger_.refuseWaiters(Refusal::NoConnection);
    settle();
}

void PoolCore::callSucceeded()
{
    if (breaker_.passes() && breaker_.failures() == 0) return;
    breaker_.succeeded();
}

void PoolCore::callFailed(const std::string& why)
{
    const TimePoint now = clock_.now();
    if (breaker_.failed(now, why) == Breaker::Change::Ejected) {
        ejected(now);
        plan(now);
    }
}

TimePoint PoolCore::nextCheck(TimePoint after)
{
    const double share = 1.0 - Ledger::kJitter + 2.0 * Ledger::kJitter * uniform();
    return after + std::chrono::duration_cast<Duration>(options_.healthInterval * share);
}

void PoolCore::heard(TimePoint now, Duration silence)
{
    heardAt_ = now;
    if (silence < silenceSeen_ && now - silenceSeenAt_ < IdleLimit::kLearnedFor) return;
    silenceSeen_ = silence;
    silenceSeenAt_ = now;
}

bool PoolCore::mayCompute(TimePoint now) const
{
    auto since = silentSince();
    if (!since) return false;
    if (heardAt_) since = std::max(*since, *heardAt_);
    // What it took once it may take again, and then some.
    Duration most = options_.healthInterval;
    if (now - silenceSeenAt_ < IdleLimit::kLearnedFor) most = std::max(most, std::min(2 * silenceSeen_, kSilenceMax));
    return now - *since < most;
}

/// Its answers arrive: nothing need be asked, which a busy server would only answer late.
void PoolCore::passedByWork()
{
    checked_ = heardAt_;
    checkFailure_.clear();
    callSucceeded();
    checkAt_ = std::max(nextCheck(*heardAt_), *heardAt_ + options_.healthInterval);
}

void PoolCore::startCheck(TimePoint now, bool asProbe)
{
    checking_ = true;
    checkAt_ = now + options_.healthInterval;
    net::co_spawn(strand_, runCheck(shared_from_this(), asProbe), net::detached);
}

net::awaitable<ProbeResult> PoolCore::runCheck(std::shared_ptr<PoolCore> core, bool asProbe)
{
    core->checking_ = true;
    const TimePoint began = core->clock_.now();
    const Duration lateBefore = core->clock_.pulse().lateness(began);
    const bool wasUp = core->up_;
    const std::optional<Status> verdict = co_await core->check(began + core->options_.healthTimeout);
    const TimePoint now = core->clock_.now();
    core->checking_ = false;
    ProbeResult result;
    result.latency = now - began;
    // A busy server answers late, and what it is busy with arrives: that says more than the check.
    const bool arrives = verdict && !verdict->ok() && !asProbe && core->works(now);
    const bool computes = verdict && absl::IsDeadlineExceeded(*verdict) && !asProbe && core->mayCompute(now);
    const bool busy = arrives || computes;
    // The time in which nobody listened here is not the server's.
    const Duration stoodStill = core->clock_.pulse().lateness(now) - lateBefore;
    const bool unheard = verdict && !verdict->ok() && stoodStill >= kStoodStill && 2 * stoodStill >= result.latency;
    if (!verdict || busy || unheard || core->blockedWhy()) {
        if (asProbe) core->breaker_.probeAbandoned(now);
        if (const auto blocked = core->blockedWhy())
            result.reason = *blocked;
        else if (busy)
            result.reason = text(*verdict) + (arrives ? " (but it responds to requests)"
                                                      : " (but it has requests in flight and may be busy)");
        else if (unheard)
            result.reason = text(*verdict) + " (but the engine itself stood still meanwhile)";
        else
            result.reason = "all connections are busy; the server could not be checked";
        core->checkAt_ = now + std::min<Duration>(core->options_.healthInterval, kRecheck);
        core->plan(now);
        co_return result;
    }
    core->checked_ = now;
    if (verdict->ok()) {
        result.healthy = true;
        ++core->healthPassed_;
        core->metrics_.healthPassed.add();
        if (stoodStill < kStoodStill) {
            // Before that it is how long a server takes to start, or to come back.
            if (wasUp) core->metrics_.healthSeconds.observe(std::chrono::duration<double>(result.latency).count());
            core->latency_ = result.latency;
        }
        core->checkFailure_.clear();
        const auto change = core->breaker_.succeeded(asProbe);
        if (!core->up_) {
            core->up_ = true;
            core->downReported_ = false;
            const bool restored = change == Breaker::Change::Restored && core->ejectedAt_;
            core->publishHealth(HealthChange::Kind::Up,
                                restored ? say(Phrase::CheckPassedAfter, result.latency, now - *core->ejectedAt_)
                                         : say(Phrase::CheckPassed, result.latency));
        }
        if (change == Breaker::Change::Restored) core->ledger_.retryNow(now);
        core->checkAt_ = core->nextCheck(now);
        core->wellAgain();
    } else {
        result.reason = text(*verdict);
        ++core->healthFailed_;
        core->metrics_.healthFailed.add();
        core->checkFailure_ = result.reason;
        if (core->breaker_.failed(now, result.reason, asProbe) == Breaker::Change::Ejected) {
            core->ejected(now);
        } else if (!core->up_ && !core->downReported_) {
            core->downReported_ = true;
            core->publishHealth(HealthChange::Kind::Down, result.reason);
        }
        core->checkAt_ = now + std::min<Duration>(core->options_.healthInterval, kRecheck);
    }
    core->settle();
    core->plan(now);
    co_return result;
}

net::awaitable<ProbeResult> PoolCore::probe()
{
    const auto self = shared_from_this();
    if (const auto why = blockedWhy()) {
        ProbeResult result;
        result.reason = *why;
        co_return result;
    }
    const TimePoint now = clock_.now();
    breaker_.probeSoon(now);
    const bool asProbe = breaker_.tryStartProbe(now);
    co_return co_await runCheck(self, asProbe);
}

std::string PoolCore::healthName(std::string* reason) const
{
    const auto say = [&](const std::string& why) {
        if (reason) *reason = why;
    };
    say({});
    if (!enabled_) return "disabled";
    if (draining_ || stopped_) return "draining";
    if (down_) {
        say(*down_);
        return "ejected";
    }
    if (breaker_.state() == Breaker::State::Open) {
        say(breaker_.reason());
        return "ejected";
    }
    if (breaker_.state() == Breaker::State::HalfOpen) {
        say(breaker_.reason());
        return "probing";
    }
    if (!checkFailure_.empty()) {
        say(checkFailure_);
        return "probing";
    }
    return up_ ? "healthy" : "unknown";
}

bool PoolCore::available(std::string* why) const
{
    if (up_ && breaker_.passes() && !blockedWhy()) return true;
    if (!why) return false;
    if (const auto blocked = blockedWhy())
        *why = *blocked;
    else if (!breaker_.passes())
        *why = "backend " + backend_ + " is ejected: " + breaker_.reason();
    else if (!checkFailure_.empty())
        *why = "backend " + backend_ + ": " + checkFailure_;
    else
        *why = "backend " + backend_ + " has not passed a health check yet";
    return false;
}

PoolSnapshot PoolCore::snapshot() const
{
    const TimePoint now = clock_.now();
    const Ledger::Totals& totals = ledger_.totals();
    PoolSnapshot out;
    out.backend = backend_;
    out.protocol = protocol_;
    out.address = address();
    out.active = ledger_.count(State::Active);
    out.idle = ledger_.count(State::Idle);
    out.connecting = ledger_.count(State::Connecting);
    out.draining = ledger_.count(State::Draining);
    out.sizeMin = ledger_.limits().sizeMin;
    out.sizeMax = ledger_.limits().sizeMax;
    out.waiters = ledger_.waiters();
    out.created = totals.opened;
    out.reused = totals.reused;
    out.failed = totals.failed;
    out.acquired = totals.acquired;
    if (totals.acquired > 0) out.reuseRate = static_cast<double>(totals.reused) / static_cast<double>(totals.acquired);
    out.utilisation = ledger_.utilisation();
    out.headroom = ledger_.headroom();
    out.healthPassed = healthPassed_;
    out.healthFailed = healthFailed_;
    out.healthLatency = latency_;
    out.health = healthName(&out.healthReason);
    out.healthChecked = checked_;
    for (std::size_t i = 0; i < kCloseReasons; ++i)
        if (totals.closed[i] > 0) out.closed[std::string(reasonName(static_cast<CloseReason>(i)))] = totals.closed[i];
    for (const State state : {State::Active, State::Idle, State::Connecting, State::Draining}) {
        for (const Ledger::Entry& entry : ledger_.entries(state)) {
            ConnectionSnapshot connection;
            connection.id = entry.id;
            connection.state = std::string(stateName(state));
            connection.age = now - entry.opened;
            if (state == State::Idle) connection.idle = now - entry.since;
            connection.uses = entry.uses;
            connection.calls = entry.calls;
            connection.http2 = isHttp2(entry.id);
            out.connections.push_back(std::move(connection));
        }
    }
    std::sort(out.connections.begin(), out.connections.end(),
              [](const ConnectionSnapshot& a, const ConnectionSnapshot& b) { return a.id < b.id; });
    if (const auto seconds = metrics_.createSeconds.read().quantile(0.99)) out.createP99Ms = *seconds * 1000;
    if (const auto seconds = metrics_.waitSeconds.read().quantile(0.99)) out.waitP99Ms = *seconds * 1000;
    out.idleLimit = idle_.limit(now);
    out.idleLimitWhy = idle_.why(now);
    return out;
}

// ---- the face ----

void Pool::start()
{
    core_->start();
}
net::awaitable<void> Pool::stop()
{
    return core_->stop();
}
void Pool::apply(const Options& options)
{
    core_->apply(options);
}
std::uint32_t Pool::evict(const std::vector<ConnectionId>& ids)
{
    return core_->evict(ids);
}
std::uint32_t Pool::setDraining(bool draining)
{
    return core_->setDraining(draining);
}
void Pool::setEnabled(bool enabled)
{
    core_->setEnabled(enabled);
}
void Pool::setDown(std::optional<std::string> why)
{
    core_->setDown(std::move(why));
}
net::awaitable<ProbeResult> Pool::probe()
{
    return core_->probe();
}
PoolSnapshot Pool::snapshot() const
{
    return core_->snapshot();
}
bool Pool::available(std::string* why) const
{
    return core_->available(why);
}
std::uint32_t Pool::outstanding() const
{
    return core_->outstanding();
}
void Pool::onHealth(std::function<void(const HealthChange&)> listener)
{
    core_->onHealth(std::move(listener));
}

}  // namespace millrace::pool
