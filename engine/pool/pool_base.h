// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/cancel.h"
#include "base/clock.h"
#include "base/deadline_timer.h"
#include "base/error.h"
#include "base/metrics.h"
#include "base/on_strand.h"
#include "base/one_shot.h"
#include "pool/availability.h"
#include "pool/health_monitor.h"
#include "pool/idle_limit.h"
#include "pool/ledger.h"
#include "pool/options.h"
#include "pool/pool.h"
#include "pool/pool_metrics.h"
#include "pool/snapshot.h"
#include "pool/target_addresses.h"
#include "pool/waiters.h"

#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace millrace::pool {

/// The common implementation of HttpPool and GrpcPool: combines the pure cores (ledger, health, idle limit, addresses)
/// with timers and waiting coroutines, and carries out their effects. Derived classes dial, close and send.
///
/// Owner: HttpPool or GrpcPool, and leases while they live. Thread: the strand.
class PoolBase : public std::enable_shared_from_this<PoolBase>, private TargetAddresses::Owner, private Waiters::Owner {
public:
    /// The result of tryAcquire(): a grant, or a waiter to wait for, or a refusal.
    struct Attempt {
        Granted granted;
        WaiterId waiter;
        Status status;
    };

    PoolBase(PoolSetup setup, Protocol protocol, LedgerLimits limits);
    virtual ~PoolBase();
    PoolBase(const PoolBase&) = delete;
    PoolBase& operator=(const PoolBase&) = delete;

    void start();
    boost::asio::awaitable<void> stop();
    void apply(const Options& options);
    std::uint32_t evict(const std::vector<ConnectionId>& ids);
    std::uint32_t setDraining(bool draining);
    void setEnabled(bool enabled);
    /// See Pool::setDown().
    void setDown(std::optional<std::string> why);
    boost::asio::awaitable<ProbeResult> probe();
    TimePoint now() const { return clock_.now(); }
    PoolSnapshot snapshot() const;
    bool available(std::string* why) const { return state_.available(why); }
    std::uint32_t outstanding() const { return static_cast<std::uint32_t>(ledger_.calls()) + ledger_.waiters(); }
    void onHealth(std::function<void(const HealthChange&)> listener) { listener_ = std::move(listener); }

    /// `forCheck`: admitted even while the upstream is ejected.
    Attempt tryAcquire(TimePoint now, TimePoint deadline, bool forCheck);
    Waiters& waiters() { return waiters_; }
    /// The outcome of a wait. REQUIRES: wait.over().
    StatusOr<Granted> waited(const Waiters::Wait& wait, TimePoint began, TimePoint deadline, const CancelToken& cancel);
    void release(ConnectionId id, std::optional<CloseReason> broken);
    void release(ConnectionId id, std::optional<CloseReason> broken, TimePoint now);
    void reject(ConnectionId id, CloseReason reason);

protected:
    virtual LedgerLimits limitsOf(const Options& options) const = 0;
    /// Called after options_ changed.
    virtual void applied() {}
    virtual bool isHttp2(ConnectionId) const { return false; }
    virtual std::size_t http2Connections() const { return 0; }
    virtual std::string address() const = 0;
    virtual void dial(ConnectionId id) = 0;
    virtual void abandonDial(ConnectionId id) = 0;
    virtual void closeConnection(ConnectionId id, CloseReason reason) = 0;
    /// Sends a health check; empty: it could not be sent, and is inconclusive.
    virtual boost::asio::awaitable<std::optional<Status>> check(TimePoint deadline) = 0;
    /// Ends what is past its deadline, and returns the next deadline.
    virtual std::optional<TimePoint> sweep(TimePoint now) = 0;

    void dialed(ConnectionId id);
    void dialFailed(ConnectionId id, const Status& why);
    void lost(ConnectionId id, CloseReason reason);
    void callSucceeded() { health_.callSucceeded(); }
    void callFailed(const std::string& why);
    /// Bytes of an answer to a client's request arrived, after `silence`: equivalent to a passed check.
    void heard(TimePoint now, Duration silence) { health_.heard(now, silence); }
    /// Since when the request in flight that has been silent for longest waits for bytes; empty: none in flight.
    virtual std::optional<TimePoint> silentSince() const = 0;
    /// A check has passed, or may have become possible.
    virtual void wellAgain() {}
    bool up() const { return state_.available(nullptr); }
    std::optional<Duration> latency() const { return health_.latency(); }  ///< of the latest passed check
    void applyEffects();
    /// From the options, the upstream's protocol, and its number of addresses.
    LedgerLimits spreadLimits() const;
    /// The target changed.
    void forgetAddresses() { addresses_.forget(); }
    Dial::Guide& guide() { return addresses_; }
    void idleLimitChanged();
    void wakeAt(TimePoint when) { timer_.at(when); }
    void close();  ///< called by derived destructors: no virtual is called after it
    bool gone() const { return gone_; }

    // fixed after construction
    const Strand strand_;
    Clock& clock_;
    const std::string backend_;
    const Protocol protocol_;
    const std::string protocolLabel_;

    // strand only
    Options options_;
    std::mt19937_64 random_;
    Ledger ledger_;
    HealthMonitor health_;
    IdleLimit idle_;
    PoolMetrics metrics_;

private:
    void tick();
    void scheduleNext(TimePoint now);
    void addressesChanged(TimePoint now) override;
    void addressesRenewed(TimePoint now, const std::vector<ConnectionId>& gone,
                          const std::vector<ConnectionId>& surplus) override;
    void addressesDueAt(TimePoint when) override { timer_.at(when); }
    bool cancelWaiter(WaiterId id) override;
    void updateAccepting(CloseReason reason);
    static boost::asio::awaitable<ProbeResult> runCheck(std::shared_ptr<PoolBase> core, HealthMonitor::Check check);
    void judged(TimePoint now, const HealthMonitor::Outcome& outcome);
    /// Requests that could be sent before one has to wait: none while there is no availability.
    std::uint64_t headroom() const { return state_.available(nullptr) ? ledger_.headroom() : 0; }
    void ejected(TimePoint now);
    void publishChange();
    Status refused(Refusal refusal, TimePoint deadline) const;
    double uniform();

    Waiters waiters_;
    TargetAddresses addresses_;
    std::vector<Ledger::Effect> batch_;
    bool applyingEffects_ = false;
    Availability state_;
    bool gone_ = false;
    std::string lastDialError_;
    std::function<void(const HealthChange&)> listener_;
    std::optional<OneShot<bool>> emptied_;
    DeadlineTimer timer_;
};

}  // namespace millrace::pool
