// SPDX-License-Identifier: GPL-3.0-or-later
#include "pool/refusal.h"

#include "base/format.h"

#include <chrono>

namespace millrace::pool {

Status refusalStatus(Refusal refusal, const RefusalContext& context, TimePoint now, TimePoint deadline)
{
    const Ledger& ledger = context.ledger;
    const std::string& backend = context.backend;
    const std::string& protocol = context.protocol;
    const std::string& lastDialError = context.lastDialError;
    const std::string size = std::to_string(ledger.limits().sizeMax);
    switch (refusal) {
        case Refusal::WaitersFull: {
            const auto oldest = ledger.oldestWaiter();
            const Duration waited = oldest ? now - *oldest : Duration{};
            const auto after = std::chrono::duration_cast<std::chrono::milliseconds>(waited) + 1ms;
            return withRetryAfter(
                resourceExhausted(std::to_string(ledger.waiters()) + " requests are waiting for one of " + size + " " +
                                  protocol + " connections to " + backend + ", the oldest for " + formatMs(waited) +
                                  " (limit pool.waiters_max: " + std::to_string(ledger.limits().waitersMax) + ")"),
                after);
        }
        case Refusal::WaitedTooLong:
            // No connection at all: the limits are not the cause.
            if (ledger.open() == 0 && !lastDialError.empty() && deadline > now)
                return unavailable("no connection to " + backend + " within " + formatMs(ledger.limits().waitTimeout) +
                                   ": " + lastDialError);
            if (deadline <= now)
                return deadlineExceeded("no connection to " + backend + " was free before the deadline");
            return withRetryAfter(resourceExhausted("none of " + size + " " + protocol + " connections to " + backend +
                                                    " was free within " + formatMs(ledger.limits().waitTimeout) +
                                                    " (limit pool.wait_timeout_ms)"),
                                  1s);
        case Refusal::Draining:
            return unavailable(context.blockedWhy.empty() ? "backend " + backend + " is draining" : context.blockedWhy);
        case Refusal::NoConnection:
            return unavailable("no connection to " + backend + ": " + lastDialError);
    }
    return internal("unknown refusal");
}

}  // namespace millrace::pool
