// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "base/in_place.h"
#include "http/request_head.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::http {

/// HTTP/1.1 requests from bytes. Beast's parser does the work; its templates stay in the .cpp.
/// Thread: one. Errors carry their HTTP status (400, 413, 431, 501) and name the limit met.
class RequestParser {
public:
    enum class Step { NeedMore, Done, Failed };
    struct Fed {
        std::size_t used = 0;
        Step step = Step::NeedMore;
    };

    /// The settings behind the limits, as errors name them (static texts); empty: they do not. Those of times are for
    /// whoever waits for the bytes.
    struct Settings {
        const char* header = "";
        const char* body = "";
        const char* headTime = "";
        const char* bodyTime = "";

        /// " (limits.body_bytes_max)", to end a message with.
        static std::string mention(const char* setting);
    };

    RequestParser() : RequestParser(Settings()) {}
    explicit RequestParser(Settings settings);
    ~RequestParser();

    /// Before each request.
    void reset(std::uint32_t headerBytesMax);
    /// Done: `head` is complete; what follows `used` is the body.
    Fed head(std::string_view bytes, RequestHead& head);
    /// For a chunked body: appends to `body`, at most `bytesMax`. Done: the body and its trailers are complete.
    Fed chunks(std::string_view bytes, std::string& body, std::uint64_t bytesMax);
    /// Why a step failed.
    const Status& problem() const;

private:
    struct Impl;
    InPlace<Impl, 192> impl_;
};

}  // namespace millrace::http
