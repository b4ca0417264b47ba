// SPDX-License-Identifier: GPL-3.0-or-later
#include "serve/failover.h"

#include "base/number.h"

#include <algorithm>
#include <utility>

namespace millrace::serve {

namespace {

constexpr std::chrono::milliseconds kAvoidMax = std::chrono::seconds(60);  // whatever a server asks for

std::optional<double> number(std::string_view text)
{
    const auto value = readNumber<double>(text);
    return value >= 0.0 && value <= 1e9 ? value : std::nullopt;
}

}  // namespace

net::awaitable<StatusOr<Leased>> Failover::next()
{
    for (;;) {
        auto place = ways_.router.route(model_, need_, ways_.clock.now(), tried_);
        if (!place.ok()) {
            if (!failure_.ok()) co_return failure_;
            if (!absl::IsNotFound(place.status())) co_return place.status();
            if (std::exchange(looked_, true)) co_return ways_.catalogue.unknown(model_);
            co_await ways_.catalogue.refresh(context_.deadline, context_.cancel);
            if (context_.cancel.cancelled()) co_return context_.cancel.status();
            if (ways_.router.knows(model_)) continue;
            co_return ways_.catalogue.unknown(model_);
        }
        if (auto status = ways_.router.checkVersion(model_, version_); !status.ok()) co_return status;
        latest_ = place->backend;
        others_ = place->others;
        std::optional<StatusOr<load::ModelLease>> acquired;
        if (!std::exchange(counted_, false)) acquired = ways_.loader.acquireNow(model_, *latest_, context_.client);
        if (!acquired) acquired = co_await ways_.loader.acquireLater(model_, latest_, context_);
        auto& lease = *acquired;
        if (lease.ok()) co_return take(*place, *std::move(lease));
        const Status status = lease.status();
        if (context_.cancel.cancelled()) co_return status;
        if (context_.deadline <= ways_.clock.now()) co_return status;
        if (absl::IsNotFound(status) && !std::exchange(looked_, true)) {
            // Its backend has it no more: the list is older than that.
            co_await ways_.catalogue.refresh(context_.deadline, context_.cancel);
            if (!ways_.router.knows(model_)) co_return ways_.catalogue.unknown(model_);
        }
        failure_ = loadFailed(status);
        tried_.push_back(latest_.get());
        avoid(retryAfterOf(status));
        if (others_) context_.trace->addDecision(latest_->name() + " could not load " + model_ + ": " + text(status));
    }
}

std::optional<StatusOr<Leased>> Failover::nextNow(TimePoint now)
{
    if (latest_) return std::nullopt;
    const auto place = ways_.router.route(model_, need_, now, tried_);
    if (!place.ok() || !ways_.router.checkVersion(model_, version_).ok()) return std::nullopt;
    auto lease = ways_.loader.acquireNow(model_, *place->backend, context_.client);
    counted_ = !lease;
    if (!lease || !lease->ok()) return std::nullopt;
    latest_ = place->backend;
    others_ = place->others;
    return take(*place, **std::move(lease));
}

Leased Failover::take(const Router::Choice& place, load::ModelLease lease)
{
    kept_ = others_ && ++attempts_ < kAttemptsMax;
    Leased leased;
    leased.backend = latest_;
    leased.batchMax = place.batchMax;
    leased.lease = std::move(lease);
    return leased;
}

/// A model that cannot be loaded is the server's fault, whatever it calls it.
Status Failover::loadFailed(const Status& status) const
{
    const auto after = retryAfterOf(status);
    const bool waits = absl::IsResourceExhausted(status) && after;  // the queue of loads is full
    if (waits || absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status)) return status;
    return withRetryAfter(unavailable(text(status)), after.value_or(kAvoidFor));
}

void Failover::avoid(std::optional<std::chrono::milliseconds> span)
{
    const auto wait = std::min(span.value_or(kAvoidFor), kAvoidMax);
    ways_.router.avoid(model_, *latest_, ways_.clock.now() + wait);
}

bool Failover::another(const std::string& reason, const std::string& words)
{
    tried_.push_back(latest_.get());
    const auto now = ways_.clock.now();
    if (!kept_ || context_.cancel.cancelled() || context_.deadline <= now) return false;
    if (!ways_.router.route(model_, need_, now, tried_).ok()) return false;
    if (!ways_.retries.spend(now)) {
        context_.trace->addDecision(
            "not retried on another backend: the retry budget is exhausted (limits.retry_budget_percent)");
        return false;
    }
    context_.trace->addDecision("retried: " + latest_->name() + " " + words);
    ways_.registry.counter("millrace_retries_total", "Requests that were retried.", {{"reason", reason}}).add();
    return true;
}

bool Failover::goesOnAfter(const Status& failure)
{
    if (!absl::IsUnavailable(failure)) return false;
    avoid(retryAfterOf(failure));
    if (kind_ == RequestKind::Once && !isUnsent(failure)) return false;
    return another(codeName(failure), "failed: " + text(failure));
}

bool Failover::goesOnAfter(unsigned httpStatus, const http::HttpFields& fields)
{
    if (!refusal(httpStatus)) return false;
    avoid(retryAfter(fields));
    return another(codeName(fromHttp(httpStatus, {})), "answered " + std::to_string(httpStatus));
}

bool Failover::refusal(unsigned httpStatus)
{
    return httpStatus == 429 || httpStatus == 502 || httpStatus == 503 || httpStatus == 504 || httpStatus == 529;
}

std::optional<std::chrono::milliseconds> Failover::retryAfter(const http::HttpFields& fields)
{
    const auto ms = [](double value) { return std::chrono::milliseconds(static_cast<std::int64_t>(value)); };
    if (const auto value = number(http::fieldValue(fields, "retry-after-ms"))) return ms(*value);
    if (const auto value = number(http::fieldValue(fields, "retry-after"))) return ms(*value * 1000);
    return std::nullopt;
}

}  // namespace millrace::serve
