// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/buffers.h"

#include "base/check.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace millrace::http {

void InBuffer::consume(std::size_t count)
{
    MR_CHECK(count <= size());
    begin_ += count;
    if (begin_ == end_) begin_ = end_ = 0;
}

net::mutable_buffer InBuffer::prepare(std::size_t most)
{
    if (end_ == capacity_ && begin_ > 0) {
        std::memmove(bytes_.get(), bytes_.get() + begin_, size());
        end_ -= begin_;
        begin_ = 0;
    }
    // Never smaller: the limit may have been higher when these bytes were taken.
    if (end_ == capacity_) reserve(std::min(std::max(kStart, 2 * capacity_), most));
    const std::size_t space = std::min(capacity_ - end_, most - std::min(most, size()));
    return {bytes_.get() + end_, space};
}

void InBuffer::commit(std::size_t count)
{
    MR_CHECK(count <= capacity_ - end_);
    end_ += count;
}

void InBuffer::reserve(std::size_t capacity)
{
    if (capacity <= capacity_) return;
    auto larger = std::make_unique_for_overwrite<char[]>(capacity);
    if (!empty()) std::memcpy(larger.get(), bytes_.get() + begin_, size());
    bytes_ = std::move(larger);
    capacity_ = capacity;
    end_ -= begin_;
    begin_ = 0;
}

void InBuffer::release()
{
    if (!empty()) return;
    bytes_.reset();
    capacity_ = begin_ = end_ = 0;
}

std::size_t Pieces::left() const
{
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < count; ++i) bytes += all[i].size();
    return bytes;
}

void Pieces::consume(std::size_t bytes)
{
    for (std::size_t i = 0; i < count && bytes > 0; ++i) {
        const std::size_t part = std::min(bytes, all[i].size());
        all[i] += part;
        bytes -= part;
    }
}

}  // namespace millrace::http
