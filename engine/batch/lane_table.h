// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/metrics.h"
#include "batch/batcher.h"
#include "batch/lane_state.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace millrace::batch {

/// The lanes by key, and when each is to be checked next.
///
///     const auto lane = table.find(key, backend, model, work);   // created if missing; null: all lanes are in use
///     table.schedule(*lane, when);
///     while (LaneState* due = table.nextDue(now)) …              // in the order of their times
///
/// Pure except for the metrics of each lane. Owner: BatchScheduler. Thread: the strand.
/// Bound: Batcher::kLanesMax lanes; the least recently used one is removed. Keys may have any length: long ones are
/// stored as a digest.
class LaneTable {
public:
    LaneTable(Registry& registry, const Options& options) : registry_(registry), options_(options) {}

    std::shared_ptr<LaneState> find(std::string key, const std::string& backend, const std::string& model,
                                    const Work& work);
    /// The options have changed.
    void apply(LaneState& lane) const;
    std::vector<std::shared_ptr<LaneState>> all() const;
    /// Rows that a batch of the lane may have now; and the same without what was learned about the backend.
    std::uint32_t limit(const LaneState& lane, TimePoint now) const;
    std::uint32_t limitBeside(const LaneState& lane) const;
    /// In the order of models and signatures.
    std::vector<LaneSnapshot> snapshots(TimePoint now) const;

    /// No effect if it is scheduled sooner: an early check is cheaper than rescheduling at every request.
    void schedule(LaneState& lane, TimePoint when);
    void unschedule(LaneState& lane);
    /// Removes and returns a lane that is due; null: none is.
    LaneState* nextDue(TimePoint now);
    /// TimePoint::max(): nothing is scheduled.
    TimePoint nextAt() const { return due_.empty() ? TimePoint::max() : due_.begin()->first.first; }
    void clearSchedule() { due_.clear(); }

private:
    bool forgetOne();
    LaneSnapshot snapshot(const LaneState& lane, TimePoint now) const;

    Registry& registry_;
    const Options& options_;
    std::unordered_map<std::string, std::shared_ptr<LaneState>> lanes_;
    std::map<std::pair<TimePoint, std::uint64_t>, LaneState*> due_;  // ties in the order the lanes were made
    std::uint64_t made_ = 0;
};

}  // namespace millrace::batch
