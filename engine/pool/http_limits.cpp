// SPDX-License-Identifier: GPL-3.0-or-later
#include "pool/http_limits.h"

#include "pool/pool.h"

#include <algorithm>

namespace millrace::pool {

bool offersHttp2(const Options& options, const Endpoint& endpoint)
{
    return options.http2 && endpoint.tls;
}

LedgerLimits httpLimits(const Options& options, const Endpoint& endpoint, bool http2)
{
    LedgerLimits limits;
    limits.reuse = options.enabled;
    limits.sizeMin = options.enabled ? std::min(options.httpSizeMin, options.httpSizeMax) : 0;
    limits.sizeMax = options.httpSizeMax;
    limits.dialsMax = options.dialsMax;
    limits.waitersMax = options.waitersMax;
    limits.waitTimeout = options.waitTimeout;
    limits.idleLimit = options.idleTimeout;
    limits.ageMax = options.ageMax;
    if (http2) limits.sizeMin = std::min(limits.sizeMin, 1u);
    if (options.enabled && offersHttp2(options, endpoint)) {
        limits.callsAim = HttpPool::kStreamsAim;
        limits.callsMax = HttpPool::kStreamsMax;
    }
    return limits;
}

}  // namespace millrace::pool
