// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/shared_bytes.h"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::http {

/// An output queue for gather writes: small pieces are copied together, large ones are kept by reference.
///
///     out.add(frameHead);
///     out.add(body, body.view());
///     const_buffer pieces[8];
///     const auto count = out.gather(pieces);                   // for one sendmsg()
///     out.consume(sent);
///
/// Thread: one. Bound: none; whoever fills it checks size().
class H2Out {
public:
    static constexpr std::size_t kCopiedMax = 4096;  ///< larger pieces are kept by reference

    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    void add(std::string_view bytes);
    /// REQUIRES: `bytes` are a part of `whole`.
    void add(const SharedBytes& whole, std::string_view bytes);
    /// Fills `out` with the first pieces and returns how many. `Buffer` is constructible from {pointer, size}.
    template <typename Buffer, std::size_t N>
    std::size_t gather(Buffer (&out)[N]) const
    {
        std::size_t count = 0;
        for (std::size_t i = first_; i < pieces_.size() && count < N; ++i) {
            const std::string_view bytes = view(pieces_[i]);
            out[count++] = Buffer{const_cast<char*>(bytes.data()), bytes.size()};
        }
        return count;
    }
    /// The first `count` bytes have been written.
    void consume(std::size_t count);

private:
    struct Piece {
        std::shared_ptr<const void> owner;
        const char* kept;  // none: in copied_
        std::size_t begin, size;
    };
    std::string_view view(const Piece& piece) const
    {
        return {(piece.kept != nullptr ? piece.kept : copied_.data()) + piece.begin, piece.size};
    }

    std::string copied_;
    std::vector<Piece> pieces_;
    std::size_t first_ = 0, size_ = 0;
};

}  // namespace millrace::http
