// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/ring.h"
#include "load/load_words.h"

#include <cstdint>
#include <optional>

namespace millrace::load {

/// The least probability for which a model is preloaded. Starts at the setting, rises while preloads are wasted, and
/// falls back to the setting with hits and with time.
///
///     if (probability >= policy.threshold()) preload(model);
///     policy.recordOutcome(verdict);  // when it is known whether the preload was used
///
/// Pure core. Bound: kWindow verdicts.
class PreloadPolicy {
public:
    static constexpr std::size_t kWindow = 32;  ///< newest verdicts that count
    static constexpr std::size_t kEnough = 8;   ///< below this number of verdicts the threshold stays
    static constexpr double kUsedMin = 0.5;     ///< share of used preloads below which the threshold rises
    static constexpr double kStep = 0.05;
    static constexpr double kMost = 0.9;
    static constexpr double kFade = 0.002;  ///< per request, towards the setting

    explicit PreloadPolicy(double threshold) : floor_(threshold), threshold_(threshold) {}

    void setFloor(double threshold);
    double threshold() const { return threshold_; }
    void recordOutcome(Verdict verdict);
    /// Call for each request: the threshold decays towards the setting, so that preloads are tried again even where
    /// none has reached it.
    void passed() { threshold_ -= kFade * (threshold_ - floor_); }
    /// Share of used preloads among the newest verdicts; empty: too few verdicts.
    std::optional<double> used() const;
    void restore(double threshold);

private:
    double floor_;
    double threshold_;
    Ring<bool> verdicts_{kWindow};
};

}  // namespace millrace::load
