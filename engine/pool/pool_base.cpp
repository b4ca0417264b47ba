// SPDX-License-Identifier: GPL-3.0-or-later
#include "pool/pool_base.h"

#include "pool/ledger_snapshot.h"
#include "pool/refusal.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>

namespace millrace::pool {

namespace {

HealthMonitor::Settings healthSettings(const Options& options)
{
    return {options.healthInterval, options.breakerFailures, options.breakerOpen};
}

}  // namespace

PoolBase::PoolBase(PoolSetup setup, Protocol protocol, LedgerLimits limits)
    : strand_(setup.strand),
      clock_(setup.clock),
      backend_(setup.backend),
      protocol_(protocol),
      protocolLabel_(protocolName(protocol)),
      options_(setup.options),
      random_(setup.seed),
      ledger_(limits, [this] { return uniform(); }),
      health_(healthSettings(options_), [this] { return uniform(); }),
      idle_(options_.idleTimeout),
      metrics_(setup.registry, setup.backend, protocolLabel_),
      waiters_(setup.strand, *this),
      addresses_(setup.strand, setup.clock, *this, options_.resolveInterval),
      state_{backend_, health_},
      timer_(setup.strand, setup.clock, [this] { tick(); })
{
    ledger_.setDraining(true, clock_.now());  // until start()
}

PoolBase::~PoolBase() = default;

double PoolBase::uniform()
{
    return std::uniform_real_distribution<double>(0.0, 1.0)(random_);
}

void PoolBase::close()
{
    state_.stopped = true;
    gone_ = true;
    listener_ = nullptr;
    timer_.stop();
    addresses_.close();
    ledger_.setDraining(true, clock_.now());
    applyEffects();
}

// ---- operations ----

void PoolBase::start()
{
    state_.started = true;
    updateAccepting(CloseReason::Drain);
}

net::awaitable<void> PoolBase::stop()
{
    const auto self = shared_from_this();
    state_.stopped = true;
    updateAccepting(CloseReason::Drain);
    if (ledger_.total() > 0) {
        OneShot<bool> emptied;
        emptied_ = emptied;
        co_await emptied.wait();
        emptied_.reset();
    }
    timer_.stop();
}

void PoolBase::updateAccepting(CloseReason reason)
{
    const TimePoint now = clock_.now();
    ledger_.setDraining(state_.blockedWhy().has_value(), now, reason);
    applyEffects();
    if (!state_.blockedWhy() && !health_.checking()) {
        health_.checkBy(now);
        tick();
    }
}

void PoolBase::apply(const Options& options)
{
    const TimePoint now = clock_.now();
    options_ = options;
    health_.apply(healthSettings(options));
    idle_.apply(options.idleTimeout);
    applied();
    ledger_.apply(spreadLimits(), now);
    addresses_.apply(options.resolveInterval, now);
    if (state_.started) health_.checkBy(now + options.healthInterval);
    applyEffects();
    wellAgain();
    scheduleNext(now);
}

std::uint32_t PoolBase::evict(const std::vector<ConnectionId>& ids)
{
    const TimePoint now = clock_.now();
    const std::uint32_t evicted = ids.empty() ? ledger_.evictIdle(now) : ledger_.evict(ids, now);
    applyEffects();
    return evicted;
}

std::uint32_t PoolBase::setDraining(bool draining)
{
    const std::uint32_t open = ledger_.open();
    if (state_.draining == draining) return 0;
    state_.draining = draining;
    updateAccepting(CloseReason::Drain);
    return draining ? open : 0;
}

void PoolBase::setEnabled(bool enabled)
{
    if (state_.enabled == enabled) return;
    state_.enabled = enabled;
    updateAccepting(CloseReason::Drain);
}

void PoolBase::setDown(std::optional<std::string> why)
{
    const bool back = state_.down.has_value() && !why;
    state_.down = std::move(why);
    if (state_.down)
        health_.down(*state_.down);
    else if (back)
        health_.back(clock_.now());
    updateAccepting(CloseReason::Unhealthy);
}

// ---- waiting ----

Status PoolBase::refused(Refusal refusal, TimePoint deadline) const
{
    const std::string blocked = state_.blockedWhy().value_or(std::string());
    return refusalStatus(refusal, {ledger_, backend_, protocolLabel_, lastDialError_, blocked}, clock_.now(), deadline);
}

PoolBase::Attempt PoolBase::tryAcquire(TimePoint now, TimePoint deadline, bool forCheck)
{
    Attempt attempt;
    if (!forCheck && !health_.breaker().passes()) {
        attempt.status = state_.ejectedStatus(now);
        return attempt;
    }
    const Ledger::Acquired acquired = ledger_.acquire(now, deadline);
    applyEffects();
    if (acquired.refusal) {
        attempt.status = refused(*acquired.refusal, deadline);
    } else if (acquired.waiter) {
        attempt.waiter = acquired.waiter;
        timer_.at(std::min(deadline, now + ledger_.limits().waitTimeout));
    } else {
        attempt.granted = {acquired.connection, acquired.reused};
        metrics_.waitSeconds.observe(0);
    }
    return attempt;
}

bool PoolBase::cancelWaiter(WaiterId id)
{
    if (!ledger_.cancelWaiter(id, clock_.now())) return false;
    applyEffects();
    return true;
}

StatusOr<Granted> PoolBase::waited(const Waiters::Wait& wait, TimePoint began, TimePoint deadline,
                                   const CancelToken& cancel)
{
    metrics_.waitSeconds.observe(std::chrono::duration<double>(clock_.now() - began).count());
    if (wait.granted()) return *wait.granted();
    if (wait.refused()) return refused(*wait.refused(), deadline);
    return cancel.status();
}

void PoolBase::release(ConnectionId id, std::optional<CloseReason> broken)
{
    if (gone_) return;  // clock and registry may be destroyed as well
    release(id, broken, clock_.now());
}

void PoolBase::release(ConnectionId id, std::optional<CloseReason> broken, TimePoint now)
{
    if (gone_) return;
    ledger_.release(id, now, broken);
    applyEffects();
    timer_.at(now + std::min(ledger_.limits().idleLimit, Ledger::kShrinkEvery));
}

void PoolBase::reject(ConnectionId id, CloseReason reason)
{
    if (gone_) return;
    ledger_.reject(id, reason, clock_.now());
    applyEffects();
}

// ---- effects ----

void PoolBase::applyEffects()
{
    if (applyingEffects_) return;  // nested: the outer loop handles them
    applyingEffects_ = true;
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
                    closeConnection(effect.connection, effect.reason);
                    break;
                case Ledger::Effect::Kind::Grant:
                    if (!waiters_.grant(effect.waiter, {effect.connection, effect.reused}))
                        ledger_.release(effect.connection, clock_.now());
                    break;
                case Ledger::Effect::Kind::Refuse:
                    waiters_.refuse(effect.waiter, effect.refusal);
                    break;
            }
        }
    }
    applyingEffects_ = false;
    metrics_.update(ledger_, headroom());
    metrics_.http2.set(static_cast<double>(http2Connections()));
    if (emptied_ && ledger_.total() == 0) emptied_->set(true);
}

