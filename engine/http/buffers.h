// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"

#include <boost/asio/buffer.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <string_view>

namespace millrace::http {

/// A receive buffer: bytes are committed at the end and consumed at the front. Takes memory only while it holds bytes,
/// so that an idle connection is small.
///
///     const auto space = in.prepare(limit);
///     in.commit(reader.receive(space, error));
///     in.consume(parse(in.view()));
///
/// Thread: one.
class InBuffer {
public:
    static constexpr std::size_t kStart = 4096;

    std::string_view view() const { return {bytes_.get() + begin_, end_ - begin_}; }
    std::size_t size() const { return end_ - begin_; }
    bool empty() const { return begin_ == end_; }
    /// No space left behind the held bytes.
    bool full() const { return end_ == capacity_; }
    void consume(std::size_t count);
    /// Space for more bytes, such that at most `most` are held; empty: the limit is reached. Held bytes are kept even
    /// if `most` is smaller than before. Invalidates view().
    net::mutable_buffer prepare(std::size_t most);
    /// REQUIRES: `count` is at most the size of the space that prepare() returned.
    void commit(std::size_t count);
    /// Grows to `capacity` bytes; never shrinks.
    void reserve(std::size_t capacity);
    /// Bytes of memory allocated.
    std::size_t capacity() const { return capacity_; }
    /// Frees all memory, if nothing is held.
    void release();
    /// The same, but keeps kStart bytes for the next request.
    void releaseLarge()
    {
        if (capacity_ > kStart) release();
    }

private:
    std::unique_ptr<char[]> bytes_;  // not a string: that would zero memory that is about to be overwritten
    std::size_t capacity_ = 0, begin_ = 0, end_ = 0;
};

/// The pieces of one gather write; views, which the caller keeps valid. REQUIRES: at most five.
struct Pieces {
    std::array<net::const_buffer, 5> all;
    std::size_t count = 0;

    void add(std::string_view bytes) { all[count++] = net::const_buffer(bytes.data(), bytes.size()); }
    std::size_t left() const;
    void consume(std::size_t bytes);
};

}  // namespace millrace::http
