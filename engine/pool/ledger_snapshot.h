// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "pool/ledger.h"
#include "pool/snapshot.h"

namespace millrace::pool {

/// What the ledger knows, for whoever looks at the pool: counts, totals, reasons, and each connection by its id. What
/// the shell alone knows (`http2`, health, times of waits) is left as it is.
void describe(const Ledger& ledger, TimePoint now, PoolSnapshot& out);

}  // namespace millrace::pool
