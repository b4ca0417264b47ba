// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/ring.h"
#include "load/load_effects.h"
#include "load/types.h"

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace millrace::load {

/// The scheduler's results: effects not taken yet, one record per load, and the verdicts of preloads.
///
///     const auto at = log.begin(record);     // a load is queued
///     log.started(at, now);
///     log.ended(at, LoadOutcome::Ok, {}, now);
///     log.unloaded(at, UnloadReason::Ttl, why, now);
///
/// Pure core. Owner: LoadScheduler; its entries write to it. Bound: kRecordsMax records (the oldest are dropped, and
/// later updates of these are ignored); effects until take(). Not here: decisions.
class LoadLog {
public:
    static constexpr std::size_t kRecordsMax = 512;
    using Position = std::optional<std::uint64_t>;  ///< of a record; empty: of none

    template <typename T>
    void emit(T effect)
    {
        effects_.emplace_back(std::move(effect));
    }
    std::vector<Effect> take() { return std::exchange(effects_, {}); }
    bool hasEffects() const { return !effects_.empty(); }

    LoadId nextLoad() { return loadIds_.next(); }
    UnloadId nextUnload() { return unloadIds_.next(); }

    Position begin(LoadRecord record) { return records_.push(std::move(record)); }
    void started(Position at, TimePoint now);
    /// `why` is added to why it was loaded; empty: nothing to add.
    void ended(Position at, LoadOutcome outcome, const Sentence& why, TimePoint now);
    /// The end of its stay; the first one counts.
    void unloaded(Position at, UnloadReason reason, const Sentence& why, TimePoint now);
    /// It stayed after all.
    void notUnloaded(Position at);
    /// Recorded, counted and reported.
    void recordOutcome(Position at, EntryId entry, Verdict verdict);

    const Ring<LoadRecord>& records() const { return records_; }
    std::uint64_t hits() const { return hits_; }
    std::uint64_t late() const { return late_; }
    std::uint64_t wasted() const { return wasted_; }

private:
    LoadRecord* find(Position at);

    std::vector<Effect> effects_;
    Ring<LoadRecord> records_{kRecordsMax};
    IdSource<LoadId> loadIds_;
    IdSource<UnloadId> unloadIds_;
    std::uint64_t hits_ = 0, late_ = 0, wasted_ = 0;
};

}  // namespace millrace::load
