// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/in_place.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::http {

/// Parses the HTTP/1.1 responses of a connection, sans I/O. Wraps Beast's parser, whose templates stay in the .cpp.
///
///     parser.begin(request.method == "HEAD");
///     const auto fed = parser.feed(received);                  // calls onField(), onHead(), onBody()
///     in.consume(fed.used);
///     if (fed.step == ResponseParser::Step::Done) reusable = parser.keepsAlive();
///
/// Thread: one.
/// Bound:  bytes and fields of a head (Limits); bodies are passed on, never kept.
/// Errors: Step::Failed with problem(); the connection cannot be used any further.
class ResponseParser {
public:
    /// Receives the parts of a response in order. Informational responses (1xx) and trailers are skipped. Views are
    /// valid during the call.
    class Listener {
    public:
        /// `hop`: a hop-by-hop field, never forwarded (RFC 9110, 7.6.1).
        virtual void onField(std::string_view name, std::string_view value, bool hop) = 0;
        virtual void onHead(unsigned status) = 0;
        virtual void onBody(std::string_view bytes) = 0;

    protected:
        ~Listener() = default;
    };
    struct Limits {
        std::uint32_t headBytes = 64 << 10;
        std::size_t fields = 256;  ///< without hop-by-hop fields
    };
    enum class Step { NeedMore, Done, Failed };
    struct Fed {
        std::size_t used = 0;
        Step step = Step::NeedMore;
    };

    ResponseParser(Listener& listener, Limits limits);
    ~ResponseParser();

    /// REQUIRES: called before each response. `bodyless`: it answers a HEAD request.
    void begin(bool bodyless = false);
    /// Frees the memory of the current response.
    void end();

    /// Parses the front of `bytes`. NeedMore: the caller presents the unused bytes again, followed by more. Done: the
    /// response is complete, and the unused bytes belong to the next one.
    Fed feed(std::string_view bytes);
    /// The connection ended. True: the response is delimited by that, and complete. False: truncated.
    bool finish();

    bool headDone() const;
    /// Bytes of the head, including preceding informational responses. REQUIRES: headDone().
    std::uint64_t headBytes() const;
    /// The body has neither a length nor chunks, and ends with the connection. REQUIRES: headDone().
    bool untilClose() const;
    /// The connection can be reused. REQUIRES: the response is complete.
    bool keepsAlive() const;
    /// Why a step failed: "bad version".
    const std::string& problem() const;

private:
    struct Impl;
    InPlace<Impl, 192> impl_;
};

}  // namespace millrace::http
