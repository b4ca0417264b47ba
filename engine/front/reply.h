// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "front/routes.h"
#include "http/http_refusal.h"
#include "pool/http_message.h"
#include "stream/streamer.h"

#include <cstdint>
#include <memory>
#include <string>

namespace millrace::front {

using http::httpRefusal;

inline constexpr const char* kJsonType = "application/json";

/// An HTTP answer, independent of the protocol version.
struct Reply {
    unsigned status = 200;
    std::string contentType;  ///< empty: none
    pool::HttpFields fields;
    std::string body;
    std::unique_ptr<stream::Stream> stream;  ///< set: the source of the body
    bool events = false;                     ///< an event stream
    std::string encoding;                    ///< Content-Encoding of the stream, by us or the upstream
    Status why;                              ///< the error, for a refusal
};

[[gnu::cold]] Reply refusal(Dialect dialect, const Status& status);
[[gnu::cold]] Status clientLeft();
/// The error when all bodies together reach their limit: `held` of `most` bytes.
[[gnu::cold]] Status bodiesFull(std::uint64_t held, std::uint64_t most);

}  // namespace millrace::front
