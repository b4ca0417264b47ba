// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/sentence.h"

#include <cstdint>
#include <optional>
#include <string>

namespace millrace::batch {

/// How many rows a backend was found to take at once. Nothing that was learned holds for good: after kHolds twice as
/// many are tried; taken, twice as many again, until nothing is held back any more; refused, the limit holds twice as
/// long, kHoldsMax at most.
///
/// Pure. What is not a judgement but may have been a bad moment (`sure` false) counts when it comes twice within
/// kHolds.
class LearnedRows {
public:
    static constexpr Duration kHolds = 10min, kHoldsMax = 80min;

    /// Rows a batch may have; 0: any number.
    std::uint32_t limit(TimePoint now) const;
    struct Refusal {
        std::uint32_t rows = 0;  ///< 0: its answer did not divide, so that requests run one by one
        std::string words;       ///< the backend's
    };
    /// True: that is news.
    bool refused(std::uint32_t taken, Refusal why, bool sure, TimePoint now);
    /// A batch of `rows` rows was taken whole. `wanted`: rows that it might have had without this limit.
    void taken(std::uint32_t rows, std::uint32_t wanted, TimePoint now);
    /// The backend is another one, or is to be treated as one.
    void forget() { *this = LearnedRows(); }

    bool any() const { return rows_ != 0; }
    /// The limit with its reason and until when it holds; empty: none.
    Sentence sentence(TimePoint now) const;

private:
    std::uint32_t rows_ = 0;  ///< 0: nothing learned
    Refusal why_;
    Duration holds_ = kHolds;
    TimePoint until_;
    std::optional<TimePoint> suspected_;
};

}  // namespace millrace::batch