void PoolBase::dialed(ConnectionId id)
{
    const TimePoint now = clock_.now();
    const Ledger::Entry* entry = ledger_.find(id);
    if (entry) metrics_.createSeconds.observe(std::chrono::duration<double>(now - entry->opened).count());
    lastDialError_.clear();
    addresses_.reached(id);
    if (!ledger_.connected(id, now)) closeConnection(id, CloseReason::Drain);
    applyEffects();
    if (health_.dialed(now)) tick();
    timer_.at(now + ledger_.limits().idleLimit);
}

void PoolBase::dialFailed(ConnectionId id, const Status& why)
{
    const TimePoint now = clock_.now();
    if (!ledger_.find(id)) return;  // abandoned by us
    lastDialError_ = text(why);
    addresses_.failed(id, now);
    ledger_.dialFailed(id, now);
    applyEffects();
    if (health_.dialFailed(now, why, silentSince())) ejected(now);
    scheduleNext(now);
}

void PoolBase::lost(ConnectionId id, CloseReason reason)
{
    const TimePoint now = clock_.now();
    ledger_.lost(id, reason, now);
    applyEffects();
    scheduleNext(now);
}

void PoolBase::idleLimitChanged()
{
    const TimePoint now = clock_.now();
    ledger_.setIdleLimit(idle_.limit(now));
    timer_.at(now + ledger_.limits().idleLimit);
}

// ---- time ----

void PoolBase::tick()
{
    const TimePoint now = clock_.now();
    ledger_.setIdleLimit(idle_.limit(now));
    ledger_.tick(now);
    applyEffects();
    if (now >= addresses_.lookUpAt()) addresses_.lookUp(now, !state_.blockedWhy() && ledger_.total() > 0);
    if (!state_.blockedWhy()) {
        const auto due = health_.due(now);
        if (due != HealthMonitor::Due::Nothing)
            net::co_spawn(strand_, runCheck(shared_from_this(), health_.begin(now, due == HealthMonitor::Due::Probe)),
                          net::detached);
    }
    scheduleNext(now);
}

void PoolBase::scheduleNext(TimePoint now)
{
    if (const auto wake = ledger_.wakeAt(now)) timer_.at(*wake);
    if (const auto wake = sweep(now)) timer_.at(*wake);
    timer_.at(addresses_.lookUpAt());
    if (!state_.blockedWhy() && !health_.checking()) timer_.at(health_.wakeAt());
}

