// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "pool/http_message.h"
#include "pool/options.h"

#include <cstdint>
#include <string>

namespace millrace::testing {

/// A pool that does nothing by itself: no connections ahead, no health check but the first.
inline pool::Options smallPool(std::uint32_t httpSizeMax)
{
    pool::Options options;
    options.httpSizeMin = options.grpcSizeMin = 0;
    options.httpSizeMax = httpSizeMax;
    options.healthInterval = 24h;
    return options;
}

inline pool::HttpRequest request(const std::string& method = "POST", const std::string& body = R"({"a":1})")
{
    pool::HttpRequest out;
    out.method = method;
    out.target = "/v1/thing";
    out.body = body;
    return out;
}

}  // namespace millrace::testing
