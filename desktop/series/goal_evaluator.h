// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "goals.h"
#include "series/series_store.h"

#include <QtCore/QList>

#include <optional>

namespace millrace::desktop {

/// What is to be said of a goal at one moment.
enum class GoalState {
    None,  ///< nothing was measured, or not for long enough
    Met,
    Missed,    ///< out of goal throughout the last kEvaluatedSeconds, while it was meant
    NeedsLoad  ///< not meant now: see Goal::needs
};

/// A second, as a goal looks at it.
struct GoalSecond {
    std::optional<double> value;
    std::optional<double> load;
};

/// Goals are judged by their last kEvaluatedSeconds, newest last, so that neither one slow second nor the first moments
/// of a load turns anything red. Where nothing was measured in a second it says nothing. Pure.
inline constexpr int kEvaluatedSeconds = 10;
GoalState evaluate(const goals::Goal& goal, const QList<GoalSecond>& seconds);

/// The same of the seconds up to `whenMs`.
GoalState evaluate(const goals::Goal& goal, const SeriesStore& series, qint64 whenMs);

}  // namespace millrace::desktop
