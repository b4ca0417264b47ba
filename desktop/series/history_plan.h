// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "series/time_window.h"

#include <optional>

namespace millrace::desktop {

/// Which span of the engine's history has to be requested, so that what is shown can be drawn. Pure core: one question
/// at a time, wider than what is shown, so that a step to the side needs no new one; none while the console's own
/// seconds suffice.
class HistoryPlan {
public:
    static constexpr int kPointsMax = 1200;          ///< of an answer
    static constexpr qint64 kSecondsMs = 3'600'000;  ///< for how long the engine has seconds; then tens, then minutes
    static constexpr qint64 kTensMs = 86'400'000;
    static constexpr qint64 kAgainMs = 5'000;  ///< after a failure
    static constexpr qint64 kRefreshMs =
        10'000;  ///< a span that reaches to now is brought up to date this often at most

    struct Ask {
        qint64 fromMs = 0;
        qint64 toMs = 0;
        int points = 0;
        bool operator==(const Ask&) const = default;
    };

    /// What the console holds by seconds does not suffice for this.
    static bool needed(const TimeSpan& shown, qint64 heldFromMs);

    /// What to request now. `heldFromMs`: the console's own first second.
    std::optional<Ask> next(const TimeSpan& shown, qint64 heldFromMs, qint64 nowMs) const;
    void asked(const Ask& ask) { open_ = ask; }
    void answered(qint64 stepMs);
    void failed(qint64 nowMs);
    void forget() { *this = {}; }  ///< another engine
    /// The answer that is held is as fine as can be and has all of this.
    bool covers(const TimeSpan& shown) const;

private:
    static qint64 resolution(qint64 fromMs, qint64 nowMs);
    std::optional<Ask> open_;
    std::optional<Ask> held_;
    qint64 stepMs_ = 0;
    qint64 againAtMs_ = 0;
};

}  // namespace millrace::desktop
