// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "http/fields.h"

#include <string>
#include <string_view>

/// Which header fields a gateway carries, and which end at it: one table for all routes, merged or not.
/// Pure. Thread: any. Source: RFC 9110 7.6 (connection fields, Via), 9.2; RFC 7230 6.1.
namespace millrace::http {

/// What becomes of a client's field on the way to a backend.
enum class Upward {
    Pass,   ///< goes along; requests that differ in it never share one upstream request
    Noise,  ///< goes along where a request is sent alone; may be left out where requests are merged
    Drop,   ///< ends here: of this hop, judged here, or the user's secret for us
};
/// What becomes of a backend's field on the way to a client.
enum class Downward { Pass, Drop };

Upward upward(std::string_view name);
Downward downward(std::string_view name);

/// The fields of a client's request that a backend gets, without those that the request's own Connection field names.
/// `merged`: without Noise too.
HttpFields forBackend(HttpFields fields, bool merged = false);
/// The fields of a backend's answer that a client gets, without those that the answer's own Connection field names.
HttpFields forClient(HttpFields fields);
/// What two requests must have the same to share one upstream request: forBackend(fields, merged), names in lower
/// case, sorted, one per line.
std::string mergeKey(const HttpFields& fields);

/// This engine's name in Via fields; `boot` makes it unique.
std::string viaName(std::string_view boot);
/// Whether a Via field among `fields` has `name`: the request has been here before.
bool passedBefore(const HttpFields& fields, std::string_view name);

}  // namespace millrace::http
