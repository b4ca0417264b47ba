// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "backend/backend.h"
#include "base/clock.h"
#include "base/deadline_timer.h"
#include "base/event_log.h"
#include "base/metrics.h"
#include "base/on_strand.h"
#include "load/backend_calls.h"
#include "load/learned_state.h"
#include "load/load_core.h"
#include "load/load_reports.h"
#include "load/load_waiters.h"
#include "load/model_lease.h"

#include <boost/asio/awaitable.hpp>

#include <map>
#include <memory>
#include <string>

namespace millrace::load {

/// Drives a LoadCore: carries out its effects, reports their results back, and wakes it when it is due.
///
///     const WaiterId waiter = driver->waiters().add(answered);
///     driver->core().scheduler().ask(entry, waiter, ask, driver->now());
///     driver->settle();                                    // after each change of the core
///
/// Owner: Loader, shared with calls of backends and leases, which keep it alive. Thread: the strand.
/// Bound: that of the core. Stop: leave(), after which leases are only counted. Not here: the interface for callers
/// (Loader).
class LoadDriver : public std::enable_shared_from_this<LoadDriver>,
                   public ModelLease::Lender,
                   public BackendCalls::Receiver {
public:
    using Backends = std::map<std::string, std::shared_ptr<backend::Backend>>;  ///< by name

    LoadDriver(const Strand& strand, Clock& clock, Registry& registry, EventLog& eventLog, const Options& options,
               std::string stateFile);

    TimePoint now() const { return clock_.now(); }
    const Strand& strand() const { return strand_; }
    LoadCore& core() { return core_; }
    LoadWaiters& waiters() { return waiters_; }

    void apply(const Options& options);
    void setCatalogue(const std::vector<EntrySpec>& models, const Backends& backends);
    /// Counts the request. True: the model is in memory, and lease() is the caller's.
    bool request(EntryId entry, const std::string& client)
    {
        const TimePoint when = now();
        const bool leased = core_.request(entry, client, when);
        reports_.request(core_, leased);
        if (learned_.learned(when)) timer_.at(*learned_.saveAt());
        return leased;
    }
    /// For a lease that the core has given.
    ModelLease lease(EntryId entry)
    {
        reports_.leased();
        return ModelLease(weak_from_this(), entry);
    }
    /// A decision of the operator has to be saved for restarts.
    void decided() { learned_.decided(now()); }

    /// Carries out the effects until there are none, then sets the timer.
    void settle();
    void settleIfNeeded()
    {
        if (core_.scheduler().hasEffects()) settle();
    }

    /// Ends when all calls of backends have ended. First close the scheduler.
    boost::asio::awaitable<void> drain() { return calls_.drain(); }
    /// Stops all timers; what was learned is on disk when it returns.
    void leave();

private:
    void takeBack(EntryId entry) override;
    void loadEnded(EntryId entry, LoadId load, const Status& status, std::uint64_t bytes) override;
    void unloadEnded(EntryId entry, UnloadId unload, const Status& status) override;

    void perform(StartLoad& start);
    void perform(CancelLoad& cancel) { calls_.cancel(cancel.load, cancel.why); }
    void perform(StartUnload& start);
    void perform(Complete& complete) { waiters_.complete(complete); }
    void perform(LoadEnded& ended);
    void perform(Unloaded& unloaded) { reports_.report(unloaded, nameOf(unloaded.entry)); }
    void perform(Judged& judged);
    const std::string* nameOf(EntryId entry) const;
    std::shared_ptr<backend::Backend> backendOf(const ModelEntry& entry) const;
    void arm();
    void onExpired();

    // fixed after construction
    Strand strand_;
    Clock& clock_;

    // strand_ only
    LoadCore core_;
    LoadReports reports_;
    Backends backends_;
    LoadWaiters waiters_;
    BackendCalls calls_;
    bool settling_ = false;
    bool stopped_ = false;
    LearnedState learned_;
    DeadlineTimer timer_;
};

}  // namespace millrace::load
