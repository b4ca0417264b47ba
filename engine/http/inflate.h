// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace millrace::http {

/// Incremental decompression of gzip (all members, RFC 1952, 2.2) or zlib data, detected from the first bytes. The
/// caller limits the output of every call, so that a small body cannot expand without bound.
///
///     Inflater inflater;
///     for (;;) {
///         const auto turn = inflater.inflate(packed, out, bytesMax - out.size());
///         if (!turn.ok()) return turn.status();
///         packed.remove_prefix(turn->used);
///         if (!turn->more) break;                              // complete if turn->ended
///         if (out.size() == bytesMax) return tooLarge();
///     }
///
/// Thread: one. Memory: about 40 KiB besides the output.
class Inflater {
public:
    Inflater();
    ~Inflater();
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;

    struct Turn {
        std::size_t used = 0;  ///< bytes of `packed` consumed
        bool ended = false;    ///< at the end of a member: the input is complete if nothing follows
        bool more = false;     ///< call again: output is pending, or `packed` is not used up
    };
    /// Appends at most `most` bytes to `out`. InvalidArgument: not gzip or zlib data, damaged, or followed by other
    /// bytes.
    StatusOr<Turn> inflate(std::string_view packed, std::string& out, std::size_t most);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::http
