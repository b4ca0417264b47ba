// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "pool/http_message.h"

#include <string_view>

namespace millrace::pool {

/// Idempotent methods (RFC 9110, 9.2.2).
constexpr bool idempotent(std::string_view method)
{
    return method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "PUT" || method == "DELETE" ||
           method == "TRACE";
}

/// How an exchange failed.
struct ExchangeFailure {
    bool transport = false;       ///< the connection failed; false: time-out, cancellation, or a malformed response
    bool sawBytes = false;        ///< bytes of the response arrived
    bool unsent = false;          ///< the server cannot have processed it, or says that it did not
    bool refused = false;         ///< the server says so itself
    bool lostConnection = false;  ///< its connection ended
    bool reused = false;          ///< the connection had carried other requests before
};

enum class Resend {
    No,
    Raced,    ///< the keep-alive race: the server closed the connection while the request was in transit
    Refused,  ///< the server says that it did not process it
};

/// Whether a failed request is replayed. `again`: it was replayed already. Pure.
constexpr Resend resend(const ExchangeFailure& failure, const HttpRequest& request, bool again)
{
    if (again || !failure.transport || failure.sawBytes) return Resend::No;
    if (failure.reused && failure.lostConnection &&
        (failure.unsent || request.replaySafe || idempotent(request.method)))
        return Resend::Raced;
    return failure.refused ? Resend::Refused : Resend::No;
}

}  // namespace millrace::pool
