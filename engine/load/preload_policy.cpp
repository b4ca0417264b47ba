// SPDX-License-Identifier: GPL-3.0-or-later
#include "load/preload_policy.h"

#include <algorithm>

namespace millrace::load {

void PreloadPolicy::setFloor(double threshold)
{
    if (threshold == floor_) return;
    floor_ = threshold;
    threshold_ = threshold;
}

std::optional<double> PreloadPolicy::used() const
{
    if (verdicts_.size() < kEnough) return std::nullopt;
    const auto& all = verdicts_.values();
    return static_cast<double>(std::count(all.begin(), all.end(), true)) / static_cast<double>(all.size());
}

void PreloadPolicy::recordOutcome(Verdict verdict)
{
    const bool good = verdict != Verdict::Wasted;
    verdicts_.push(good);
    const auto share = used();
    if (!share) return;
    const double most = std::max(kMost, floor_);
    if (!good && *share < kUsedMin) threshold_ = std::min(most, threshold_ + kStep);
    if (good && *share >= kUsedMin) threshold_ = std::max(floor_, threshold_ - kStep);
}

void PreloadPolicy::restore(double threshold)
{
    threshold_ = std::clamp(threshold, floor_, std::max(kMost, floor_));
}

}  // namespace millrace::load
