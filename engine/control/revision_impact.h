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

/// The effect of a revision on the figures: means of the minute before and of the minute after, and how much of the
/// difference is noise. Pure core.
///
/// Noise: samples of adjacent seconds are correlated (bursts, cold starts), so their spread underestimates it. The
///         means
/// of blocks of kBlockMs are nearly independent; their spread gives the standard error of each window's mean. A
/// difference below kErrorsMin times the combined error counts as chance.
///
/// Bound: the samples of two minutes.
class RevisionImpact {
public:
    using Values = std::map<std::string, double>;
    static constexpr std::int64_t kWindowMs = 60'000;
    static constexpr std::int64_t kSettleMs = 3'000;  ///< excluded: the time right after a change is not typical
    static constexpr std::int64_t kGuardMs = 30'000;  ///< a guarded revision is judged no sooner
    static constexpr double kSamplesLeast = 5;        ///< with fewer there is no result
    static constexpr std::int64_t kBlockMs = 5'000;
    static constexpr std::size_t kBlocksLeast = 3;  ///< with fewer the spread is unknown
    static constexpr double kErrorsMin = 2.5;
    static constexpr std::uint64_t kRequestsNeeded = 100;  ///< ended requests on each side; else it is judged later

    struct Verdict {
        enum class Kind { Kept, Worse, NotJudged };
        std::uint64_t revision = 0;
        Kind kind = Kind::Kept;
        Sentence why;  ///< with the figures, or the reason why there are none
    };
    struct Result {
        std::uint64_t revision = 0;
        Values after;
        Values noise;  ///< of those series for which it is known
    };
    struct Outcome {
        std::optional<Result> measured;  ///< set when a revision's minute is over
        std::optional<Verdict> judged;   ///< set when a guarded revision's time is over
    };

    /// State of the guarded revision that is being judged.
    struct Progress {
        std::uint64_t revision = 0;
        std::int64_t beganMs = 0;
        std::int64_t judgedMs = 0;  ///< when it is judged, if enough requests have ended by then
        std::int64_t latestMs = 0;
        std::uint64_t requestsBefore = 0, requestsAfter = 0;
        Values before, after;
    };

    struct Begun {
        std::optional<Result> ended;    ///< of the previous revision, if its minute was not over
        std::optional<Verdict> judged;  ///< of the previous revision, if it was guarded and its time was not over
    };

    /// The figures that a revision beginning at `nowMs` would be compared with.
    Values before(std::int64_t nowMs) const;
    /// A new revision is in force. Ends the measurement of the previous one; if that was guarded and still open, it is
    /// judged by the figures so far, or the reason is given why it cannot be.
    Begun begin(std::uint64_t revision, std::int64_t nowMs, bool guarded);
    Outcome add(std::int64_t timeMs, const Values& values);
    /// The guarded revision that is being judged; 0: none.
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
