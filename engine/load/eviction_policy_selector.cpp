// SPDX-License-Identifier: GPL-3.0-or-later
#include "load/eviction_policy_selector.h"

#include <algorithm>
#include <cmath>

namespace millrace::load {

const char* name(EvictionPolicy policy)
{
    switch (policy) {
        case EvictionPolicy::Blend:
            return "forecast and frequency";
        case EvictionPolicy::Change:
            return "forecast";
        case EvictionPolicy::Recent:
            return "last use";
    }
    return "";
}

bool EvictionPolicySelector::would(EvictionPolicy policy, std::uint32_t model, std::uint64_t bytes,
                                   const GhostLru::Limits& limits, const Value& value)
{
    std::vector<Held>& resident = held_[static_cast<std::size_t>(policy)];
    const auto place =
        std::find_if(resident.begin(), resident.end(), [&](const Held& entry) { return entry.model == model; });
    const bool warm = place != resident.end();
    if (warm) {
        place->bytes = bytes;
    } else {
        resident.push_back({model, bytes});
    }
    std::uint64_t sum = 0;
    for (const Held& entry : resident) sum += entry.bytes;
    while (resident.size() > 1 &&
           (sum > limits.bytesMax || (limits.modelsMax > 0 && resident.size() > limits.modelsMax))) {
        std::size_t least = resident.size();
        double leastDensity = 0;
        for (std::size_t index = 0; index < resident.size(); ++index) {
            if (resident[index].model == model) continue;
            const double density = value(resident[index].model, policy) /
                                   static_cast<double>(std::max<std::uint64_t>(resident[index].bytes, 1));
            if (least < resident.size() && density >= leastDensity) continue;
            least = index;
            leastDensity = density;
        }
        sum -= resident[least].bytes;
        resident.erase(resident.begin() + static_cast<std::ptrdiff_t>(least));
    }
    return warm;
}

void EvictionPolicySelector::request(std::uint32_t model, std::uint64_t bytes, const GhostLru::Limits& limits,
                                     bool lruWarm, const Value& value)
{
    if (model == last_) return;  // whatever was done, it is there
    last_ = model;
    static const double keep = std::exp2(-1 / kHalfLife);
    for (EvictionPolicy policy : kEvictionPolicies) {
        const bool warm = policy == EvictionPolicy::Recent ? lruWarm : would(policy, model, bytes, limits, value);
        double& score = scores_[static_cast<std::size_t>(policy)];
        score = score * keep + (warm ? 1 : 0);
    }
    for (EvictionPolicy policy : kEvictionPolicies)
        if (score(policy) > score(best_) + kMargin) best_ = policy;
}

void EvictionPolicySelector::forget(std::uint32_t model)
{
    for (auto& resident : held_) std::erase_if(resident, [&](const Held& entry) { return entry.model == model; });
    if (last_ == model) last_ = ~0u;
}

}  // namespace millrace::load
