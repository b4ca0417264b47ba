// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "http/h2_out.h"

#include <cstddef>
#include <string>

namespace millrace::testing {

/// All that waits to be written, taken out.
inline std::string taken(http::H2Out& out)
{
    std::string all;
    while (!out.empty()) {
        struct Piece {
            char* data;
            std::size_t size;
        } pieces[64];
        const std::size_t count = out.gather(pieces);
        const std::size_t before = all.size();
        for (std::size_t i = 0; i < count; ++i) all.append(pieces[i].data, pieces[i].size);
        out.consume(all.size() - before);
    }
    return all;
}

}  // namespace millrace::testing
