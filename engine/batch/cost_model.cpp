// SPDX-License-Identifier: GPL-3.0-or-later
#include "batch/cost_model.h"

#include <algorithm>

namespace millrace::batch {

namespace {

constexpr double kOutlier = 4;       // times the expected
constexpr std::size_t kTrusted = 8;  // samples before anything counts as an outlier
constexpr std::size_t kFitMin = 3;   // samples before a line is drawn
constexpr double kSpreadMin = 1.5;   // largest rows over smallest: below, the slope is noise

}  // namespace

void CostModel::add(std::uint32_t rows, Duration run)
{
    double ms = std::max(0.0, toMs(run));
    if (samples_.size() >= kTrusted) {
        const auto usual = expected(rows);
        if (usual && *usual > Duration::zero()) ms = std::min(ms, kOutlier * toMs(*usual));
    }
    const Sample sample{static_cast<double>(rows), ms};
    const bool full = samples_.size() == samples_.capacity();
    const std::optional<Sample> leaving = full ? std::optional(samples_.at(samples_.begin())) : std::nullopt;
    samples_.push(sample);
    const bool sameRows = leaving ? leaving->rows == sample.rows
                                  : samples_.size() > 1 && smallest_ <= sample.rows && sample.rows <= largest_;
    if (sameRows && ++added_ < kSamplesMax) {
        if (leaving) sums_.add(*leaving, -1);
        sums_.add(sample, 1);
    } else {
        sumUp();
    }
    refit();
}

void CostModel::Sums::add(const Sample& sample, double sign)
{
    rows += sign * sample.rows;
    ms += sign * sample.ms;
    rowsRows += sign * sample.rows * sample.rows;
    rowsMs += sign * sample.rows * sample.ms;
}

/// Now and then also where nothing asks for it, so that roundings do not add up.
void CostModel::sumUp()
{
    sums_ = {};
    smallest_ = largest_ = samples_.newest().rows;
    for (const Sample& sample : samples_.values()) {
        sums_.add(sample, 1);
        smallest_ = std::min(smallest_, sample.rows);
        largest_ = std::max(largest_, sample.rows);
    }
    added_ = 0;
}

std::optional<Duration> CostModel::expected(std::uint32_t rows) const
{
    if (samples_.empty()) return std::nullopt;
    if (fit_) return fromMs(fit_->at(rows));
    return fromMs(meanMs_);  // one size only, so far: the best guess is that size's time
}

void CostModel::refit()
{
    const auto count = static_cast<double>(samples_.size());
    meanRows_ = sums_.rows / count;
    meanMs_ = sums_.ms / count;

    if (samples_.size() < kFitMin || largest_ < kSpreadMin * smallest_) {
        // The line of earlier, more varied runs keeps its shape and is moved to what runs take now.
        if (fit_ && fit_->at(meanRows_) > 0) {
            const double scale = meanMs_ / fit_->at(meanRows_);
            fit_->baseMs *= scale;
            fit_->perRowMs *= scale;
        }
        return;
    }
    const double rowsRows = sums_.rowsRows - sums_.rows * meanRows_;
    const double rowsMs = sums_.rowsMs - sums_.rows * meanMs_;
    Fit line;
    line.perRowMs = rowsMs / rowsRows;
    line.baseMs = meanMs_ - line.perRowMs * meanRows_;
    if (line.perRowMs < 0) {
        line.perRowMs = 0;
        line.baseMs = meanMs_;
    } else if (line.baseMs < 0) {
        line.baseMs = 0;
        line.perRowMs = sums_.rowsMs / sums_.rowsRows;
    }
    fit_ = line;
}

}  // namespace millrace::batch
