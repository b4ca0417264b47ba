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

/// What is needed to find a place for a request.
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

/// The places (model and backend) that one request is sent to: a first one, and others after failures. Only this class
/// decides what may be tried elsewhere, before the first byte of an answer:
/// - always after a failed load, since nothing was sent;
/// - when the place was unavailable, if nothing was sent or the request may be sent twice (RequestKind);
/// - when the answer shows that nothing was done, or that the place cannot serve it now (refusal()).
/// A request that a server may have received completely and that must not be executed twice is never sent again.
/// Attempts other than loads take from the retry budget, and are limited by kAttemptsMax.
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

    /// The next place; NotFound, Unavailable … with the reason if there is none, or none could load the model.
    net::awaitable<StatusOr<Leased>> next();
    /// The first place, if the model is in memory there: the path of nearly all requests, without a coroutine. Empty:
    /// use next(). `now` may be slightly old.
    ///
    ///     auto leased = way.nextNow(now);
    ///     if (!leased) leased = co_await way.next();
    ///     if (!leased->ok()) …
    std::optional<StatusOr<Leased>> nextNow(TimePoint now);

    /// True: the request must be kept, because it may be sent to another place after this one.
    bool mayNeedAnother() const { return kept_; }

    /// The latest place failed. True: get another one by next().
    bool goesOnAfter(const Status& failure);
    /// The latest place answered. True: do not pass the answer on, but get another place by next().
    bool goesOnAfter(unsigned httpStatus, const http::HttpFields& fields);

    /// Set if an answer shows that nothing was done and that the request may succeed elsewhere.
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
    Status failure_;  // error of the latest place that could not load the model
    bool others_ = false;
    bool kept_ = false;
    bool looked_ = false;
    bool counted_ = false;  // by the loader, as a request for the place that next() is about to find again
    std::uint32_t attempts_ = 0;
};

}  // namespace millrace::serve
