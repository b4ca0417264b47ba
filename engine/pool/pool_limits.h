// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "pool/endpoint.h"
#include "pool/ledger.h"
#include "pool/options.h"

namespace millrace::pool {

/// Whether a server may choose HTTP/2.
bool offersHttp2(const Options& options, const Endpoint& endpoint);

/// The ledger's limits, by the settings. `http2`: it did choose it; one connection then carries what many do else.
LedgerLimits httpLimits(const Options& options, const Endpoint& endpoint, bool http2);
LedgerLimits grpcLimits(const Options& options);

}  // namespace millrace::pool
