// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "http/buffers.h"
#include "http/request_head.h"
#include "http/request_parser.h"

#include <boost/asio/buffer.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace millrace::http {

/// When a body that began then, and of which so many bytes have come, has taken too long: `most` after each sign of
/// life, but the whole must come on, too.
TimePoint bodyDeadline(TimePoint began, TimePoint now, Duration most, std::uint64_t bytes);

/// The body of a request as it arrives. One of a known length is received where it stays; chunks pass through the
/// connection's buffer. Memory is taken as the body comes, not as it is announced.
///
/// Thread: one.    Bound: the length that the head names, which whoever reads has judged; `bytesMax` of chunks.
/// Errors: those of RequestParser::chunks().
class BodyReader {
public:
    using Step = RequestParser::Step;
    static constexpr std::size_t kAtOnce = 256u << 10;

    /// The body that `head` announces; a head without one is done at once.
    void begin(const RequestHead& head, std::uint64_t bytesMax);
    /// Bytes of memory that the body has once room() was called, for whoever has to be asked before they are taken. (Of
    /// chunks it is not known before: what it has now.)
    std::size_t needs() const;
    /// What is in the connection's buffer already, and of chunks all that ever comes.
    Step take(InBuffer& in, RequestParser& parser);
    /// Room for what comes next; empty: `inMax` bytes of chunks make no sense. commit() tells how much of it came.
    net::mutable_buffer room(InBuffer& in, std::size_t inMax);
    void commit(InBuffer& in, std::size_t count);

    /// Bytes that have come.
    std::uint64_t received() const { return received_; }
    const std::string& text() const { return text_; }  ///< complete once a step was Done
    /// The body itself, which is no longer here.
    std::string takeText();
    /// Gives its memory back.
    void release();

private:
    std::size_t nextSize() const;

    std::string text_;
    std::size_t have_ = 0;  // of `text_`, where the length is known: the rest of it is room
    std::uint64_t length_ = 0, bytesMax_ = 0, received_ = 0;
    bool chunked_ = false;
};

}  // namespace millrace::http
