// SPDX-License-Identifier: GPL-3.0-or-later
#include "pool/availability.h"

#include <chrono>

namespace millrace::pool {

std::optional<std::string> Availability::blockedWhy() const
{
    if (stopped) return "backend " + backend + " is stopping";
    if (!started) return "backend " + backend + " has not been started";
    if (!enabled) return "backend " + backend + " is disabled";
    if (draining) return "backend " + backend + " is draining";
    if (down) return "backend " + backend + " is down: " + *down;
    return std::nullopt;
}

bool Availability::available(std::string* why) const
{
    if (health.up() && health.breaker().passes() && !blockedWhy()) return true;
    if (!why) return false;
    if (const auto blocked = blockedWhy())
        *why = *blocked;
    else if (!health.breaker().passes())
        *why = "backend " + backend + " is ejected: " + health.breaker().reason();
    else if (!health.checkFailure().empty())
        *why = "backend " + backend + ": " + health.checkFailure();
    else
        *why = "backend " + backend + " has not passed a health check yet";
    return false;
}

Status Availability::ejectedStatus(TimePoint now) const
{
    const Breaker& breaker = health.breaker();
    const auto at = breaker.probeAt();
    const auto after = at && *at > now ? std::chrono::duration_cast<std::chrono::milliseconds>(*at - now) : 0ms;
    return withRetryAfter(unavailable("backend " + backend + " is ejected after " + std::to_string(breaker.failures()) +
                                      " consecutive failures: " + breaker.reason()),
                          after + 100ms);
}

Health Availability::state(std::string* reason) const
{
    const auto say = [&](const std::string& why) {
        if (reason) *reason = why;
    };
    say({});
    if (!enabled) return Health::Disabled;
    if (draining || stopped) return Health::Draining;
    if (down) {
        say(*down);
        return Health::Ejected;
    }
    if (health.breaker().state() == Breaker::State::Open) {
        say(health.breaker().reason());
        return Health::Ejected;
    }
    if (health.breaker().state() == Breaker::State::HalfOpen) {
        say(health.breaker().reason());
        return Health::Probing;
    }
    if (!health.checkFailure().empty()) {
        say(health.checkFailure());
        return Health::Probing;
    }
    return health.up() ? Health::Healthy : Health::Unknown;
}

}  // namespace millrace::pool
