// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "pool/ledger.h"

#include <string>

namespace millrace::pool {

/// Whose connections are refused, and what is in the way: for the words.
struct RefusalContext {
    const Ledger& ledger;
    const std::string& backend;
    const std::string& protocol;
    const std::string& lastDialError;  ///< empty: none since one went well
    const std::string& blockedWhy;     ///< of Draining; empty: not known
};

/// The status of a refused caller, with the limit met and when to retry. `deadline`: the caller's.
/// ResourceExhausted: waiters_max or wait_timeout_ms. DeadlineExceeded: the deadline. Unavailable: everything else.
Status refusalStatus(Refusal refusal, const RefusalContext& context, TimePoint now, TimePoint deadline);

}  // namespace millrace::pool
