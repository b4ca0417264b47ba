// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "load/ghost_lru.h"

#include <array>
#include <cstdint>
#include <functional>
#include <vector>

namespace millrace::load {

/// Ways to say what a model in memory is worth. No single one is best for all traffic.
enum class Worth : std::uint8_t {
    Blend,   ///< the next request's forecast and the frequency on short, middle and long view
    Change,  ///< the forecast of what comes when the model changes
    Recent,  ///< the longest unused is worth least: LRU
};
inline constexpr std::array kWorths{Worth::Blend, Worth::Change, Worth::Recent};
const char* name(Worth worth);

/// Which way keeps the right models, found by keeping books of what each would have had in memory.
/// LRU is among them: where it is right, it is what is done.
/// Pure core; it moves no model. Bound: for each way the models that fit.
class EvictionPolicySelector {
public:
    static constexpr double kHalfLife = 800;  ///< requests for another model than the last
    static constexpr double kMargin = 2;      ///< hits by which another way must be ahead to be taken

    using Value = std::function<double(std::uint32_t model, Worth worth)>;

    /// A request for `model`; `lruWarm`: whether LRU had it. `value` as of before it.
    void request(std::uint32_t model, std::uint64_t bytes, const GhostLru::Limits& limits, bool lruWarm,
                 const Value& value);
    void forget(std::uint32_t model);
    Worth best() const { return best_; }
    double score(Worth worth) const { return scores_[static_cast<std::size_t>(worth)]; }

private:
    struct Held {
        std::uint32_t model;
        std::uint64_t bytes;
    };
    bool would(Worth worth, std::uint32_t model, std::uint64_t bytes, const GhostLru::Limits& limits,
               const Value& value);

    std::array<std::vector<Held>, kWorths.size()> held_;
    std::array<double, kWorths.size()> scores_{};
    std::uint32_t last_ = ~0u;
    Worth best_ = Worth::Blend;
};

}  // namespace millrace::load
