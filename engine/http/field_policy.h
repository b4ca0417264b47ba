// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "http/fields.h"

#include <string>
#include <string_view>

/// Which header fields the gateway forwards, and which it consumes: one table for all routes, merged or not.
///
///     request.fields = forBackend(std::move(request.fields));
///     response.fields = forClient(std::move(response.fields));
///
/// Pure. Thread: any. Source: RFC 9110 7.6 (connection fields, Via), 9.2; RFC 7230 6.1.
namespace millrace::http {

/// How a client's field is treated on its way to a backend.
enum class Upward {
    Pass,   ///< forwarded; requests that differ in it are never merged
    Noise,  ///< forwarded when the request is sent alone; dropped when requests are merged
    Drop,   ///< consumed here: hop-by-hop, evaluated by the gateway, or the client's credentials for it
};
/// How a backend's field is treated on its way to a client.
enum class Downward { Pass, Drop };

Upward upward(std::string_view name);
Downward downward(std::string_view name);

/// The fields of a client's request that a backend receives; those named by the request's Connection field are dropped
/// as well. `merged`: without Noise too.
HttpFields forBackend(HttpFields fields, bool merged = false);
/// The fields of a backend's response that a client receives; those named by its Connection field are dropped as well.
HttpFields forClient(HttpFields fields);
/// Requests may be merged only if their keys are equal: forBackend(fields, true) with names in lower case, sorted, one
/// field per line.
std::string mergeKey(const HttpFields& fields);

/// This engine's pseudonym in Via fields; `boot`, an id of this start, makes it unique.
std::string viaName(std::string_view boot);
/// True if a Via field contains `name`: a forwarding loop.
bool passedBefore(const HttpFields& fields, std::string_view name);

}  // namespace millrace::http
