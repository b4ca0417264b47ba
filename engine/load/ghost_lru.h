// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <list>
#include <unordered_map>

namespace millrace::load {

/// What plain LRU with the same memory would have had warm: the yardstick for our own choice of what to keep.
/// Pure core; it moves no model. Bound: the models that fit.
class GhostLru {
public:
    struct Limits {
        std::uint64_t bytesMax = 0;
        std::uint32_t modelsMax = 0;  ///< 0: bounded by bytes only
    };

    /// A request for `model`; true when LRU would have served it without a load. The newest request is free of cost
    /// when it repeats the last one, which is most of them.
    bool request(std::uint32_t model, std::uint64_t bytes, const Limits& limits);
    void forget(std::uint32_t model);
    bool holds(std::uint32_t model) const { return places_.contains(model); }
    std::uint64_t bytes() const { return bytes_; }

private:
    struct Held {
        std::uint32_t model;
        std::uint64_t bytes;
    };
    std::list<Held> order_;  // newest first
    std::unordered_map<std::uint32_t, std::list<Held>::iterator> places_;
    std::uint64_t bytes_ = 0;
};

}  // namespace millrace::load
