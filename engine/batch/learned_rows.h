// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/sentence.h"

#include <cstdint>
#include <optional>
#include <string>

namespace millrace::batch {

/// How many rows a backend accepts at once, learned from its refusals. A limit is not permanent: after kHolds twice as
/// many rows are tried. If they are accepted the limit doubles, until it restricts no batch; if they are refused it
/// holds twice as long, up to kHoldsMax.
///
/// Pure. A refusal that may have been temporary (`sure` false) counts only if it is repeated within kHolds.
class LearnedRows {
public:
    static constexpr Duration kHolds = 10min, kHoldsMax = 80min;

    /// Rows a batch may have; 0: any number.
    std::uint32_t limit(TimePoint now) const;
    struct Refusal {
        std::uint32_t rows = 0;  ///< 0: its answers cannot be divided, so requests run one by one
        std::string words;       ///< the backend's message
    };
    /// True: the limit has changed.
    bool refused(std::uint32_t taken, Refusal why, bool sure, TimePoint now);
    /// A batch of `rows` rows was accepted whole. `wanted`: the rows that it might have had without this limit.
    void taken(std::uint32_t rows, std::uint32_t wanted, TimePoint now);
    /// Forgets the limit: the backend was replaced, or may have changed.
    void forget() { *this = LearnedRows(); }

    bool any() const { return rows_ != 0; }
    /// The limit, its reason and until when it holds; empty: no limit.
    Sentence sentence(TimePoint now) const;

private:
    std::uint32_t rows_ = 0;  ///< 0: nothing learned
    Refusal why_;
    Duration holds_ = kHolds;
    TimePoint until_;
    std::optional<TimePoint> suspected_;
};

}  // namespace millrace::batch
