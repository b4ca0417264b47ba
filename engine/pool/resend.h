// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "pool/http_message.h"

#include <string_view>

namespace millrace::pool {

/// Methods that may be sent twice with the effect of once (RFC 9110, 9.2.2).
constexpr bool idempotent(std::string_view method)
{
    return method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "PUT" || method == "DELETE" ||
           method == "TRACE";
}

/// How an exchange failed whose request might be sent again.
struct ExchangeFailure {
    bool transport = false;       ///< the connection failed; else: time, cancelling, or an answer that makes no sense
    bool sawBytes = false;        ///< of the answer
    bool unsent = false;          ///< the server has done nothing for it, as far as it or we can say
    bool refused = false;         ///< and it says so itself
    bool lostConnection = false;  ///< its connection ended
    bool reused = false;          ///< which had carried others before
};

enum class Resend {
    No,
    Raced,    ///< the oldest race of keep-alive: the server closed while the request travelled
    Refused,  ///< the server says that it has done nothing for it
};

/// Whether a request is sent once more. Pure. `again`: it was already.
constexpr Resend resend(const ExchangeFailure& failure, const HttpRequest& request, bool again)
{
    if (again || !failure.transport || failure.sawBytes) return Resend::No;
    if (failure.reused && failure.lostConnection &&
        (failure.unsent || request.replaySafe || idempotent(request.method)))
        return Resend::Raced;
    return failure.refused ? Resend::Refused : Resend::No;
}

}  // namespace millrace::pool
