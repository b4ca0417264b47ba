// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "base/in_place.h"
#include "http/request_head.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::http {

/// Parses the HTTP/1.1 requests of a connection, sans I/O. Wraps Beast's parser, whose templates stay in the .cpp.
///
///     parser.reset(headerBytesMax);
///     const auto fed = parser.head(in.view(), head);
///     in.consume(fed.used);
///     if (fed.step == RequestParser::Step::Failed) return parser.problem();
///
/// Thread: one. Errors: carry their HTTP status (400, 413, 431, 501) and name the limit met. Not here: bodies of known
/// length (body_reader.h).
class RequestParser {
public:
    enum class Step { NeedMore, Done, Failed };
    struct Fed {
        std::size_t used = 0;
        Step step = Step::NeedMore;
    };

    /// Paths of the settings behind the limits, for error messages; empty: not mentioned. REQUIRES: static strings. The
    /// time-outs are used by the connection.
    struct Settings {
        const char* header = "";
        const char* body = "";
        const char* headTime = "";
        const char* bodyTime = "";

        /// " (limits.body_bytes_max)", to be appended to a message; empty for an empty setting.
        static std::string mention(const char* setting);
    };

    RequestParser() : RequestParser(Settings()) {}
    explicit RequestParser(Settings settings);
    ~RequestParser();

    /// REQUIRES: called before each request.
    void reset(std::uint32_t headerBytesMax);
    /// Done: `head` is complete, and the body follows the used bytes. NeedMore: present all unused bytes again, with
    ///         more.
    Fed head(std::string_view bytes, RequestHead& head);
    /// Decodes a chunked body and appends it to `body`, up to `bytesMax`. Done: body and trailers are complete.
    Fed chunks(std::string_view bytes, std::string& body, std::uint64_t bytesMax);
    /// Why a step failed.
    const Status& problem() const;

private:
    struct Impl;
    InPlace<Impl, 192> impl_;
};

}  // namespace millrace::http