// ---- addresses ----

/// Raises the floor to the number of addresses, so that each has a connection.
LedgerLimits PoolBase::spreadLimits() const
{
    LedgerLimits limits = limitsOf(options_);
    limits.idleLimit = idle_.limit(clock_.now());
    const std::uint32_t count = addresses_.count();
    if (limits.reuse && count > 1) limits.sizeMin = std::max(limits.sizeMin, std::min(count, limits.sizeMax));
    return limits;
}

void PoolBase::addressesChanged(TimePoint now)
{
    ledger_.apply(spreadLimits(), now);
    applyEffects();
}

void PoolBase::addressesRenewed(TimePoint now, const std::vector<ConnectionId>& gone,
                                const std::vector<ConnectionId>& surplus)
{
    ledger_.evict(gone, now, CloseReason::Moved);
    if (const LedgerLimits limits = spreadLimits(); limits.sizeMin != ledger_.limits().sizeMin)
        ledger_.apply(limits, now);
    ledger_.evict(surplus, now, CloseReason::Moved);
    applyEffects();
    scheduleNext(now);
}

// ---- health ----

void PoolBase::publishChange()
{
    auto change = health_.takeChange();
    if (!change || !listener_) return;
    // Posted, since the listener may call any method of the pool.
    net::post(strand_, [weak = weak_from_this(), change = *std::move(change)] {
        const auto self = weak.lock();
        if (self && self->listener_) self->listener_(change);
    });
}

void PoolBase::ejected(TimePoint now)
{
    publishChange();
    lastDialError_ = health_.breaker().reason();
    ledger_.evictAll(CloseReason::Unhealthy, now);
    ledger_.refuseWaiters(Refusal::NoConnection);
    applyEffects();
}

void PoolBase::callFailed(const std::string& why)
{
    const TimePoint now = clock_.now();
    if (!health_.callFailed(now, why)) return;
    ejected(now);
    scheduleNext(now);
}

net::awaitable<ProbeResult> PoolBase::runCheck(std::shared_ptr<PoolBase> core, HealthMonitor::Check check)
{
    const Duration lateBefore = core->clock_.pulse().lateness(check.began);
    HealthMonitor::Answer answer;
    answer.status = co_await core->check(check.began + core->options_.healthTimeout);
    const TimePoint now = core->clock_.now();
    answer.stoodStill = core->clock_.pulse().lateness(now) - lateBefore;
    answer.silentSince = core->silentSince();
    answer.blockedWhy = core->state_.blockedWhy();
    HealthMonitor::Outcome outcome = core->health_.end(check, now, answer);
    if (outcome.judged) core->judged(now, outcome);
    core->scheduleNext(now);
    co_return std::move(outcome.result);
}

void PoolBase::judged(TimePoint now, const HealthMonitor::Outcome& outcome)
{
    (outcome.result.healthy ? metrics_.healthPassed : metrics_.healthFailed).add();
    if (outcome.timed) metrics_.healthSeconds.observe(std::chrono::duration<double>(outcome.result.latency).count());
    if (outcome.ejected)
        ejected(now);
    else
        publishChange();
    if (outcome.restored) ledger_.retryNow(now);
    if (outcome.result.healthy) wellAgain();
    applyEffects();
}

net::awaitable<ProbeResult> PoolBase::probe()
{
    const auto self = shared_from_this();
    if (const auto why = state_.blockedWhy()) {
        ProbeResult result;
        result.reason = *why;
        co_return result;
    }
    const HealthMonitor::Check check = health_.beginNow(clock_.now());
    co_return co_await runCheck(self, check);
}

PoolSnapshot PoolBase::snapshot() const
{
    const TimePoint now = clock_.now();
    PoolSnapshot out;
    out.backend = backend_;
    out.protocol = protocol_;
    out.address = address();
    describe(ledger_, now, out);
    out.headroom = headroom();
    for (ConnectionSnapshot& connection : out.connections) connection.http2 = isHttp2(connection.id);
    out.healthPassed = health_.passed();
    out.healthFailed = health_.failed();
    out.healthLatency = health_.latency();
    out.health = state_.state(&out.healthReason);
    out.healthChecked = health_.checked();
    if (const auto seconds = metrics_.createSeconds.read().quantile(0.99)) out.createP99Ms = *seconds * 1000;
    if (const auto seconds = metrics_.waitSeconds.read().quantile(0.99)) out.waitP99Ms = *seconds * 1000;
    out.idleLimit = idle_.limit(now);
    out.idleLimitWhy = idle_.why(now);
    return out;
}

}  // namespace millrace::pool
