// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/call_context.h"
#include "base/metrics.h"
#include "http/fields.h"
#include "load/loader.h"
#include "serve/backend_catalogue.h"
#include "serve/retry_budget.h"
#include "serve/router.h"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace millrace::serve {

/// What finding a place for a request takes.
struct Ways {
    Clock& clock;
    Registry& registry;
    Router& router;
    BackendCatalogue& catalogue;
    load::Loader& loader;
    RetryBudget& retries;
};

/// A place with the model in memory.
struct Leased {
    std::shared_ptr<backend::Backend> backend;
    std::uint32_t batchMax = 0;
    load::ModelLease lease;
};

/// The ways of one request: a place, and after a failure another one. The only place that decides what may be tried
/// elsewhere, before the first byte of an answer:
/// - a model that could not be loaded: nothing was sent, so always;
/// - a request of which nothing was sent, or that may be sent twice (RequestKind), when the place was unavailable;
/// - an answer that says that nothing was done, or nothing can be had there now (refusal()).
/// A request that a server may have received whole and that must not be done twice is never sent to a second one.
/// All but loads are within the retry budget, and at most kAttemptsMax.
///
/// Owner: a coroutine of the gateway. Thread: the strand.
class Failover {
public:
    static constexpr std::uint32_t kAttemptsMax = 3;
    static constexpr std::chrono::milliseconds kAvoidFor = std::chrono::seconds(5);

    enum class RequestKind { Once, Repeatable };

    /// `version` of the model; empty: any. `context` must outlive this.
    Failover(Ways& ways, std::string model, std::string version, Need need, RequestKind kind,
             const CallContext& context)
        : ways_(ways),
          model_(std::move(model)),
          version_(std::move(version)),
          need_(need),
          kind_(kind),
          context_(context)
    {}

    /// The next place. NotFound, Unavailable … with the reason when there is none, or none that could load the model.
    net::awaitable<StatusOr<Leased>> next();
    /// The first place, where the model is there: the way of nearly all requests, without a coroutine. Empty: next()
    /// finds it, or the reason. `now`: a little while ago will do.
    ///
    ///     auto leased = way.nextNow(now);
    ///     if (!leased) leased = co_await way.next();
    ///     if (!leased->ok()) …
    std::optional<StatusOr<Leased>> nextNow(TimePoint now);

    /// Whether the request must be kept, because it may have to be sent to another place than the latest.
    bool mayNeedAnother() const { return kept_; }

    /// The latest place failed. True: ask next() for another one.
    bool goesOnAfter(const Status& failure);
    /// The latest place answered. True: the answer is not for the client, ask next() for another place.
    bool goesOnAfter(unsigned httpStatus, const http::HttpFields& fields);

    /// Whether an answer says that nothing was done and that the same request may succeed elsewhere.
    static bool refusal(unsigned httpStatus);
    /// Retry-After-Ms or Retry-After of an answer, as a span; empty: none, or a date.
    static std::optional<std::chrono::milliseconds> retryAfter(const http::HttpFields& fields);

private:
    Leased take(const Router::Choice& place, load::ModelLease lease);
    void avoid(std::optional<std::chrono::milliseconds> span);
    bool another(const std::string& reason, const std::string& words);
    Status loadFailed(const Status& status) const;

    Ways& ways_;
    const std::string model_, version_;
    const Need need_;
    const RequestKind kind_;
    const CallContext& context_;
    std::shared_ptr<backend::Backend> latest_;
    Router::Tried tried_;
    Status failure_;  // what the latest place without the model said
    bool others_ = false;
    bool kept_ = false;
    bool looked_ = false;
    bool counted_ = false;  // by the loader, as a request for the place that next() is about to find again
    std::uint32_t attempts_ = 0;
};

}  // namespace millrace::serve
