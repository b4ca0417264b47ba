// SPDX-License-Identifier: GPL-3.0-or-later
#include "runtime/sampler.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace millrace::runtime {

std::size_t pickToken(std::span<const float> logits, double temperature, double topP, Random& random)
{
    if (logits.empty()) return 0;
    const auto likeliest = static_cast<std::size_t>(std::max_element(logits.begin(), logits.end()) - logits.begin());
    if (temperature <= 0.0) return likeliest;

    std::vector<double> chances(logits.size());
    double total = 0.0;
    for (std::size_t token = 0; token < logits.size(); ++token) {
        chances[token] =
            std::exp((static_cast<double>(logits[token]) - static_cast<double>(logits[likeliest])) / temperature);
        total += chances[token];
    }
    std::vector<std::size_t> order(logits.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return chances[a] > chances[b]; });

    double kept = 0.0;
    std::size_t count = 0;
    while (count < order.size() && (count == 0 || kept < topP * total)) kept += chances[order[count++]];
    double drawn = random.unit() * kept;
    for (std::size_t at = 0; at < count; ++at) {
        drawn -= chances[order[at]];
        if (drawn < 0.0) return order[at];
    }
    return order[count - 1];
}

}  // namespace millrace::runtime
