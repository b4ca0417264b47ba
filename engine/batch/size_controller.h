// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/sentence.h"
#include "batch/cost_model.h"
#include "setting_defaults.h"

#include <cstdint>
#include <optional>
#include <string>

namespace millrace::batch {

/// Adapts the largest batch size in rows: additive increase while the latency goal is met and batches reach the limit,
/// a decrease by 10 % when the goal is missed because of the size; reacts only to statistically significant
/// differences.
///
///     lane.setLimit(controller.limit());
///     if (controller.add({rows, wasFull, latency, run}, lane.cost().fit())) lane.setLimit(controller.limit());
///
/// Pure. Thread: one. Decides once per window of kWindow batches; why() explains the latest decision. It does not
/// decrease when that cannot help: when queueing is the cause, or the cost of a run hardly depends on its size. A step
/// that makes rows more expensive is reverted (the knee), and not repeated for kKneeWindows windows.
/// Source: Clipper (NSDI 2017), additive growth and a cut of 10 %; engine/docs/batch.md.
class SizeController {
public:
    static constexpr std::uint32_t kWindow = 16;
    static constexpr std::uint32_t kKneeWindows = 32;

    struct Options {  // those of batch::Options; 0 as there
        std::uint32_t initial = defaults::batcher::kSizeInitial;
        std::uint32_t min = defaults::batcher::kSizeMin;
        std::uint32_t max = defaults::batcher::kSizeMax;
        bool adaptive = defaults::batcher::kAdaptive;
        Duration goal = defaults::batcher::kLatencyGoal;
        bool operator==(const Options&) const = default;
    };
    struct Batch {
        std::uint32_t rows = 0;
        bool filled = false;  ///< dispatched because it was full
        Duration latency{};   ///< mean of its members, arrival to answer
        Duration run{};
    };

    explicit SizeController(const Options& options) { apply(options); }

    /// Keeps what was learned, as far as the new bounds allow.
    void apply(const Options& options);
    /// Reports a completed batch. True: the limit changed.
    bool add(const Batch& batch, const std::optional<CostModel::Fit>& cost);

    std::uint32_t limit() const { return limit_; }
    /// Why the limit has its value.
    const Sentence& why() const { return why_; }

private:
    /// Mean and its standard error, by running sums.
    class Mean {
    public:
        void add(double value);
        double value() const { return count_ == 0 ? 0 : mean_; }
        double error() const;
        std::uint32_t count() const { return count_; }

    private:
        std::uint32_t count_ = 0;
        double mean_ = 0;
        double squares_ = 0;
    };
    struct Window {
        Mean latencyMs;
        Mean runMs;
        Mean rowMs;  ///< run per row, of batches that filled the limit
        std::uint32_t batches = 0;
        std::uint32_t filled = 0;
        std::uint32_t rowsLargest = 0;
    };

    bool decide(const Window& window, const std::optional<CostModel::Fit>& cost);
    bool moveTo(std::uint32_t limit, Sentence why);
    bool grow(const Window& window, std::uint32_t most, Phrase phrase, double ms, double ofMs);

    Options options_;
    std::uint32_t limit_ = 0;
    Sentence why_;
    Window window_;
    std::uint32_t skip_ = 0;          ///< batches started before the latest change, to be ignored
    std::uint32_t growthBarred_ = 0;  ///< windows until growth is tried again
    std::uint32_t grownFrom_ = 0;     ///< the limit before the latest increase, until that is evaluated; 0: none
    Mean rowMsBefore_;                ///< of the window before that growth
};

}  // namespace millrace::batch
