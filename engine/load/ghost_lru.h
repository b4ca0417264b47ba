// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <list>
#include <unordered_map>

namespace millrace::load {

/// The models that plain LRU would have in the same memory: the reference for the loader's own evictions. It only keeps
/// books, and loads nothing.
///
///     if (!ghost.request(model, bytes, limits)) ++loadsOfLru;
///
/// Pure core. Bound: the models that fit.
class GhostLru {
public:
    struct Limits {
        std::uint64_t bytesMax = 0;
        std::uint32_t modelsMax = 0;  ///< 0: bounded by bytes only
    };

    /// Records a request; true if LRU would have served it without a load. O(1), and cheapest for the model of the
    /// previous request, which is the usual case.
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
