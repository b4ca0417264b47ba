// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/in_place.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::http {

/// HTTP/1.1 answers from bytes, one after the other. Beast's parser does the work; its templates stay in the .cpp.
///
/// Thread: one.
/// Bound:  bytes and fields of a head; a body is not kept here.
/// Errors: problem(), for people.
class ResponseParser {
public:
    /// What an answer consists of, as it comes. Informational answers (1xx) are passed over, and so are trailers.
    class Listener {
    public:
        /// `hop`: of this connection alone; nobody passes it on (RFC 9110, 7.6.1).
        virtual void onField(std::string_view name, std::string_view value, bool hop) = 0;
        virtual void onHead(unsigned status) = 0;
        virtual void onBody(std::string_view bytes) = 0;

    protected:
        ~Listener() = default;
    };
    struct Limits {
        std::uint32_t headBytes = 64 << 10;
        std::size_t fields = 256;  ///< those of the connection itself not counted
    };
    enum class Step { NeedMore, Done, Failed };
    struct Fed {
        std::size_t used = 0;
        Step step = Step::NeedMore;
    };

    ResponseParser(Listener& listener, Limits limits);
    ~ResponseParser();

    /// Before each answer. `bodyless`: it is one to HEAD.
    void begin(bool bodyless = false);
    /// What an answer needs is given back.
    void end();

    /// From the front of `bytes`. What is not `used` is to come again with more behind it, or belongs to the next
    /// answer. `step` Done: the answer is complete.
    Fed feed(std::string_view bytes);
    /// The connection has ended. True: the answer ends with it, and is complete.
    bool finish();

    bool headDone() const;
    /// Bytes of the head and those of informational answers before it; good once the head is done.
    std::uint64_t headBytes() const;
    /// The body has neither length nor chunks: it ends with its connection.
    bool untilClose() const;
    /// Another answer may follow; good once this one is complete.
    bool keepsAlive() const;
    /// Why a step failed: "bad version", of an answer that is malformed.
    const std::string& problem() const;

private:
    struct Impl;
    InPlace<Impl, 192> impl_;
};

}  // namespace millrace::http
