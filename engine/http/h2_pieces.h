// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/shared_bytes.h"

#include <cstddef>
#include <utility>
#include <vector>

namespace millrace::http {

/// A FIFO of what a stream has to send: a vector, since it holds mostly one or two pieces and is drained completely.
class H2Pieces {
public:
    void push(SharedBytes piece) { pieces_.push_back(std::move(piece)); }
    const SharedBytes& front() const { return pieces_[first_]; }
    void pop()
    {
        pieces_[first_] = {};
        if (++first_ < pieces_.size()) return;
        clear();
    }
    void clear()
    {
        pieces_.clear();
        first_ = 0;
    }

private:
    std::vector<SharedBytes> pieces_;
    std::size_t first_ = 0;
};

}  // namespace millrace::http
