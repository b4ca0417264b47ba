// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "http/body_budget.h"
#include "http/buffers.h"
#include "http/request_head.h"
#include "http/request_parser.h"

#include <boost/asio/buffer.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::http {

/// The deadline for the next bytes of a body that started at `began` and of which `bytes` have arrived: `most` from
/// now, or earlier if the whole body is below the minimum rate.
TimePoint bodyDeadline(TimePoint began, TimePoint now, Duration most, std::uint64_t bytes);

/// Assembles a request's body. A body of known length is received directly into its final string; chunked ones pass
/// through the connection's buffer, HTTP/2 frames come by append(). Memory is reserved from the common budget as the
/// body arrives, not as it is announced.
///
///     body.begin(head, bytesMax, held, bodiesMax);
///     auto step = body.take(in, parser);                       // what arrived with the head
///     while (step == BodyReader::Step::NeedMore) { …; step = body.take(in, parser); }      // prepare(), commit()
///     const std::string text = body.takeText();
///
/// Thread: one.
/// Bound:  the announced length, which the caller has checked; `bytesMax` for bodies without one.
/// Errors: Failed: see RequestParser::problem(). NoMemory: the budget of all bodies is exhausted.
class BodyReader {
public:
    enum class Step { NeedMore, Done, Failed, NoMemory };
    static constexpr std::size_t kAtOnce = 256u << 10;

    /// Starts the body announced by `head`; without one, take() is Done at once. `held` accounts for its memory, so
    /// that all bodies together have at most `heldMax`. REQUIRES: `held` lives until the body is complete.
    void begin(const RequestHead& head, std::uint64_t bytesMax, BodyBytes& held, std::uint64_t heldMax);
    /// Consumes what the connection's buffer holds.
    Step take(InBuffer& in, RequestParser& parser);
    /// Provides space for the next bytes, which the caller receives and then commits. Failed: `inMax` buffered bytes
    /// contain no complete chunk header.
    Step prepare(InBuffer& in, std::size_t inMax, net::mutable_buffer& space);
    void commit(InBuffer& in, std::size_t count);
    /// Appends unframed bytes (HTTP/2). Failed: the body exceeds `bytesMax`.
    Step append(std::string_view bytes);

    /// Bytes received so far.
    std::uint64_t received() const { return received_; }
    const std::string& text() const { return text_; }  ///< complete after Step::Done
    /// Moves the body out.
    std::string takeText();
    /// Frees its memory.
    void release();

private:
    Step takeWhole(InBuffer& in);
    bool grow(std::size_t needed);

    std::string text_;
    std::size_t have_ = 0;  // received part of `text_`, if the length is known; the rest is space
    std::uint64_t length_ = 0, bytesMax_ = 0, received_ = 0;
    bool chunked_ = false;
    BodyBytes* held_ = nullptr;
    std::uint64_t heldMax_ = 0;
};

}  // namespace millrace::http
