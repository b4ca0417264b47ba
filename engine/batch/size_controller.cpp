// SPDX-License-Identifier: GPL-3.0-or-later
#include "batch/size_controller.h"

#include "phrases.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace millrace::batch {

namespace {

constexpr double kSigmas = 3;         // what stands out from the noise
constexpr double kCut = 0.9;          // Clipper's tenth
constexpr double kLonger = 1.15;      // than two runs: there is a queue besides
constexpr double kDearer = 1.02;      // a row that costs 2 % more, beyond noise, means the knee was passed
constexpr std::uint32_t kSteps = 10;  // a step is a tenth of the first size, or of the present one when that is smaller
constexpr std::uint32_t kWarmUp = 2;  // first runs load caches; they say nothing of later ones

}  // namespace

void SizeController::Mean::add(double value)
{
    ++count_;
    const double delta = value - mean_;
    mean_ += delta / count_;
    squares_ += delta * (value - mean_);
}

double SizeController::Mean::error() const
{
    if (count_ < 2) return 0;
    return std::sqrt(squares_ / (count_ - 1) / count_);
}

void SizeController::apply(const Options& options)
{
    if (limit_ != 0 && options == options_) return;
    const bool restart = limit_ == 0 || options.initial != options_.initial || options.adaptive != options_.adaptive;
    options_ = options;
    options_.max = std::max<std::uint32_t>(options_.max, 1);
    options_.min = std::clamp<std::uint32_t>(options_.min, 1, options_.max);
    growthBarred_ = 0;
    if (!options_.adaptive) {
        limit_ = std::clamp<std::uint32_t>(options_.initial, 1, options_.max);
        why_ = say(Phrase::SizeFixed, Value::rows(limit_));
    } else if (restart) {
        limit_ = std::clamp(options_.initial, options_.min, options_.max);
        why_ = say(Phrase::SizeStarted, Value::rows(limit_));
    } else if (const auto fitting = std::clamp(limit_, options_.min, options_.max); fitting != limit_) {
        why_ = say(Phrase::SizeChanged, limit_, Value::rows(fitting), options_.min, options_.max);
        limit_ = fitting;
    }
    window_ = {};
    grownFrom_ = 0;
    skip_ = kWarmUp;
}

bool SizeController::add(const Batch& batch, const std::optional<CostModel::Fit>& cost)
{
    if (!options_.adaptive || batch.rows == 0) return false;
    if (skip_ > 0) {
        --skip_;
        return false;
    }
    window_.latencyMs.add(toMs(batch.latency));
    window_.runMs.add(toMs(batch.run));
    window_.rowsLargest = std::max(window_.rowsLargest, batch.rows);
    ++window_.batches;
    if (batch.filled) {
        ++window_.filled;
        window_.rowMs.add(toMs(batch.run) / batch.rows);
    }
    if (window_.batches < kWindow) return false;
    const Window window = std::exchange(window_, {});
    if (growthBarred_ > 0) --growthBarred_;
    return decide(window, cost);
}

bool SizeController::decide(const Window& window, const std::optional<CostModel::Fit>& cost)
{
    const double goal = toMs(options_.goal);
    const double latency = window.latencyMs.value();
    const double noise = kSigmas * window.latencyMs.error();
    const double run = window.runMs.value();
    const bool filling = window.filled * 2 >= window.batches;

    if (grownFrom_ != 0 && window.rowMs.count() * 2 >= kWindow) {
        const std::uint32_t before = std::exchange(grownFrom_, 0);
        const double error = std::hypot(window.rowMs.error(), rowMsBefore_.error());
        const double was = rowMsBefore_.value();
        const double is = window.rowMs.value();
        if (is > was * kDearer && is - was > kSigmas * error) {
            growthBarred_ = kKneeWindows;
            return moveTo(before,
                          say(Phrase::SizeReverted, limit_, Value::rows(before), Value::ms(is), Value::ms(was)));
        }
    }

    if (latency - noise > goal) {
        // A member waits for the run in flight and then for its own: two runs, at worst, are the size's doing. Who
        // waits for more has others before it, and smaller batches would only put more of them there.
        const bool longer = filling && latency - noise > 2 * run * kLonger;
        const bool queue = 2 * run <= goal || (longer && run <= goal);
        if (queue) {
            // Larger batches carry more; as large, that what a member waits for at worst still holds the goal, or its
            // own run where a queue has broken that already.
            const double runMost = longer ? goal : goal / 2;
            std::uint32_t most = options_.max;
            if (cost && cost->perRowMs > 0)
                most = static_cast<std::uint32_t>(
                    std::clamp((runMost - cost->baseMs) / cost->perRowMs, 0.0, static_cast<double>(options_.max)));
            if (filling && most > limit_) return grow(window, most, Phrase::SizeIncreasedWaiting, latency, run);
            why_ = say(Phrase::SizeStaysQueueing, Value::rows(limit_), Value::ms(latency), Value::ms(goal),
                       Value::ms(run));
            return false;
        }
        if (cost && cost->at(1) >= goal) {
            why_ = say(Phrase::SizeStaysOneRow, Value::rows(limit_), Value::ms(cost->at(1)), Value::ms(goal));
            return false;
        }
        const std::uint32_t used = std::min(limit_, window.rowsLargest);
        if (cost && cost->perRowMs * used < cost->baseMs) {
            why_ = say(Phrase::SizeStaysFixedCost, Value::rows(limit_), Value::ms(latency), Value::ms(goal),
                       Value::ms(cost->baseMs));
            return false;
        }
        const auto cut = static_cast<std::uint32_t>(std::floor(used * kCut));
        return moveTo(cut, say(Phrase::SizeReduced, limit_, Value::rows(std::max(cut, options_.min)),
                               Value::ms(latency), Value::ms(goal)));
    }
    if (latency + noise < goal && filling) return grow(window, options_.max, Phrase::SizeIncreased, latency, goal);
    return false;
}

bool SizeController::grow(const Window& window, std::uint32_t most, Phrase phrase, double ms, double ofMs)
{
    if (growthBarred_ > 0 || limit_ >= most) return false;
    const std::uint32_t step = std::max<std::uint32_t>(1, std::min(options_.initial, limit_) / kSteps);
    const std::uint32_t to = std::min(most, limit_ + step);
    const std::uint32_t from = limit_;
    if (!moveTo(to, say(phrase, from, Value::rows(to), window.filled, Value(window.batches, Unit::Batches),
                        Value::ms(ms), Value::ms(ofMs)))) {
        return false;
    }
    grownFrom_ = from;
    rowMsBefore_ = window.rowMs;
    return true;
}

bool SizeController::moveTo(std::uint32_t limit, Sentence why)
{
    limit = std::clamp(limit, options_.min, options_.max);
    if (limit == limit_) return false;
    limit_ = limit;
    why_ = std::move(why);
    grownFrom_ = 0;
    skip_ = 1;  // the batch now forming or running was begun under the old limit
    return true;
}

}  // namespace millrace::batch
