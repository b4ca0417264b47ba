// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "load/ghost_lru.h"

#include <array>
#include <cstdint>
#include <functional>
#include <vector>

namespace millrace::load {

/// Policies for the value of a model in memory. No single one is best for all traffic.
enum class EvictionPolicy : std::uint8_t {
    Blend,   ///< the next request's forecast, and its frequency over short, medium and long times
    Change,  ///< the forecast for the case that the model changes
    Recent,  ///< LRU
};
inline constexpr std::array kEvictionPolicies{EvictionPolicy::Blend, EvictionPolicy::Change, EvictionPolicy::Recent};
const char* name(EvictionPolicy policy);

/// Selects the policy that keeps the right models, from books of what each would have had in memory. LRU is among them,
/// so where LRU is right, it is used.
/// Pure core; loads nothing. Bound: the models that fit, for each policy.
class EvictionPolicySelector {
public:
    static constexpr double kHalfLife = 800;  ///< requests for another model than the last
    static constexpr double kMargin = 2;      ///< hits by which another policy must lead to be selected

    using Value = std::function<double(std::uint32_t model, EvictionPolicy policy)>;

    /// A request for `model`; `lruWarm`: whether LRU had it. `value` as of before it.
    void request(std::uint32_t model, std::uint64_t bytes, const GhostLru::Limits& limits, bool lruWarm,
                 const Value& value);
    void forget(std::uint32_t model);
    EvictionPolicy best() const { return best_; }
    double score(EvictionPolicy policy) const { return scores_[static_cast<std::size_t>(policy)]; }

private:
    struct Held {
        std::uint32_t model;
        std::uint64_t bytes;
    };
    bool would(EvictionPolicy policy, std::uint32_t model, std::uint64_t bytes, const GhostLru::Limits& limits,
               const Value& value);

    std::array<std::vector<Held>, kEvictionPolicies.size()> held_;
    std::array<double, kEvictionPolicies.size()> scores_{};
    std::uint32_t last_ = ~0u;
    EvictionPolicy best_ = EvictionPolicy::Blend;
};

}  // namespace millrace::load
