// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/ring.h"

#include <cstdint>
#include <optional>

namespace millrace::batch {

/// The time of a run, fitted to the recent ones: base + perRow · rows.
///
///     model.add(32, 4ms);
///     if (const auto& fit = model.fit()) fit->at(64);      // ms
///
/// Pure. Bound: kSamplesMax runs. Least squares; a sample of more than four times the expected value is clamped to
/// that, so that an outlier does not bend the line, while a lasting change shows within a few runs.
class CostModel {
public:
    static constexpr std::size_t kSamplesMax = 64;

    struct Fit {
        double baseMs = 0;    ///< ≥ 0
        double perRowMs = 0;  ///< ≥ 0
        double at(double rows) const { return baseMs + perRowMs * rows; }
    };

    void add(std::uint32_t rows, Duration run);
    /// Empty until runs of different sizes were seen: one size alone does not separate base and slope.
    const std::optional<Fit>& fit() const { return fit_; }
    std::size_t samples() const { return samples_.size(); }
    /// The expected time of a run of `rows`; empty before the first run.
    std::optional<Duration> expected(std::uint32_t rows) const;

private:
    struct Sample {
        double rows;
        double ms;
    };
    /// Of the samples, about zero.
    struct Sums {
        double rows = 0, ms = 0, rowsRows = 0, rowsMs = 0;
        void add(const Sample& sample, double sign);
    };
    void refit();
    void sumUp();

    Ring<Sample> samples_{kSamplesMax};
    Sums sums_;
    double smallest_ = 0, largest_ = 0;  ///< rows
    std::size_t added_ = 0;              ///< since the sums were recomputed
    std::optional<Fit> fit_;
    double meanRows_ = 0;
    double meanMs_ = 0;
};

}  // namespace millrace::batch
