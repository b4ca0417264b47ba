// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "pool/ledger.h"

#include <string>

namespace millrace::pool {

/// What the message of a refusal mentions.
struct RefusalContext {
    const Ledger& ledger;
    const std::string& backend;
    const std::string& protocol;
    const std::string& lastDialError;  ///< empty: the latest dial succeeded
    const std::string& blockedWhy;     ///< for Refusal::Draining; empty: unknown
};

/// The error for a refused caller, with the limit met and when to retry. `deadline`: the caller's. Pure.
/// ResourceExhausted: waiters_max or wait_timeout_ms. DeadlineExceeded: the deadline. Unavailable: everything else.
Status refusalStatus(Refusal refusal, const RefusalContext& context, TimePoint now, TimePoint deadline);

}  // namespace millrace::pool
