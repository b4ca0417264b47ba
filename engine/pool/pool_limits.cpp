// SPDX-License-Identifier: GPL-3.0-or-later
#include "pool/pool_limits.h"

#include "pool/grpc_pool.h"
#include "pool/http_pool.h"

#include <algorithm>

namespace millrace::pool {

namespace {

/// Limits common to all protocols.
LedgerLimits limitsOfSize(const Options& options, std::uint32_t least, std::uint32_t most)
{
    LedgerLimits limits;
    limits.reuse = options.enabled;
    limits.sizeMin = options.enabled ? std::min(least, most) : 0;
    limits.sizeMax = most;
    limits.dialsMax = options.dialsMax;
    limits.waitersMax = options.waitersMax;
    limits.waitTimeout = options.waitTimeout;
    limits.idleLimit = options.idleTimeout;
    limits.ageMax = options.ageMax;
    return limits;
}

}  // namespace

bool offersHttp2(const Options& options, const Endpoint& endpoint)
{
    return options.http2 && endpoint.tls;
}

LedgerLimits httpLimits(const Options& options, const Endpoint& endpoint, bool http2)
{
    LedgerLimits limits = limitsOfSize(options, options.httpSizeMin, options.httpSizeMax);
    if (http2) limits.sizeMin = std::min(limits.sizeMin, 1u);
    if (options.enabled && offersHttp2(options, endpoint)) {
        limits.callsAim = HttpPool::kStreamsAim;
        limits.callsMax = HttpPool::kStreamsMax;
    }
    return limits;
}

LedgerLimits grpcLimits(const Options& options)
{
    LedgerLimits limits = limitsOfSize(options, options.grpcSizeMin, options.grpcSizeMax);
    limits.callsAim = options.enabled ? GrpcPool::kCallsAim : 1;
    limits.callsMax = options.enabled ? GrpcPool::kCallsMax : 1;
    return limits;
}

}  // namespace millrace::pool
