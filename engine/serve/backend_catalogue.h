// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "backend/backend.h"
#include "base/cancel.h"
#include "base/clock.h"
#include "base/deadline_timer.h"
#include "base/event_log.h"
#include "base/on_strand.h"
#include "base/one_shot.h"
#include "load/loader.h"
#include "serve/router.h"

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

namespace millrace::serve {

/// A configured backend.
struct Served {
    std::shared_ptr<backend::Backend> backend;
    bool enabled = true;
    /// The backend it replaces, which serves until this one has listed its models; null: none.
    std::shared_ptr<backend::Backend> replaces;
};

/// Keeps the models of each backend up to date: polls their lists and feeds router and loader. Also knows which lists
/// are missing: an unlisted model is NotFound only once all backends have listed.
///
/// A backend that replaces another does not serve before it has listed its models, or kReplaceMax has passed; the old
/// one serves until then, so that there is no gap.
///
///     co_await catalogue->refresh(deadline, cancel);           // for a model that no backend lists
///     if (!router.knows(model)) co_return catalogue->unknown(model);
///
/// Owner:  Gateway.      Thread: the strand.
/// Bound:  one listing per backend at a time; for unknown models at most one per kDemandEvery.
/// Errors: malformed lists are reported as events, once per change.
/// Stop:   cancelling the token given to the constructor ends everything.
class BackendCatalogue : public std::enable_shared_from_this<BackendCatalogue> {
public:
    static constexpr Duration kListEvery = 5s;  ///< interval of listings
    /// Interval for idle backends that close connections sooner than kListEvery, since each listing needs a new one.
    static constexpr Duration kListEveryMax = 30s;
    static constexpr Duration kLookEvery = 200ms;  ///< interval of availability checks
    static constexpr Duration kListTimeout = 5s;
    static constexpr Duration kDemandEvery = 1s;  ///< least interval of listings for unknown models
    static constexpr Duration kDemandMax = 2s;    ///< longest wait for them
    static constexpr Duration kReplaceMax = 60s;  ///< longest time that a replaced backend keeps serving

    BackendCatalogue(Strand strand, Clock& clock, EventLog& eventLog, load::Loader& loader, Router& router,
                     CancelToken stopped);

    /// Starts polling. REQUIRES: called once, and a shared_ptr owns this.
    void start();
    /// The configured backends, best first. Removed ones are passed to onRetired() once nothing new is routed to them.
    void set(std::vector<Served> served);
    void onRetired(std::function<void(std::shared_ptr<backend::Backend>)> retired) { retired_ = std::move(retired); }
    /// Called with the name of a backend that was replaced: what was learned about it is obsolete.
    void onReplaced(std::function<void(const std::string&)> replaced) { replaced_ = std::move(replaced); }

    /// Requests the lists of all backends, for an unlisted model. Returns when they have answered, at `deadline`, after
    /// kDemandMax, or when cancelled.
    net::awaitable<void> refresh(TimePoint deadline, CancelToken cancel);
    /// The error for an unlisted model: NotFound if every backend has listed, otherwise Unavailable.
    Status unknown(const std::string& model) const;
    /// What is wrong with a backend's list; empty: nothing.
    Sentence problem(const backend::Backend& backend) const;

    bool anyAvailable() const;
    /// All backends not retired yet, including those being replaced.
    std::vector<std::shared_ptr<backend::Backend>> held() const;

private:
    enum class Listing { Never, Listed, Empty, Unreadable };
    struct Watched {
        std::shared_ptr<backend::Backend> backend;
        std::size_t rank = 0;
        bool enabled = true;
        bool serves = true;  ///< its models are in the router
        std::shared_ptr<Watched> replaces;
        TimePoint replaceBy = TimePoint::max();
        bool available = false;
        bool retired = false;
        bool listing = false;  ///< a listing is in flight
        Listing state = Listing::Never;
        std::string problem;  ///< of the latest listing; empty: none
        TimePoint asked{};
        Duration listEvery = kListEvery;
    };
    struct Waiter {
        OneShot<bool> done;
        TimePoint until;
    };
    using Entry = std::shared_ptr<Watched>;

    static net::awaitable<void> watch(std::shared_ptr<BackendCatalogue> self);
    static net::awaitable<void> list(std::shared_ptr<BackendCatalogue> self, Entry entry);
    void listen(backend::Backend& backend);
    void look(TimePoint now);
    void askForList(const Entry& entry);
    void listed(const Entry& entry, const StatusOr<std::vector<backend::ModelInfo>>& models);
    void setState(Watched& watched, Listing state, const std::string& problem);
    void promote(Watched& watched, const std::string& why);
    void retire(const Entry& entry);
    void publish();
    Entry find(const backend::Backend* backend) const;
    bool listingNow() const;
    void wakeWaiters(bool all);
    std::string notKnown(const Watched& watched) const;

    // fixed after construction
    const Strand strand_;
    Clock& clock_;
    EventLog& eventLog_;
    load::Loader& loader_;
    Router& router_;
    const CancelToken stopped_;

    // strand only
    std::function<void(std::shared_ptr<backend::Backend>)> retired_;
    std::function<void(const std::string&)> replaced_;
    std::vector<Entry> entries_;  // in the order of the settings
    std::list<Waiter> waiters_;
    TimePoint demanded_ = TimePoint::min();
    DeadlineTimer timer_;  // last: ends first
};

}  // namespace millrace::serve
