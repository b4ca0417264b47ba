// SPDX-License-Identifier: GPL-3.0-or-later
#include "load/eviction_policy_selector.h"

#include <algorithm>
#include <cmath>

namespace millrace::load {

const char* name(Worth worth)
{
    switch (worth) {
        case Worth::Blend:
            return "forecast and frequency";
        case Worth::Change:
            return "forecast";
        case Worth::Recent:
            return "last use";
    }
    return "";
}

bool EvictionPolicySelector::would(Worth worth, std::uint32_t model, std::uint64_t bytes,
                                   const GhostLru::Limits& limits, const Value& value)
{
    std::vector<Held>& held = held_[static_cast<std::size_t>(worth)];
    const auto place = std::find_if(held.begin(), held.end(), [&](const Held& each) { return each.model == model; });
    const bool warm = place != held.end();
    if (warm) {
        place->bytes = bytes;
    } else {
        held.push_back({model, bytes});
    }
    std::uint64_t sum = 0;
    for (const Held& each : held) sum += each.bytes;
    while (held.size() > 1 && (sum > limits.bytesMax || (limits.modelsMax > 0 && held.size() > limits.modelsMax))) {
        std::size_t least = held.size();
        double leastWorth = 0;
        for (std::size_t index = 0; index < held.size(); ++index) {
            if (held[index].model == model) continue;
            const double each =
                value(held[index].model, worth) / static_cast<double>(std::max<std::uint64_t>(held[index].bytes, 1));
            if (least < held.size() && each >= leastWorth) continue;
            least = index;
            leastWorth = each;
        }
        sum -= held[least].bytes;
        held.erase(held.begin() + static_cast<std::ptrdiff_t>(least));
    }
    return warm;
}

void EvictionPolicySelector::request(std::uint32_t model, std::uint64_t bytes, const GhostLru::Limits& limits,
                                     bool lruWarm, const Value& value)
{
    if (model == last_) return;  // whatever was done, it is there
    last_ = model;
    static const double keep = std::exp2(-1 / kHalfLife);
    for (Worth worth : kWorths) {
        const bool warm = worth == Worth::Recent ? lruWarm : would(worth, model, bytes, limits, value);
        double& score = scores_[static_cast<std::size_t>(worth)];
        score = score * keep + (warm ? 1 : 0);
    }
    for (Worth worth : kWorths)
        if (score(worth) > score(best_) + kMargin) best_ = worth;
}

void EvictionPolicySelector::forget(std::uint32_t model)
{
    for (auto& held : held_) std::erase_if(held, [&](const Held& each) { return each.model == model; });
    if (last_ == model) last_ = ~0u;
}

}  // namespace millrace::load
