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

/// An answer in HTTP's terms, whatever carries it.
struct Reply {
    unsigned status = 200;
    std::string contentType;  ///< empty: there is none
    pool::HttpFields fields;
    std::string body;
    std::unique_ptr<stream::Stream> stream;  ///< set: the body comes from there
    bool events = false;                     ///< it is an event stream
    std::string encoding;                    ///< of the stream: our own packing, or the upstream's
    Status why;                              ///< of a refusal
};

Reply refusal(Dialect dialect, const Status& status);
Status clientLeft();
/// The bodies of all requests have `held` bytes, and `most` is the limit.
Status bodiesFull(std::uint64_t held, std::uint64_t most);

}  // namespace millrace::front
