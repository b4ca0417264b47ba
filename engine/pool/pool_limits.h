// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "pool/endpoint.h"
#include "pool/ledger.h"
#include "pool/options.h"

namespace millrace::pool {

/// Whether HTTP/2 is offered to the server.
bool offersHttp2(const Options& options, const Endpoint& endpoint);

/// The ledger's limits for the settings. `http2`: negotiated, so that one connection carries many requests. Pure.
LedgerLimits httpLimits(const Options& options, const Endpoint& endpoint, bool http2);
LedgerLimits grpcLimits(const Options& options);

}  // namespace millrace::pool
