// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/ring.h"
#include "load/load_words.h"

#include <cstdint>
#include <optional>

namespace millrace::load {

/// From which probability on loading ahead is tried. Starts where the setting says; rises while preloads go to waste,
/// comes back when they hit. Pure core. Bound: kWindow verdicts.
class PreloadPolicy {
public:
    static constexpr std::size_t kWindow = 32;  ///< verdicts that decide
    static constexpr std::size_t kEnough = 8;   ///< fewer say nothing
    static constexpr double kUsedMin = 0.5;     ///< share of preloads that must have been of use
    static constexpr double kStep = 0.05;
    static constexpr double kMost = 0.9;
    static constexpr double kFade = 0.002;  ///< a request

    explicit PreloadPolicy(double threshold) : floor_(threshold), threshold_(threshold) {}

    void setFloor(double threshold);
    double threshold() const { return threshold_; }
    void recordOutcome(Verdict verdict);
    /// A request passed: what was learned from waste fades, so that a threshold nothing reaches any more is tried
    /// again.
    void passed() { threshold_ -= kFade * (threshold_ - floor_); }
    /// Of the newest verdicts; empty: too few.
    std::optional<double> used() const;
    void restore(double threshold);

private:
    double floor_;
    double threshold_;
    Ring<bool> verdicts_{kWindow};
};

}  // namespace millrace::load
