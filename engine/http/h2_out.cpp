// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/h2_out.h"

#include <algorithm>

namespace millrace::http {

namespace {

constexpr std::size_t kKept = 16384;  // capacity of the copy buffer that is kept once all is written

}  // namespace

void H2Out::add(std::string_view bytes)
{
    if (bytes.empty()) return;
    if (!pieces_.empty() && first_ < pieces_.size() && pieces_.back().kept == nullptr)
        pieces_.back().size += bytes.size();
    else
        pieces_.push_back({nullptr, nullptr, copied_.size(), bytes.size()});
    copied_.append(bytes);
    size_ += bytes.size();
}

void H2Out::add(const SharedBytes& whole, std::string_view bytes)
{
    if (bytes.size() <= kCopiedMax) return add(bytes);
    pieces_.push_back({whole.owner(), bytes.data(), 0, bytes.size()});
    size_ += bytes.size();
}

void H2Out::consume(std::size_t count)
{
    size_ -= count;
    while (count > 0) {
        Piece& piece = pieces_[first_];
        const std::size_t taken = std::min(count, piece.size);
        piece.begin += taken;
        piece.size -= taken;
        count -= taken;
        if (piece.size > 0) return;
        piece.owner.reset();
        ++first_;
    }
    if (first_ < pieces_.size()) return;
    pieces_.clear();
    first_ = 0;
    copied_.clear();
    if (copied_.capacity() > kKept) copied_.shrink_to_fit();
}

}  // namespace millrace::http
