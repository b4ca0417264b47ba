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

/// Deadline of a body that began at `began` and of which `bytes` have arrived: `most` after the last progress, and a
/// minimum rate for the whole.
TimePoint bodyDeadline(TimePoint began, TimePoint now, Duration most, std::uint64_t bytes);

/// The body of a request as it arrives. One of a known length is received where it stays; chunks pass through the
/// connection's buffer, frames of HTTP/2 come by append(). Memory is taken from the budget of all bodies as the body
/// arrives, not as it is announced.
///
/// Thread: one.    Bound: the length that the head names, which whoever reads has judged; `bytesMax` of what has none.
/// Errors: those of RequestParser::chunks(), and NoMemory: the budget of all bodies is exhausted.
class BodyReader {
public:
    enum class Step { NeedMore, Done, Failed, NoMemory };
    static constexpr std::size_t kAtOnce = 256u << 10;

    /// The body that `head` announces; a head without one is done at once. `held` counts its memory until it is
    /// released, so that all bodies have at most `heldMax`; it is good for as long as bytes come.
    void begin(const RequestHead& head, std::uint64_t bytesMax, BodyBytes& held, std::uint64_t heldMax);
    /// Takes what the connection's buffer holds; chunks all pass through it.
    Step take(InBuffer& in, RequestParser& parser);
    /// Space for the next bytes, to be followed by commit(). Failed: `inMax` bytes hold no complete chunk.
    Step prepare(InBuffer& in, std::size_t inMax, net::mutable_buffer& space);
    void commit(InBuffer& in, std::size_t count);
    /// A piece without framing. Failed: the body exceeds `bytesMax`.
    Step append(std::string_view bytes);

    /// Bytes that have come.
    std::uint64_t received() const { return received_; }
    const std::string& text() const { return text_; }  ///< complete once a step was Done
    /// The body itself, which is no longer here.
    std::string takeText();
    /// Gives its memory back.
    void release();

private:
    Step takeWhole(InBuffer& in);
    bool grow(std::size_t needed);

    std::string text_;
    std::size_t have_ = 0;  // of `text_`, where the length is known: the rest of it is space
    std::uint64_t length_ = 0, bytesMax_ = 0, received_ = 0;
    bool chunked_ = false;
    BodyBytes* held_ = nullptr;
    std::uint64_t heldMax_ = 0;
};

}  // namespace millrace::http
