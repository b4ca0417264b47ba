// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/cancel.h"
#include "base/clock.h"
#include "base/deadline_timer.h"
#include "base/error.h"
#include "base/metrics.h"
#include "base/notifier.h"
#include "base/on_strand.h"
#include "base/one_shot.h"
#include "pool/address_book.h"
#include "pool/breaker.h"
#include "pool/dial.h"
#include "pool/idle_limit.h"
#include "pool/ledger.h"
#include "pool/lookup.h"
#include "pool/options.h"
#include "pool/pool.h"
#include "pool/pool_metrics.h"
#include "pool/snapshot.h"

#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

namespace millrace::pool {

/// What an HTTP pool and a gRPC pool share: ledger, breaker, waiters, health checks, figures. Carries out the
/// ledger's effects; what opening and closing means is said by the two pools.
///
/// Owner: HttpPool, GrpcPool and, while leases live, those. Thread: the strand.
class PoolCore : public std::enable_shared_from_this<PoolCore>, public Dial::Guide {
public:
    static constexpr Duration kSilenceMax = 5min;  ///< longer silence is never put down to computing
    static constexpr Duration kStoodStill =
        50ms;                                 ///< of the engine itself: what was timed meanwhile is not the server's
    static constexpr Duration kRecheck = 1s;  ///< after a failed check, until the breaker takes over

    struct Granted {
        ConnectionId connection;
        bool reused = false;
    };
    /// A grant, or a waiter to wait for, or a refusal.
    struct Attempt {
        Granted granted;
        WaiterId waiter;
        Status status;
    };

    PoolCore(PoolSetup setup, std::string protocol, LedgerLimits limits);
    virtual ~PoolCore();
    PoolCore(const PoolCore&) = delete;
    PoolCore& operator=(const PoolCore&) = delete;

    void start();
    boost::asio::awaitable<void> stop();
    void apply(const Options& options);
    std::uint32_t evict(const std::vector<ConnectionId>& ids);
    std::uint32_t setDraining(bool draining);
    void setEnabled(bool enabled);
    /// The upstream is known to be gone; empty: it is there again, perhaps at another place.
    void setDown(std::optional<std::string> why);
    boost::asio::awaitable<ProbeResult> probe();
    PoolSnapshot snapshot() const;
    bool available(std::string* why) const;
    std::uint32_t outstanding() const { return static_cast<std::uint32_t>(ledger_.calls()) + ledger_.waiters(); }
    void onHealth(std::function<void(const HealthChange&)> listener) { listener_ = std::move(listener); }

    /// `forCheck`: an ejected upstream does not refuse it.
    Attempt tryAcquire(TimePoint now, TimePoint deadline, bool forCheck);
    static boost::asio::awaitable<StatusOr<Granted>> waitFor(std::shared_ptr<PoolCore> core, WaiterId waiter,
                                                             TimePoint began, TimePoint deadline, CancelToken cancel);
    void release(ConnectionId id, std::optional<CloseReason> broken);
    void release(ConnectionId id, std::optional<CloseReason> broken, TimePoint now);
    void reject(ConnectionId id, CloseReason reason);

protected:
    virtual LedgerLimits limitsOf(const Options& options) const = 0;
    /// options_ are others now.
    virtual void applied() {}
    virtual bool isHttp2(ConnectionId) const { return false; }
    virtual std::size_t http2Connections() const { return 0; }
    virtual std::string address() const = 0;
    virtual void dial(ConnectionId id) = 0;
    virtual void abandonDial(ConnectionId id) = 0;
    virtual void shut(ConnectionId id, CloseReason reason) = 0;
    /// Asks the upstream how it is; empty: it could not be asked, which says nothing about it.
    virtual boost::asio::awaitable<std::optional<Status>> check(TimePoint deadline) = 0;
    /// Ends what is past its deadline; when to look again.
    virtual std::optional<TimePoint> sweep(TimePoint now) = 0;

