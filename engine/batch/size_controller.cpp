// SPDX-License-Identifier: GPL-3.0-or-later
#include "batch/size_controller.h"

#include "batch/words.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace millrace::batch {

namespace {

constexpr double kSigmas = 3;         // what stands out from the noise
constexpr double kCut = 0.9;          // Clipper's tenth
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
        why_ = words("fixed at %u rows: adaptive size is off", limit_);
    } else if (restart) {
        limit_ = std::clamp(options_.initial, options_.min, options_.max);
        why_ = words("started at %u rows", limit_);
    } else if (const auto fitting = std::clamp(limit_, options_.min, options_.max); fitting != limit_) {
        why_ = words("changed from %u to %u rows: the settings allow %u to %u", limit_, fitting, options_.min,
                     options_.max);
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
            return moveTo(before, words("reverted from %u to %u rows: a row took %.3g ms instead of %.3g ms", limit_,
                                        before, is, was));
        }
    }

    if (latency - noise > goal) {
        // A member waits for the run under way and then for its own: two runs, at worst, are the size's doing.
        const bool queue = 2 * run <= goal;
        if (queue) {
            // Larger batches carry more; as large, that two runs still hold the goal.
            std::uint32_t most = options_.max;
            if (cost && cost->perRowMs > 0)
                most = static_cast<std::uint32_t>(
                    std::clamp((goal / 2 - cost->baseMs) / cost->perRowMs, 0.0, static_cast<double>(options_.max)));
            if (filling && most > limit_)
                return grow(window, most,
                            words("requests take %.3g ms in total, but a run only %.3g ms", latency, run));
            why_ = words(
                "stays at %u rows: requests take %.3g ms (goal %.3g ms), but a run only %.3g ms; queueing is the "
                "reason",
                limit_, latency, goal, run);
            return false;
        }
        if (cost && cost->at(1) >= goal) {
            why_ = words("stays at %u rows: a run of one row takes %.3g ms; no size meets the goal of %.3g ms", limit_,
                         cost->at(1), goal);
            return false;
        }
        const std::uint32_t used = std::min(limit_, window.rowsLargest);
        if (cost && cost->perRowMs * used < cost->baseMs) {
            why_ = words(
                "stays at %u rows: requests take %.3g ms (goal %.3g ms), but %.3g ms of a run do not depend on "
                "its size",
                limit_, latency, goal, cost->baseMs);
            return false;
        }
        const auto cut = static_cast<std::uint32_t>(std::floor(used * kCut));
        return moveTo(cut, words("reduced from %u to %u rows: requests take %.3g ms, the goal is %.3g ms", limit_,
                                 std::max(cut, options_.min), latency, goal));
    }
    if (latency + noise < goal && filling)
        return grow(window, options_.max, words("requests take %.3g of %.3g ms", latency, goal));
    return false;
}

bool SizeController::grow(const Window& window, std::uint32_t most, const std::string& because)
{
    if (growthBarred_ > 0 || limit_ >= most) return false;
    const std::uint32_t step = std::max<std::uint32_t>(1, std::min(options_.initial, limit_) / kSteps);
    const std::uint32_t to = std::min(most, limit_ + step);
    const std::uint32_t from = limit_;
    if (!moveTo(to, words("increased from %u to %u rows: %u of %u batches were full and %s", from, to, window.filled,
                          window.batches, because.c_str()))) {
        return false;
    }
    grownFrom_ = from;
    rowMsBefore_ = window.rowMs;
    return true;
}

bool SizeController::moveTo(std::uint32_t limit, std::string why)
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
