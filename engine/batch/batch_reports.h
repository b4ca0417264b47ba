// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/event_log.h"
#include "base/metrics.h"
#include "base/ring.h"
#include "batch/batcher.h"
#include "batch/lane_state.h"

#include <cstdint>

namespace millrace::batch {

/// What the batcher reports: its metrics (engine/docs/metrics.md, millrace_batch_*), its events and the newest batches.
/// The counters of one lane are LaneTable's.
///
/// Owner: BatchScheduler. Thread: the strand. Bound: Batcher::kRecentMax batches. Registry and log outlive it.
class BatchReports {
public:
    BatchReports(Registry& registry, EventLog& eventLog);

    void setSizeMax(std::uint32_t rows) { sizeMax_.set(rows); }
    /// The number of requests waiting in lanes has changed by this.
    void waiting(int change)
    {
        waiting_ += change;
        queue_.set(static_cast<double>(waiting_));
    }
    void nobodyWaits() { waiting(-static_cast<int>(waiting_)); }
    /// The wait of a request that is dispatched now.
    void waited(Duration span) { wait_.observe(toMs(span) / 1000); }
    /// Its requests no longer wait.
    void dispatched(LaneState& lane, const Batch& batch);
    /// `run`: all its calls together.
    void finished(const LaneState& lane, Batch& batch, Duration run);
    void retried(const Status& refusal);
    /// The rows that a backend accepts at once were learned.
    void learned(const LaneState& lane, TimePoint now);
    /// Counts answers that overtook others although the order is kept.
    Counter& reordered() { return reordered_; }

    const Ring<BatchRecord>& recent() const { return recent_; }

private:
    Registry& registry_;
    EventLog& eventLog_;
    Histogram& rows_;
    Histogram& wait_;
    Histogram& run_;
    Counter& failed_;
    Counter& reordered_;
    Gauge& inFlight_;
    Gauge& queue_;
    Gauge& sizeMax_;
    Ring<BatchRecord> recent_{Batcher::kRecentMax};
    std::int64_t waiting_ = 0;
    std::int64_t running_ = 0;
};

}  // namespace millrace::batch
