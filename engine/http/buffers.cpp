// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/buffers.h"

#include "base/check.h"
#include "base/free_buffer.h"

#include <algorithm>

namespace millrace::http {

void InBuffer::consume(std::size_t count)
{
    MR_CHECK(count <= size());
    begin_ += count;
    if (begin_ == end_) begin_ = end_ = 0;
}

net::mutable_buffer InBuffer::prepare(std::size_t most)
{
    if (end_ == bytes_.size() && begin_ > 0) {
        std::copy(bytes_.begin() + static_cast<std::ptrdiff_t>(begin_),
                  bytes_.begin() + static_cast<std::ptrdiff_t>(end_), bytes_.begin());
        end_ -= begin_;
        begin_ = 0;
    }
    // Never smaller: the limit may have been higher when these bytes were taken.
    if (const std::size_t grown = std::min(std::max(kStart, 2 * bytes_.size()), most);
        end_ == bytes_.size() && grown > bytes_.size())
        bytes_.resize(grown);
    const std::size_t room = std::min(bytes_.size() - end_, most - std::min(most, size()));
    return {bytes_.data() + end_, room};
}

void InBuffer::commit(std::size_t count)
{
    MR_CHECK(count <= bytes_.size() - end_);
    end_ += count;
}

void InBuffer::reserve(std::size_t capacity)
{
    if (capacity > bytes_.size()) bytes_.resize(capacity);
}

void InBuffer::release()
{
    if (empty()) freeBuffer(bytes_);
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
