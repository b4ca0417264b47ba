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

/// A backend in force.
struct Served {
    std::shared_ptr<backend::Backend> backend;
    bool enabled = true;
    /// The backend that serves in its place until this one has listed its models; none: there was none.
    std::shared_ptr<backend::Backend> replaces;
};

/// What each backend lists: asks for it, gives it to the router and the loader, and knows how well it is known.
/// A backend has never listed, has listed, or has a list that cannot be read; only when all have listed does a model
/// that nobody names not exist.
///
/// A backend that replaces another does not serve until it has listed its models, or for kReplaceMax; until then the
/// old one does, so that no request meets a gap.
///
/// Owner:  Gateway.      Thread: the strand.
/// Bound:  one listing of a backend at a time; those for unknown models at most one in kDemandEvery.
/// Errors: listings that cannot be read are events (once for each change), not failures.
/// Stop:   the CancelToken given to the constructor ends everything.
class BackendCatalogue : public std::enable_shared_from_this<BackendCatalogue> {
public:
    static constexpr Duration kListEvery = 5s;  ///< the models of a backend are asked for again
    /// The same for one that closes idle connections sooner than that, while nothing else is asked of it: each listing
    /// would cost it a connection.
    static constexpr Duration kListEveryMax = 30s;
    static constexpr Duration kLookEvery = 200ms;  ///< whether a backend came up or went down
    static constexpr Duration kListTimeout = 5s;
    static constexpr Duration kDemandEvery = 1s;  ///< listings that unknown models ask for
    static constexpr Duration kDemandMax = 2s;    ///< how long an unknown model waits for one
    static constexpr Duration kReplaceMax = 60s;  ///< how long a replaced backend serves on

    BackendCatalogue(Strand strand, Clock& clock, EventLog& eventLog, load::Loader& loader, Router& router,
                     CancelToken stopped);

    /// Begins to watch. Once.
    void start();
    /// The backends in force, best first. Those that are gone are given to onRetired() once nothing new goes there.
    void set(std::vector<Served> served);
    void onRetired(std::function<void(std::shared_ptr<backend::Backend>)> retired) { retired_ = std::move(retired); }
    /// Told the name of a backend whose process or address is another now: what was learned of it holds no more.
    void onReplaced(std::function<void(const std::string&)> replaced) { replaced_ = std::move(replaced); }

    /// Asks every backend for its models, because one is wanted that nobody lists. Ends with the answers, at
    /// `deadline`, after kDemandMax, or when `cancel` says so.
    net::awaitable<void> refresh(TimePoint deadline, CancelToken cancel);
    /// Why a model is not there: NotFound when every backend has listed its models, else Unavailable with what is not
    /// known yet.
    Status unknown(const std::string& model) const;
    /// What is wrong with the list of a backend, in words; empty: nothing.
    Sentence problem(const backend::Backend& backend) const;

    bool anyAvailable() const;
    /// Every backend that is not yet retired, those that only serve until they are replaced too.
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
