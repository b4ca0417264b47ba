// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/sentence.h"

#include <boost/circular_buffer.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace millrace::control {

/// What a revision did to the figures: means of the minute before it and of the minute after, and how much of the
/// difference is noise. Pure core.
///
/// Noise: samples of neighbouring seconds are alike (bursts, cold starts), so their spread says too little. The means
/// of whole blocks of kBlockMs are nearly independent; from how they spread comes the standard error of each window's
/// mean, and a difference below kErrorsMin times the two together is taken for chance.
///
/// Bound: the samples of two minutes.
class RevisionImpact {
public:
    using Values = std::map<std::string, double>;
    static constexpr std::int64_t kWindowMs = 60'000;
    static constexpr std::int64_t kSettleMs = 3'000;  ///< right after a change nothing is typical
    static constexpr std::int64_t kGuardMs = 30'000;  ///< a guarded revision is judged after this, at the earliest
    static constexpr double kSamplesLeast = 5;        ///< fewer say nothing
    static constexpr std::int64_t kBlockMs = 5'000;
    static constexpr std::size_t kBlocksLeast = 3;  ///< fewer do not say how much they spread
    static constexpr double kErrorsMin = 2.5;
    static constexpr std::uint64_t kRequestsNeeded = 100;  ///< that ended, on each side; else it is judged later

    struct Verdict {
        enum class Kind { Kept, Worse, NotJudged };
        std::uint64_t revision = 0;
        Kind kind = Kind::Kept;
        Sentence why;  ///< the figures, or why there are none
    };
    struct Result {
        std::uint64_t revision = 0;
        Values after;
        Values noise;  ///< of those series for which it is known
    };
    struct Outcome {
        std::optional<Result> measured;  ///< a revision's minute is over
        std::optional<Verdict> judged;   ///< a guarded one's time is over
    };

    /// Of the guarded revision that is being judged.
    struct Progress {
        std::uint64_t revision = 0;
        std::int64_t beganMs = 0;
        std::int64_t judgedMs = 0;  ///< when, if enough requests have ended by then
        std::int64_t latestMs = 0;
        std::uint64_t requestsBefore = 0, requestsAfter = 0;
        Values before, after;
    };

    struct Begun {
        std::optional<Result> ended;    ///< the revision before, whose minute was not over
        std::optional<Verdict> judged;  ///< the one before was guarded, and its time was not over
    };

    /// What a revision that begins at `nowMs` is compared with. Changes nothing.
    Values before(std::int64_t nowMs) const;
    /// A revision is in force from now on, and the one before ends: what comes after is not its doing alone. A guarded
    /// one that is still open is judged by what there is, or it is said why not.
    Begun begin(std::uint64_t revision, std::int64_t nowMs, bool guarded);
    Outcome add(std::int64_t timeMs, const Values& values);
    /// A guarded revision whose time is not over; 0: there is none.
    std::uint64_t pendingEvaluation() const { return guarded_ ? revision_ : 0; }
    std::optional<Progress> progress() const;

private:
    struct Window {
        Values means;
        Values errors;                    // standard errors of the means; absent: too few blocks
        double served = 0, unserved = 0;  // requests that ended; unserved: failed, refused or rejected
        double ended() const { return served + unserved; }
    };
    Window window(std::int64_t fromMs, std::int64_t toMs) const;
    Window after() const;
    Values noise(const Window& after) const;
    Verdict evaluate(const Window& after) const;
    void follow(std::int64_t nowMs);

    static constexpr std::size_t kSeriesCount = 23;
    struct Point {
        std::int64_t timeMs;
        std::array<double, kSeriesCount> values;  // by their place in kSeries; NaN: there was none
    };
    static constexpr std::size_t kPointsMax = 240;
    boost::circular_buffer<Point> points_{kPointsMax};  // the oldest go: a clock that jumps must not make it grow
    std::uint64_t revision_ = 0;                        // 0: nothing is being measured
    std::int64_t began_ = 0;
    bool guarded_ = false;
    Window before_;
};

}  // namespace millrace::control
