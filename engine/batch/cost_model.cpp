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
    samples_.push({static_cast<double>(rows), ms});
    refit();
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
    double rowsSum = 0;
    double msSum = 0;
    double smallest = samples_.newest().rows;
    double largest = smallest;
    for (const Sample& sample : samples_.values()) {
        rowsSum += sample.rows;
        msSum += sample.ms;
        smallest = std::min(smallest, sample.rows);
        largest = std::max(largest, sample.rows);
    }
    meanRows_ = rowsSum / count;
    meanMs_ = msSum / count;

    if (samples_.size() < kFitMin || largest < kSpreadMin * smallest) {
        // The line of earlier, more varied runs keeps its shape and is moved to what runs take now.
        if (fit_ && fit_->at(meanRows_) > 0) {
            const double scale = meanMs_ / fit_->at(meanRows_);
            fit_->baseMs *= scale;
            fit_->perRowMs *= scale;
        }
        return;
    }
    double rowsRows = 0;
    double rowsMs = 0;
    double rawRowsRows = 0;
    double rawRowsMs = 0;
    for (const Sample& sample : samples_.values()) {
        rowsRows += (sample.rows - meanRows_) * (sample.rows - meanRows_);
        rowsMs += (sample.rows - meanRows_) * (sample.ms - meanMs_);
        rawRowsRows += sample.rows * sample.rows;
        rawRowsMs += sample.rows * sample.ms;
    }
    Fit line;
    line.perRowMs = rowsMs / rowsRows;
    line.baseMs = meanMs_ - line.perRowMs * meanRows_;
    if (line.perRowMs < 0) {
        line.perRowMs = 0;
        line.baseMs = meanMs_;
    } else if (line.baseMs < 0) {
        line.baseMs = 0;
        line.perRowMs = rawRowsMs / rawRowsRows;
    }
    fit_ = line;
}

}  // namespace millrace::batch
