// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace millrace::http {

/// Decompresses gzip or zlib data piece by piece, to at most the size given: a small body cannot become a huge one.
/// All members of a gzip file are decompressed (RFC 1952, 2.2).
/// Thread: one. Memory: about 40 KB besides the output.
class Inflater {
public:
    Inflater();
    ~Inflater();
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;

    struct Turn {
        std::size_t used = 0;  ///< of the packed bytes
        bool ended = false;    ///< the packed data may end here
        bool more = false;     ///< ask again: there may be more to come of what was taken, or members of what was not
    };
    /// Appends at most `most` bytes to `out` and says how much of `packed` that took. InvalidArgument: no
    /// gzip, or something else follows it.
    StatusOr<Turn> inflate(std::string_view packed, std::string& out, std::size_t most);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::http
