// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"

#include <boost/asio/buffer.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <string_view>

namespace millrace::http {

/// Bytes received and not yet used. Small while idle.
class InBuffer {
public:
    static constexpr std::size_t kStart = 4096;

    std::string_view view() const { return {bytes_.get() + begin_, end_ - begin_}; }
    std::size_t size() const { return end_ - begin_; }
    bool empty() const { return begin_ == end_; }
    /// No space is left behind what is held.
    bool full() const { return end_ == capacity_; }
    void consume(std::size_t count);
    /// Space for more bytes, so that at most `most` are held; empty: that many are held already. Bytes held stay, even
    /// if `most` is smaller than before.
    net::mutable_buffer prepare(std::size_t most);
    /// `count`: at most the space that prepare() gave.
    void commit(std::size_t count);
    /// Grows to `capacity` bytes; never shrinks.
    void reserve(std::size_t capacity);
    /// Memory taken.
    std::size_t capacity() const { return capacity_; }
    /// Frees all memory, if nothing is held.
    void release();
    /// The same, unless it is no more than is kept for the next request.
    void releaseLarge()
    {
        if (capacity_ > kStart) release();
    }

private:
    std::unique_ptr<char[]> bytes_;  // not a string: what is about to be overwritten need not be cleared
    std::size_t capacity_ = 0, begin_ = 0, end_ = 0;
};

/// The pieces of one gather write.
struct Pieces {
    std::array<net::const_buffer, 5> all;
    std::size_t count = 0;

    void add(std::string_view bytes) { all[count++] = net::const_buffer(bytes.data(), bytes.size()); }
    std::size_t left() const;
    void consume(std::size_t bytes);
};

}  // namespace millrace::http