    void dialed(ConnectionId id);
    void dialFailed(ConnectionId id, const Status& why);
    void lost(ConnectionId id, CloseReason reason);
    void callSucceeded();
    void callFailed(const std::string& why);
    /// Bytes of an answer to a request of somebody's have come, after `silence`: as good as a passed check.
    void heard(TimePoint now, Duration silence);
    /// It was heard of within the health interval: it works, whatever a check says.
    bool works(TimePoint now) const { return heardAt_ && now - *heardAt_ < options_.healthInterval; }
    /// Since when the longest silent of the requests that it has now waits for bytes; empty: it has none.
    virtual std::optional<TimePoint> silentSince() const = 0;
    /// It has requests, and is not silent about them for longer than it may take: all its threads may be computing,
    /// so that a check that is not answered in time says nothing.
    bool mayCompute(TimePoint now) const;
    /// A check has passed, or what checks allow may have changed.
    virtual void wellAgain() {}
    bool up() const { return up_ && breaker_.passes() && !blockedWhy(); }
    std::optional<Duration> latency() const { return latency_; }
    void settle();
    /// By options, habits of the upstream, and how many addresses it has.
    LedgerLimits spreadLimits() const;
    /// Another target.
    void forgetAddresses();
    void idleLimitChanged();
    void wakeAt(TimePoint when) { timer_.at(when); }
    void close();  ///< of the derived destructor: nothing is called any more
    bool gone() const { return gone_; }

    // fixed after construction
    const Strand strand_;
    Clock& clock_;
    const std::string backend_;
    const std::string protocol_;

    // strand only
    Options options_;
    std::mt19937_64 random_;
    Ledger ledger_;
    Breaker breaker_;
    IdleLimit idle_;
    PoolMetrics metrics_;

private:
    struct Waiting;
    struct WaitingGuard;

    void tick();
    void plan(TimePoint now);
    // of a name's addresses
    void found(const Endpoint& endpoint, std::vector<Address>& addresses) override;
    void tries(ConnectionId id, const Address& address) override;
    void failedAt(const Address& address) override;
    void dialDueAt(TimePoint when) override;
    void lookUp(TimePoint now);
    void lookedUp();
    void updateAccepting(CloseReason reason);
    void startCheck(TimePoint now, bool asProbe);
    void passedByWork();
    TimePoint nextCheck(TimePoint after);
    static boost::asio::awaitable<ProbeResult> runCheck(std::shared_ptr<PoolCore> core, bool asProbe);
    void ejected(TimePoint now);
    void publishHealth(HealthChange::Kind kind, const Sentence& reason);
    Status refusalStatus(Refusal refusal, TimePoint deadline) const;
    std::optional<std::string> blockedWhy() const;
    std::string healthName(std::string* reason) const;
    double uniform();

    std::unordered_map<WaiterId, Waiting*> waiting_;
    std::vector<Ledger::Effect> batch_;
    bool settling_ = false;
    AddressBook addresses_;
    std::optional<Endpoint> name_;  ///< of the addresses, if the target is one
    TimePoint lookUpAt_ = TimePoint::max();
    std::shared_ptr<Lookup> lookup_;  ///< in flight
    bool started_ = false, draining_ = false, enabled_ = true, stopped_ = false, gone_ = false;
    std::optional<std::string> down_;
    std::string lastDialError_;
    bool ejectedByDials_ = false;  ///< a connection that opens then speaks for the upstream being back
    // health
    bool up_ = false, downReported_ = false, checking_ = false;
    TimePoint checkAt_ = TimePoint::max();
    std::optional<TimePoint> checked_;
    std::optional<TimePoint> heardAt_;
    Duration silenceSeen_{};     ///< the longest after which bytes of an answer came
    TimePoint silenceSeenAt_{};  ///< forgotten after IdleLimit::kLearnedFor
    std::optional<Duration> latency_;
    std::optional<TimePoint> ejectedAt_;
    std::string checkFailure_;  ///< of the latest check; empty: it passed, or there was none
    std::uint64_t healthPassed_ = 0, healthFailed_ = 0;
    std::function<void(const HealthChange&)> listener_;
    std::optional<OneShot<bool>> emptied_;
    DeadlineTimer timer_;
};

}  // namespace millrace::pool
